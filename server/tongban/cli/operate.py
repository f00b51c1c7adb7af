"""Commands for whoever runs a server: configuration, backup, restore, checking the record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from tongban import config as configuration
from tongban.cli import files
from tongban.config import Config, ConfigError
from tongban.engine.model import Grant
from tongban.service import backup, boot, deliveries
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime
from tongban.text import say

OPERATOR = Person("operator", "operator", "operator", grants=(Grant("admin", "*"),))
"""Who the audit names for what is done on the machine itself."""


def read_config() -> Config:
    """The configuration from the environment; says everything that is wrong with it and ends with 1."""
    try:
        return configuration.read(os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def open_runtime(config: Config, lang: str = "zh") -> Runtime:
    """A runtime; a data folder or a database that is not to be had is said in words and ends with 1."""
    try:
        return boot.open_runtime(config)
    except ConfigError as error:        # of a file that a setting names
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(say("operate.no_folder", lang, path=config.data, why=error.strerror)) from None
    except OperationalError as error:
        raise click.ClickException(say("operate.no_database", lang, why=str(error.orig).strip())) from None


@contextlib.contextmanager
def opened(lang: str) -> Iterator[Runtime]:
    """A runtime for one command; what is refused is said in words and ends with 1."""
    rt = open_runtime(read_config(), lang)
    try:
        yield rt
    except Refused as error:
        files.show(error.problems, lang, err=True)
        raise SystemExit(1) from None
    finally:
        rt.store.close()


@click.command("config")
def config_() -> None:
    """Print every setting with its value in force and its meaning; ends with 1 where one is wrong."""
    for name, value, meaning in configuration.describe(read_config()):
        click.echo(f"{name}={value}\n    {meaning}")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@files.LANGUAGE
def backup_(file: Path, lang: str) -> None:
    """Write everything into FILE while the server runs: tables, attachments, documents, keys of the data folder."""
    with opened(lang) as rt:
        made = backup.make(rt, file)
    click.echo(say("operate.backed_up", lang, path=file, cases=made.cases, rows=made.rows, contents=made.contents,
                   size=made.size))
    if made.missing:
        click.echo(say("operate.missing", lang, count=len(made.missing), first=made.missing[0]), err=True)
        raise SystemExit(3)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, exists=True))
@click.option("--replace", is_flag=True, help="Replace everything in a database that is not empty.")
@click.option("--leap", type=click.IntRange(0, 1_000_000), default=0, show_default=True,
              help="Let every series of numbers go on this much later: numbers given out after the backup stay unique.")
@files.LANGUAGE
def restore(file: Path, replace: bool, leap: int, lang: str) -> None:
    """Make the database what the backup FILE says; everything in it is checked first, all of it or nothing is done."""
    with opened(lang) as rt:
        checked = backup.restore(rt, file, replace=replace, leap=leap)
    click.echo(say("operate.restored", lang, cases=checked.cases))


@click.command("verify-record")
@files.LANGUAGE
def verify_record(lang: str) -> None:
    """Follow the hash chain of every case and of the audit; ends with 1 where one is broken."""
    with opened(lang) as rt:
        checked = backup.verify(rt)
    for what, why in checked.wrong:
        click.echo(say("operate.broken", lang, what=what, why=why), err=True)
    if checked.wrong:
        raise SystemExit(1)
    click.echo(say("operate.whole", lang, cases=checked.cases))


@click.command("outbox")
@click.option("--retry", is_flag=True, help="Try everything that failed at the next round instead of later.")
@files.LANGUAGE
def outbox_(retry: bool, lang: str) -> None:
    """List what waits to be sent or applied and failed before, with the reason; ends with 1 where there is any."""
    with opened(lang) as rt:
        if retry:
            click.echo(say("operate.retried", lang, count=deliveries.retry(rt, OPERATOR)))
            return
        view = deliveries.page(rt, OPERATOR)
    for row in view.rows:
        click.echo(f"{row.id}  {row.what[lang]}  {row.number}  {row.attempts}  {row.next_at}  {row.why[lang]}")
        click.echo(f"    {row.error}")
    click.echo(say("operate.outbox", lang, waiting=view.waiting, failing=view.failing))
    if view.failing:
        raise SystemExit(1)


COMMANDS = (config_, backup_, restore, verify_record, outbox_)
