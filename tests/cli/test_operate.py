"""Running a server from the command line: settings, people, procedures, backup and restore, and their guide."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tongban.cli import SUBJECTS, main
from tongban.config import SETTINGS, Config
from tongban.text import catalogue

ROOT = Path(__file__).parents[2]
SECRET = "x" * 32


class Shell:
    """`tongban …` with a data folder of its own."""

    def __init__(self, data: Path, **more: str) -> None:
        self.env = {"TONGBAN_DATA": str(data), "TONGBAN_SECRET": SECRET, **more}

    def __call__(self, *words: str, code: int = 0, typed: str = "") -> str:
        ran: Result = CliRunner().invoke(main, list(words), env=self.env, input=typed)
        assert ran.exit_code == code, ran.output
        return str(ran.output)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def test_people_are_added_given_roles_and_listed(shell: Shell) -> None:
    office = ("people", "office", "hr-370202", "市南区人社局", "--region")
    assert "没有代码为“370299”的地区" in shell(*office, "370299", code=1)
    shell(*office, "370202")
    assert shell("people", "offices", "市南") == "hr-370202  市南区人社局  机关单位  山东省青岛市市南区\n"
    said = shell("people", "add", "Wang.Fang", "王芳", "--org", "hr-370202", "--role", "district_hr", "--at", "370202",
                 "--generate")
    assert len(re.search(r"：(\S{20})\n", said)[1]) == 20
    assert "市人社局" in shell("people", "grant", "wang.fang", "city_hr", "370200", "--until", "2099-12-31")
    (line,) = shell("people", "list", "wang").splitlines()
    assert line.startswith("wang.fang  王芳")
    assert "区（市）人社局@市南区" in line
    shell("people", "password", "wang.fang", typed="a long password\na long password\n")
    said = shell("people", "revoke", "wang.fang", "city_hr", "370299", code=1)
    assert "没有这个角色（city_hr）" in said
    assert "市人社局" in said, "what they hold instead"
    assert "市人社局" not in shell("people", "revoke", "wang.fang", "city_hr").replace("区（市）人社局", "")
    assert "现在的角色：没有" in shell("people", "revoke", "wang.fang", "district_hr", "370202")
    assert "已停用" in shell("people", "close", "wang.fang")
    assert "[已停用]" in shell("people", "list", "wang")
    assert "已恢复" in shell("people", "open", "wang.fang")
    assert "[已停用]" not in shell("people", "list", "wang")
    with closing(sqlite3.connect(Path(shell.env["TONGBAN_DATA"]) / "tongban.db")) as conn:
        done = conn.execute("SELECT verb FROM audit WHERE actor = 'operator' ORDER BY n").fetchall()
    assert [verb for verb, in done][-4:] == ["revoked", "revoked", "deactivated", "activated"]


def test_what_is_wrong_is_said_in_words_and_nothing_is_done(shell: Shell) -> None:
    assert catalogue()["service.password_short"]["zh"][:4] in shell("people", "add", "someone", "某人", typed="x\nx\n",
                                                                    code=1)
    assert shell("people", "list") == ""
    assert "没有姓名或登录名符合“王”的人员" in shell("people", "list", "王")
    assert "没有代码为“NONE”的单位" in shell("people", "add", "someone", "某人", "--org", "NONE", "--generate", code=1)
    shell("people", "add", "someone", "某人", "--generate")
    assert "没有“nosuch”这个角色" in shell("people", "grant", "someone", "nosuch", code=1)
    assert "写不进" in shell("backup", "/nowhere/at/all.zip", code=1)
    assert "数据文件夹" in Shell(Path("/proc/none"))("people", "list", code=1)
    shell.env["TONGBAN_OUTSIDE"] = "/nowhere/outside.json"
    assert "错误：TONGBAN_OUTSIDE: " in shell("people", "list", code=1)
    del shell.env["TONGBAN_OUTSIDE"]
    shell.env["TONGBAN_DATABASE"] = "postgresql://nobody@127.0.0.1:1/none"
    assert "连不上数据库" in shell("people", "list", code=1)
    assert "Cannot reach the database" in shell("people", "list", "--lang", "en", code=1)
    del shell.env["TONGBAN_DATABASE"]
    assert "没有登录名为 nobody" in shell("people", "grant", "nobody", "admin", code=1)
    assert "没有编号为 nothing" in shell("procedures", "withdraw", "nothing", code=1)


def test_a_server_that_cannot_prepare_says_why_once_and_does_not_start(tmp_path: Path) -> None:
    env = {**os.environ, "TONGBAN_DATA": str(tmp_path), "TONGBAN_SECRET": SECRET,
           "TONGBAN_DATABASE": "postgresql://nobody@127.0.0.1:1/none"}
    done = subprocess.run([sys.executable, "-m", "tongban", "serve"], check=False, env=env, capture_output=True,
                          text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("连不上数据库") == 1
    assert "Traceback" not in done.stderr


def test_a_procedure_is_published_withdrawn_and_opened(shell: Shell, tmp_path: Path) -> None:
    guide = (ROOT / "docs/authoring.md").read_text("utf-8")
    for name, body in re.findall(r"`([\w/-]+\.json)`:\n```json\n(.*?)```", guide, re.S):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(body, "utf-8")
    file = tmp_path / "workflows/hall-use.json"
    assert "第 1 版已发布" in shell("procedures", "publish", str(file))
    assert "在办 0 件不受影响" in shell("procedures", "impact", str(file))
    assert "已停办" in shell("procedures", "withdraw", "hall-use")
    assert "已停办" in shell("procedures", "list")
    shell("procedures", "open", "hall-use")
    wrong = json.loads(file.read_text("utf-8"))
    wrong["initial"] = "nowhere"
    file.write_text(json.dumps(wrong), "utf-8")
    assert "nowhere" in shell("procedures", "publish", str(file), code=1)
    assert re.search(r"hall-use +v1 +办理中", shell("procedures", "list"))


def test_the_drill_backup_restore_verify(shell: Shell, tmp_path: Path) -> None:
    shell("people", "add", "someone", "某人", "--generate")
    archive = str(tmp_path / "b.zip")
    assert "已备份" in shell("backup", archive)
    assert "已经存在" in shell("backup", archive, code=1)
    assert "--replace" in shell("restore", archive, code=1)
    other = Shell(tmp_path / "other")
    assert "逐条核对无误" in other("restore", archive)
    assert "某人" in other("people", "list")
    assert "逐条核对无误" in other("verify-record")


def test_settings_are_printed_with_their_meaning_and_without_secrets(shell: Shell) -> None:
    said = shell("config")
    assert SECRET not in said
    for setting in SETTINGS:
        assert re.search(rf"^TONGBAN_{setting.name.upper()}=.*\n    {re.escape(setting.meaning)}$", said, re.M)
    shell.env["TONGBAN_PROT"] = "80"
    shell.env["TONGBAN_SESSION_HOURS"] = "some"
    said = shell("config", code=1)
    assert "TONGBAN_PROT: no such setting" in said
    assert "TONGBAN_SESSION_HOURS: must be a whole number" in said


def test_the_guide_lists_every_setting_as_it_is() -> None:
    guide = (ROOT / "docs/operating.md").read_text("utf-8")
    rows = re.findall(r"^\| `TONGBAN_(\w+)` \| (.*?) \| (.*?) \|$", guide, re.M)
    config = Config()
    assert rows == [(s.name.upper(), f"`{_shown(getattr(config, s.name))}`" if getattr(config, s.name) != "" else "",
                     s.meaning) for s in SETTINGS]


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def test_the_guide_names_only_commands_that_there_are() -> None:
    guide = (ROOT / "docs/operating.md").read_text("utf-8")
    named = {line.split()[0] for line in re.findall(r"tongban ([a-z][\w -]*)", guide)}
    assert named
    assert named <= {name for names in SUBJECTS.values() for name in names}
