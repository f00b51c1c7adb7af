"""Running a server from the command line: settings, people, procedures, backup and restore, and their guide."""

from __future__ import annotations

import json
import re
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
    said = shell("people", "add", "Wang.Fang", "王芳", "--role", "district_hr", "--at", "370202", "--generate")
    assert len(re.search(r"：(\S{20})\n", said)[1]) == 20
    assert "市人社局" in shell("people", "grant", "wang.fang", "city_hr", "370200", "--until", "2099-12-31")
    (line,) = shell("people", "list", "wang").splitlines()
    assert line.startswith("wang.fang  王芳")
    assert "区（市）人社局@市南区" in line
    shell("people", "password", "wang.fang", typed="a long password\na long password\n")


def test_what_is_wrong_is_said_in_words_and_nothing_is_done(shell: Shell) -> None:
    assert catalogue()["service.password_short"]["zh"][:4] in shell("people", "add", "someone", "某人", typed="x\nx\n",
                                                                    code=1)
    assert shell("people", "list") == ""
    assert "没有登录名为 nobody" in shell("people", "grant", "nobody", "admin", code=1)
    assert "没有编号为 nothing" in shell("procedures", "withdraw", "nothing", code=1)


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
    assert "TONGBAN_PROT: no such setting" in shell("config", code=1)


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
