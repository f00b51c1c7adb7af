"""Sheets with every kind of content, as tests and reference pictures use them."""

# ruff: noqa: E501 - sentences of official papers

from tests.paper.office import FIRM, OPINIONS, PICTURES, STAFF, meta

from tongban.paper.sheet import Cell, Clause, Seal, Sheet, Signature, Value


def table() -> Sheet:
    return Sheet(
        meta("table", "“青岗贷”稳岗扩岗专项贷款申请及审核表"),
        sections=(FIRM, STAFF),
        opinions=OPINIONS,
        pictures=PICTURES,
    )


def receipt() -> Sheet:
    return Sheet(meta("receipt", "申请材料接收回执", number="青南人社收〔2026〕173 号"))


def returned() -> Sheet:
    return Sheet(
        meta("return", "补正材料通知书", number="青南人社补〔2026〕21 号"),
        reason="社会保险缴费凭证缺少 2025 年 11 月和 12 月。",
        marks=(
            Cell("近两年参保人数", "与社会保险系统的记录不一致，请核对后重新填写。"),
            Cell("缴费凭证", "请补充 2025 年 11 月和 12 月的缴费凭证。"),
        ),
        clauses=(Clause("二.4", "按时足额发放职工工资、缴纳社会保险费。"),),
    )


def refusal() -> Sheet:
    return Sheet(
        meta("refusal", "不予通过通知书", number="青南人社不予〔2026〕8 号"),
        reason="用工人数和职工人数变化不符合规定条件。",
        clauses=(
            Clause("二.2", "用工人数在 10 人以上，且均办理就业登记并缴纳社会保险。", "用工人数 8 人，少于 10 人"),
            Clause(
                "二.3",
                "上年末职工人数不少于上年初职工人数，现有职工人数不少于上年末职工人数。",
                "上年初 12 人，上年末 9 人",
            ),
        ),
    )


def decision() -> Sheet:
    return Sheet(meta("decision", "准予通过决定书", number="青南人社准〔2026〕64 号"))


CERTIFICATE = {
    "kind": "certificate",
    "page": {"margin": "certificate", "frame": True, "numbers": False},
    "blocks": [
        {
            "title": "{document.title}",
            "style": {"font": "小标宋", "size": "小初", "before": 16, "after": 8, "spacing": 0.15},
        },
        {
            "text": "本证书由备案的职业技能评价机构颁发，表明持证人通过本机构组织的职业技能等级认定，具备该职业（工种）相应技能等级水平。",
            "style": {"size": "四号", "indent": 2, "line": 1.8, "after": 10},
        },
        {
            "side": [
                [
                    {
                        "facts": [
                            {"label": "姓名", "value": "name"},
                            {"label": "证件类型", "value": "id_type"},
                            {"label": "证件号码", "value": "id_number"},
                            {"label": "职业名称", "value": "occupation"},
                            {"label": "工种/职业方向", "value": "trade", "format": "dash"},
                            {"label": "职业技能等级", "value": "level", "format": "level"},
                            {"label": "证书编号", "value": "document.number"},
                        ]
                    }
                ],
                [{"photo": "photo"}],
            ],
            "widths": [4, 1],
        },
        {"sign_off": True},
        {"side": [[{"qr": "verify"}], [{"qr": "offline"}]]},
    ],
}


def certificate(**values: str) -> Sheet:
    known = {
        "name": "欧阳赟珺",
        "id_type": "居民身份证",
        "id_number": "370202199003150180",
        "occupation": "工业机器人系统操作员",
        "trade": "",
        "level": "4",
        **values,
    }
    payload = (
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImRlbW8ifQ."
        + "eyJuIjoiWTAwMDEzNzAwMDAwMTI2NDAwMDAwMSIsInQiOiLogYzkuJrmioDog73nrYnnuqfor4HkuaYifQ" * 2
        + "."
        + "A" * 86
    )
    return Sheet(
        meta(
            "certificate",
            "职业技能等级证书",
            number="Y000137000001264000001",
            serial="00000042",
            payload=payload,
            office="青岛海晟精密机械有限公司",
            seal=Seal("青岛海晟精密机械有限公司", "技能评价专用章"),
            to=known["name"],
        ),
        CERTIFICATE,
        {k: Value(v, "string") for k, v in known.items()},
        pictures=PICTURES,
    )


AGREEMENT = {
    "kind": "agreement",
    "page": {"margin": "normal"},
    "blocks": [
        {"title": "{document.title}"},
        {"number": True},
        {
            "table": [
                {"label": "甲方（企业）", "value": "firm"},
                {"label": "乙方（院校）", "value": "school"},
                {"label": "丙方（学生）", "value": "student"},
            ]
        },
        {
            "text": "为落实产业技能根基工程，甲、乙、丙三方在平等自愿的基础上，就学徒培养事宜达成如下协议：",
            "style": "body",
        },
        {"heading": "一、培养目标和期限", "style": "sub"},
        {
            "text": "甲方录用丙方为学徒，岗位为{post}，培养目标为{level|level}。培养期限自{start|date}起至{end|date}止。",
            "style": "body",
        },
        {"heading": "二、学徒待遇", "style": "sub"},
        {
            "text": "培养期间甲方每月支付丙方学徒津贴{pay|capitals:both}，于次月 10 日前支付。甲方为丙方缴纳工伤保险。",
            "style": "body",
        },
        {"text": "丙方未满 18 周岁，本协议经其监护人同意并签字后生效。", "when": "minor", "style": "body"},
        {"heading": "三、安全和保护", "style": "sub"},
        {
            "text": "甲方不得安排丙方从事禁止未成年人从事的劳动，每日工作不超过 8 小时，不得向丙方收取押金、培训费等任何费用。",
            "style": "body",
        },
        {"heading": "四、其他", "style": "sub"},
        {
            "text": "本协议一式三份，三方各执一份，自各方签署之日起生效。协议文本变更的，已有签署全部失效，须重新签署。",
            "style": "body",
        },
        {"signatures": True},
        {"qr": "verify"},
    ],
    "styles": {
        "body": {"font": "仿宋", "size": "四号", "indent": 2, "line": 1.75},
        "sub": {"font": "黑体", "size": "四号", "align": "left", "before": 3, "after": 1},
    },
}


