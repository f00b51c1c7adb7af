"""The command line: `tongban <command>`. One module a subject; each adds its commands to the group below."""

from __future__ import annotations

import click

from tongban.cli import definitions, documents, forms, operate, people, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tongban", prog_name="tongban")
def main() -> None:
    """通办 Tongban: application-and-approval procedures in JSON."""


for _command in (*definitions.COMMANDS, *documents.COMMANDS, *forms.COMMANDS, *operate.COMMANDS, *people.COMMANDS,
                 *serve.COMMANDS):
    main.add_command(_command)
