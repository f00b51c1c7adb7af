"""`tongban serve` and `tongban worker`: the processes that answer people and that do what is due."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading

import click
from granian import Granian
from granian.constants import Interfaces

from tongban.app import log_as_json
from tongban.app import serve as shared
from tongban.cli.operate import open_runtime, read_config
from tongban.config import Config
from tongban.service import boot, demo, demo_cases
from tongban.service.wiring import run_once

_log = logging.getLogger("tongban.worker")
THREADS = 4         # per process; more wait for the same interpreter lock and the same write gate
SELDOM = 30         # looks between two rounds of what is seldom due: recurring cases, new calendars, old sessions
IDLE = 1.0          # seconds between looks at the outbox and the timers


@click.command()
@click.option("--demo", is_flag=True, help="Load a demo city with people for every role and print how to sign in.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--workers", type=int, help="Processes that serve pages.")
def serve(demo: bool, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve pages and the API; timers and outbox run beside them unless TONGBAN_BACKGROUND=0."""
    given = {"demo": "1" if demo else None, "host": host, "port": port, "workers": workers}
    os.environ.update({f"TONGBAN_{name.upper()}": str(value) for name, value in given.items() if value is not None})
    if port and "TONGBAN_BASE_URL" not in os.environ:
        os.environ["TONGBAN_BASE_URL"] = f"http://127.0.0.1:{port}"
    config = read_config()
    multiprocessing.set_start_method("fork", force=True)        # whatever a later Python prefers
    _apart(config)
    helper = _background() if config.background else None
    with tempfile.TemporaryDirectory(prefix="tongban-figures-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures        # /metrics counts over all processes
        app = shared()
        gc.collect()
        gc.freeze()         # the processes are forked: what no collection touches stays shared between them
        click.echo(f"通办 Tongban: {config.base_url}")
        try:
            Granian("tongban.app", address=config.host, port=config.port, interface=Interfaces.WSGI,
                    workers=config.workers, blocking_threads=THREADS, respawn_failed_workers=True,
                    log_level="warning", websockets=False      # type: ignore[arg-type]
                    ).serve(target_loader=lambda: app, wrap_loader=False)
        finally:
            if helper is not None:
                helper.terminate()
                helper.wait(10)


@click.command()
def worker() -> None:
    """Do what is due: timers, outbox, documents. Several may run; they share the work."""
    config = read_config()
    log_as_json(config.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rt = open_runtime(config)
    looks = 0
    while not stop.is_set():
        try:
            done = run_once(rt, slow=looks % SELDOM == 0)
        except Exception:  # nobody restarts this process: whatever ended a round (a database that is away, a defect) is
            # logged with its trace, what it had begun is rolled back, and the next round tries again
            _log.exception("the round was not finished")
            done = 0
        looks += 1
        if not done:
            stop.wait(IDLE)
    rt.store.close()


def _apart(config: Config) -> None:
    """Prepare in a process of its own: what proving takes is given back with it. What fails is told once, by it."""
    first = multiprocessing.Process(target=_told, args=(config,))
    first.start()
    first.join()
    if first.exitcode:
        sys.exit(first.exitcode)


def _told(config: Config) -> None:
    try:
        _prepare(config)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _prepare(config: Config) -> None:
    """Schema, calendars, procedures, and for a demo its people and cases."""
    rt = open_runtime(config)
    for slug, problems in boot.prepare(rt).items():
        click.echo(f"{slug}: not published, {len(problems)} problems; see `tongban check`", err=True)
    if config.demo:
        for slug, problems in demo_cases.play(rt).items():
            click.echo(f"{slug}: no example case, {[one.code for one in problems]}", err=True)
    rt.store.close()
    if not config.demo:
        return
    click.echo(f"演示账号 demo accounts (密码 password: {config.demo_password})")
    for one in demo.accounts():
        roles = "、".join(role["zh"] for role in one.roles)
        click.echo(f"  {one.login:<20} {one.name}  {one.office.get('zh', '')}  {roles}")


def _background() -> subprocess.Popen[bytes]:
    """The worker as a process of its own: rendering and mail never stand between a person and their page."""
    return subprocess.Popen([sys.executable, "-m", "tongban", "worker"])


COMMANDS = (serve, worker)
