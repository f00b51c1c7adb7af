"""Who signs and fills in the example sheets: offices, seals, an enterprise, opinions, pictures."""


# ruff: noqa: E501 - sentences of official papers

import io
from dataclasses import replace

from PIL import Image, ImageDraw

from tongban.paper.sheet import Cell, Grid, Meta, Opinion, Seal, Section

HR = Seal("青岛市市南区人力资源和社会保障局")
BANK = Seal("中国银行股份有限公司青岛市南支行", "授信专用章")


def picture(kind: str) -> bytes:
    """A drawn signature, or a portrait of sorts."""
    if kind == "photo":
        image = Image.new("RGB", (295, 413), "#cfe3f2")
        draw = ImageDraw.Draw(image)
        draw.ellipse((88, 80, 208, 220), fill="#e8c4a0")
        draw.pieslice((20, 240, 276, 560), 180, 360, fill="#334b68")
    else:
        image = Image.new("RGBA", (300, 110), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        draw.line(
            [(20, 70), (60, 20), (70, 90), (110, 40), (150, 80), (200, 30), (230, 75), (285, 50)],
            fill="#1b2430",
            width=5,
        )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def meta(kind: str, title: str, **more: object) -> Meta:
    base = Meta(
        title=title,
        kind=kind,
        issued_on="2026-11-22",
        code="7H3K-9QWM-2XTB-4RVD",
        verify_url="https://tongban.example/verify/7H3K9QWM2XTB4RVD",
        office="青岛市市南区人力资源和社会保障局",
        seal=HR,
        to="青岛海晟精密机械有限公司",
        case_number="370202-2026-000173",
        procedure="“青岗贷”稳岗扩岗专项贷款申请",
        submitted_on="2026-11-16",
        demo=True,
    )
    return replace(base, **more)


FIRM = Section(
    "application",
    "企业基本情况",
    (
        Cell("企业名称", "青岛海晟精密机械有限公司"),
        Cell("统一社会信用代码", "91370202MA3C4XYT5P"),
        Cell("注册地址", "山东省青岛市市南区香港中路 61 号甲 12 层 1203 室", wide=True),
        Cell("成立日期", "2016年4月18日"),
        Cell("所属行业", "工业"),
        Cell("法定代表人", "赟珺"),
        Cell("联系电话", "139 0532 1234"),
        Cell("支持类别", "吸纳高校毕业生较多的企业、稳定现有岗位的企业", wide=True),
    ),
)
STAFF = Section(
    "application",
    "用工情况",
    (
        Cell("现有职工人数", "128"),
        Cell("上年初职工人数", "109"),
        Cell("上年末职工人数", "121"),
        Cell("近两年参保人数", "118 / 126"),
        Grid(
            "招用重点群体人员",
            ("姓名", "人员类别", "入职日期"),
            (
                ("王䶮", "高校毕业生", "2026年3月2日"),
                ("李𬭎", "退役军人", "2026年5月11日"),
                ("张玥", "就业困难人员", "2026年7月1日"),
            ),
        ),
        Cell("申请金额", "5,000,000.00 元（伍佰万元整）", wide=True),
        Cell("资金用途", "采购原材料及支付职工工资，稳定现有岗位并新增就业岗位 20 个。", wide=True),
        Cell("承诺与签名", "", wide=True, picture="declaration"),
    ),
)
OPINIONS = (
    Opinion(
        "verify",
        "区（市）人力资源社会保障部门核实意见",
        "核实无误，推送银行",
        "经核实，该企业现有职工 128 人，均办理就业登记并缴纳社会保险；上年末职工人数不少于上年初，现有人数不少于上年末；近两年未发生拖欠工资情形。",
        "刘芳",
        "青岛市市南区人力资源和社会保障局",
        "2026-11-18T02:10:00Z",
        "officer",
        HR,
    ),
    Opinion(
        "credit",
        "经办银行审贷意见",
        "同意授信",
        "授信 500 万元，期限 1 年，年利率 3.80%。",
        "陈立",
        "中国银行股份有限公司青岛市南支行",
        "2026-11-20T06:00:00Z",
        "",
        BANK,
    ),
    Opinion("credit_city", "市分行例外审批意见"),
)
PICTURES = {"declaration": picture("sign"), "officer": picture("sign"), "photo": picture("photo")}