def agreement() -> Sheet:
    values = {
        "firm": Value("广东粤海智能装备有限公司"),
        "school": Value("广州市轻工技师学院"),
        "student": Value("钟𬭎"),
        "post": Value("数控车工"),
        "level": Value("4"),
        "start": Value("2026-09-01", "date"),
        "end": Value("2027-08-31", "date"),
        "pay": Value(318000, "decimal", 2),
        "minor": Value(True, "bool"),
    }
    signed = "2026-08-20T03:00:00Z"
    return Sheet(
        meta("agreement", "学徒培养协议", number="粤学徒〔2026〕0031 号", office="广东粤海智能装备有限公司"),
        AGREEMENT,
        values,
        signatures=(
            Signature("firm", "甲方", "广东粤海智能装备有限公司", "何伟", signed, "", Seal("广东粤海智能装备有限公司")),
            Signature("school", "乙方", "广州市轻工技师学院", "林洁", signed, "officer", Seal("广州市轻工技师学院")),
            Signature("student", "丙方", "钟𬭎", "钟𬭎", signed, "declaration", person=True),
            Signature("guardian", "监护人", "钟建国", person=True),
        ),
        pictures=PICTURES,
    )


LIST = {
    "kind": "list",
    "page": {"orientation": "landscape", "margin": "normal"},
    "blocks": [
        {"head": "永州市人力资源和社会保障局"},
        {"title": "{document.title}"},
        {
            "text": "根据有关规定，现将拟认定人员名单予以公示。公示期为 5 个工作日，对公示内容有异议的，请在公示期内以书面形式反映。"
        },
        {
            "rows": "people",
            "columns": [
                {"label": {"zh": "姓名", "en": "Name"}, "field": "name", "format": "masked"},
                {"label": {"zh": "身份证号码", "en": "ID"}, "field": "id", "format": "masked"},
                {"label": {"zh": "人员类别", "en": "Kind"}, "field": "kind"},
                {"label": {"zh": "补贴金额（元）", "en": "Yuan"}, "field": "amount", "format": "money"},
            ],
        },
        {"sign_off": True},
    ],
}


def public_list(count: int = 6) -> Sheet:
    people = [
        {
            "name": Value(f"欧阳{c}"),
            "id": Value(f"43112119900{i % 9 + 1}150{i:03d}X"),
            "kind": Value("就业困难人员"),
            "amount": Value(150000 + i, "decimal", 2),
        }
        for i, c in zip(range(count), "甲乙丙丁戊己庚辛" * 100, strict=False)
    ]
    return Sheet(
        meta(
            "list",
            "就业困难人员认定公示名单",
            office="永州市人力资源和社会保障局",
            seal=Seal("永州市人力资源和社会保障局"),
        ),
        LIST,
        {"people": Value(people, "list")},
    )


def register() -> Sheet:
    layout = {
        "kind": "register",
        "page": {"margin": "normal"},
        "blocks": [
            {"title": "{document.title}"},
            {"number": True},
            {
                "table": [
                    {"label": "台账名称", "value": "name"},
                    {"label": "登记主体", "value": "document.to"},
                    {"label": "列入日期", "value": "since", "format": "date"},
                ]
            },
            {
                "rows": "entries",
                "columns": [
                    {"label": "生效日期", "field": "from", "format": "date"},
                    {"label": "失效日期", "field": "to", "format": "date"},
                    {"label": "事由", "field": "ground"},
                ],
            },
            {"sign_off": True},
            {"qr": "verify"},
        ],
    }
    entries = [
        {
            "from": Value("2024-03-01", "date"),
            "to": Value("2025-06-30", "date"),
            "ground": Value("现有人数少于上年末人数，动态退出"),
        },
        {"from": Value("2025-12-01", "date"), "to": Value(None), "ground": Value("条件恢复，重新列入")},
    ]
    return Sheet(
        meta("register", "推荐企业名单登记摘录", number="青南人社录〔2026〕5 号"),
        layout,
        {
            "name": Value("“青岗贷”推荐企业名单"),
            "since": Value("2024-03-01", "date"),
            "entries": Value(entries, "list"),
        },
    )


ALL = {
    "table": table,
    "receipt": receipt,
    "return": returned,
    "refusal": refusal,
    "decision": decision,
    "certificate": certificate,
    "agreement": agreement,
    "list": public_list,
    "register": register,
}
