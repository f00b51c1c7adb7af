"""What is wrong with a command line, said in its language from the catalogue instead of in click's English."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO, Any

import click

from tongban.text import LANGUAGES, say

_MEANT = r"( \(?Did you mean .*)?"
SENTENCES = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in (
    (r"Missing argument '(?P<name>.*?)'\..*", "cli.missing"),
    (r"Missing option '(?P<name>.*?)'\..*", "cli.missing_option"),
    (r"Missing command\.", "cli.missing_command"),
    (rf"No such option '(?P<name>.*?)'\.{_MEANT}", "cli.no_option"),
    (rf"No such command '(?P<name>.*?)'\.{_MEANT}", "cli.no_command"),
    (r"Option '(?P<name>.*)' requires an argument\.", "cli.no_value"),
    (r"Option '(?P<name>.*)' does not take a value\.", "cli.flag"),
    (r"Got unexpected extra arguments? \((?P<args>.*)\)", "cli.extra"),
    (r"Invalid value for '(?P<name>.*?)': '(?P<value>.*)' is not one of (?P<known>.*)\.", "cli.choice"),
    (r"Invalid value for '(?P<name>.*?)': '(?P<value>.*)' is not a valid integer(?: range)?\.", "cli.integer"),
    (r"Invalid value for '(?P<name>.*?)': (?P<value>\S+) is not in the range (?P<range>.*)\.", "cli.range"),
    (r"Invalid value for '(?P<name>.*?)': \w+ '(?P<value>.*)' does not exist\.", "cli.no_such_path"),
    (r"Invalid value for '(?P<name>.*?)': \w+ '(?P<value>.*)' is a directory\.", "cli.directory"),
    (r"Invalid value for '(?P<name>.*?)': \w+ '(?P<value>.*)' is a file\.", "cli.not_directory"),
    (r"Invalid value for '(?P<name>.*?)': \w+ '(?P<value>.*)' is not readable\.", "cli.unreadable"),
))
"""How click says it -> what the catalogue says. click has no class for half of them; the tests cause each one."""


def language(args: Sequence[str]) -> str:
    """The language that --lang names, also where the rest cannot be read; Chinese where it names none."""
    named = [after for one, after in pairwise(args) if one == "--lang"]
    named += [one.removeprefix("--lang=") for one in args if one.startswith("--lang=")]
    return next((one for one in named if one in LANGUAGES), LANGUAGES[0])


@contextlib.contextmanager
def said(lang: str) -> Iterator[None]:
    """Errors leave the block in words of this language; being shown the help is none."""
    try:
        yield
    except (click.exceptions.NoArgsIsHelpError, Said):
        raise
    except click.ClickException as error:
        raise Said(error, lang) from None


class Said(click.ClickException):
    """An error of click's or of a command, after how the command is used."""

    def __init__(self, error: click.ClickException, lang: str) -> None:
        told = error.format_message()
        found = next(((key, match) for pattern, key in SENTENCES if (match := pattern.fullmatch(told))), None)
        super().__init__(say(found[0], lang, **found[1].groupdict()) if found else told)
        self.ctx, self.lang, self.exit_code = getattr(error, "ctx", None), lang, error.exit_code  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        if self.ctx is not None:
            path, pieces = self.ctx.command_path, self.ctx.command.collect_usage_pieces(self.ctx)
            click.echo(say("cli.usage", self.lang, usage=" ".join([path, *pieces]), command=path), file=file, err=True)
        click.echo(say("cli.error", self.lang, what=self.message), file=file, err=True)
