"""The command line as a whole: every command is found, and none loads what it does not need."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module

import pytest
from click.testing import CliRunner

from tongban.cli import SUBJECTS, main


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_command_of_a_subject_is_listed(subject: str) -> None:
    assert SUBJECTS[subject] == tuple(one.name for one in import_module(f"tongban.cli.{subject}").COMMANDS)


def test_help_lists_every_command_with_a_sentence() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in (name for names in SUBJECTS.values() for name in names):
        [line] = [line for line in shown.splitlines() if line.split()[:1] == [name]]
        assert len(line.split()) > 2, line


def test_an_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(main, ["chekc"])
    assert result.exit_code == 2
    assert "chekc" in result.output


def test_checking_a_definition_loads_neither_server_nor_pdf() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from tongban.cli import definitions; print(*sys.modules)"],
        capture_output=True, text=True, check=True).stdout.split()
    assert not {"flask", "sqlalchemy", "weasyprint", "pyhanko", "granian"} & set(loaded)


MISTAKES = [        # what is typed, what is said in Chinese
    (["chekc"], "没有命令 chekc"),
    (["people", "adn"], "没有命令 adn"),
    (["people", "add", "li"], "缺少参数 NAME"),
    (["people", "add", "li", "Li", "--rol", "x"], "没有选项 --rol"),
    (["people", "add", "li", "Li", "--role"], "选项 --role 后面要写一个值"),
    (["people", "close", "li", "na", "wang"], "多写了参数：na wang"),
    (["people", "add", "li", "Li", "--generate=yes"], "选项 --generate 后面不写值"),
    (["people", "office", "a", "b", "--kind", "x"], "--kind 不能是“x”，可选：'office'"),
    (["restore", "/nowhere.zip"], "FILE：没有文件“/nowhere.zip”"),
    (["restore", "/"], "FILE：“/”是文件夹"),
    (["restore", __file__, "--leap", "x"], "--leap 应为整数，不能是“x”"),
    (["restore", __file__, "--leap", "-1"], "--leap 不能是 -1，范围是 0<=x<=1000000"),
    (["check", "a.json", "--forms", __file__], "是文件，这里要一个文件夹"),
    (["verify", "a.pdf"], "缺少选项 --keys"),
    (["--langg"], "没有选项 --langg"),
]


@pytest.mark.parametrize(("typed", "told"), MISTAKES, ids=[" ".join(typed) for typed, _ in MISTAKES])
def test_what_is_wrong_with_a_command_line_is_said_in_its_language(typed: list[str], told: str) -> None:
    here = CliRunner().invoke(main, typed)
    assert here.exit_code == 2
    assert told in here.output
    assert not re.search("Usage|Error|Try|Invalid|No such|Missing", here.output)
    there = CliRunner().invoke(main, [*typed[:2], "--lang", "en", *typed[2:]])
    assert there.exit_code == 2
    assert re.search("^Error: ", there.output, re.MULTILINE)
    assert not re.search("[一-龥]", there.output)


def test_how_a_command_is_used_stands_before_what_is_wrong() -> None:
    shown = CliRunner().invoke(main, ["people", "close"], prog_name="tongban").output
    assert shown == ("用法：tongban people close [OPTIONS] LOGIN\n输入 tongban people close --help 查看说明。\n\n"
                     "错误：缺少参数 LOGIN\n")


def test_what_a_command_itself_refuses_is_marked_in_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAN_NO_SUCH", "1")
    assert CliRunner().invoke(main, ["people", "list"]).output.startswith("错误：")


def test_a_group_without_a_command_shows_its_help() -> None:
    shown = CliRunner().invoke(main, ["people"])
    assert "错误" not in shown.output
    assert "add" in shown.output
