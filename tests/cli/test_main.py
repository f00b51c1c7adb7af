"""The command line as a whole: every command is found, and none loads what it does not need."""

from __future__ import annotations

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
