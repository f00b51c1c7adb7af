"""The command line: `tongban <command>`. One module a subject, loaded when one of its commands is asked for.

`tongban check` needs neither PDF nor server: loading everything takes seconds, one subject a fraction of one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from tongban.cli import usage

SUBJECTS = {
    "definitions": ("check", "schema", "explain", "draw", "simulate"),
    "documents": ("document", "verify", "fonts"),
    "forms": ("form",),
    "operate": ("config", "backup", "restore", "verify-record", "outbox"),
    "people": ("people", "procedures"),
    "serve": ("serve", "worker"),
}
"""Module of this package -> its commands, as its `COMMANDS` lists them."""


class Commands(click.Group):
    """The commands of `SUBJECTS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for names in SUBJECTS.values() for name in names)

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None,
                     **extra: Any) -> click.Context:
        lang = usage.language(args)
        with usage.said(lang):
            made = super().make_context(info_name, args, parent, **extra)
        made.meta["tongban.lang"] = lang
        return made

    def invoke(self, ctx: click.Context) -> Any:
        with usage.said(ctx.meta["tongban.lang"]):
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for subject, names in SUBJECTS.items():
            if cmd_name in names:
                found: dict[str, Any] = {one.name: one for one in import_module(f"tongban.cli.{subject}").COMMANDS}
                return found[cmd_name]
        return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban", prog_name="tongban")
def main() -> None:
    """通办 Tongban: application-and-approval procedures in JSON."""
