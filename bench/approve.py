"""One approval as a whole request: CPU milliseconds and SQL statements, Tongban and Django with viewflow in one run.

    python bench/approve.py [approvals] [--postgres] [--sql]

Each request goes through the whole WSGI application (sign-in by cookie, rights, form, rules, record, outbox, commit);
the web server's socket is left out on both sides. Both on SQLite, WAL, synchronous=FULL, or both on one PostgreSQL, by
the same driver. CPU time of this process; what PostgreSQL's own processes take is told beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import million
import psycopg
from sqlalchemy import event
from sqlalchemy import text as sql_text
from sqlalchemy.engine import make_url
from tests.service.world import WORKFLOW, World, text
from wsgi import App, call

from tongban.app import create_app
from tongban.config import Config
from tongban.service import cases
from tongban.service.wiring import wire
from tongban.store.schema import migrate
from tongban.store.session import Store

Post = tuple[str, str, bytes]      # path, cookie, form as it is sent
WARM = 30
TURN = 30


@dataclass(frozen=True)
class Side:
    """One of the two: its application, its requests, the CPU seconds its database has taken, the SQL of one request."""

    app: App
    posts: list[Post]
    database: Callable[[], float]
    statements: Callable[[Post], list[str]]


@dataclass(frozen=True)
class Spent:
    """CPU milliseconds of every request in order of size, and the mean that the database's own process took."""

    here: list[float]
    database: float


def backend(pid: int) -> Callable[[], float]:
    """CPU seconds so far of the process that PostgreSQL runs for a connection."""
    ran = Path(f"/proc/{pid}/schedstat")
    return lambda: int(ran.read_text().split()[0]) / 1e9


def measured(sides: list[Side]) -> list[Spent]:
    """The sides take turns, so that what else the machine does falls on both alike."""
    spent: list[list[float]] = [[] for _ in sides]
    databases: list[list[float]] = [[] for _ in sides]
    gc.collect()
    gc.freeze()         # as `tongban serve` does; on both sides, so that neither sweeps up the making of the other
    for first in range(1, len(sides[0].posts), TURN):
        for side, kept, theirs in zip(sides, spent, databases, strict=True):
            for number, post in enumerate(side.posts[first:first + TURN]):
                outside, began = side.database(), time.process_time()
                status = call(side.app, *post)[0]
                took = time.process_time() - began
                if first > WARM and number >= TURN // 5:       # the first ones after the other's turn find cold caches
                    kept.append(took * 1000)
                    theirs.append((side.database() - outside) * 1000)
                assert status[:3] in ("302", "303"), status
    return [Spent(sorted(one), statistics.mean(other)) for one, other in zip(spent, databases, strict=True)]


def ours(folder: Path, count: int, url: str | None) -> Side:
    """A procedure whose approval asks a rule, opens the next step and tells somebody."""
    flow = copy.deepcopy(WORKFLOW)
    del flow["unique"]
    flow["states"]["check"]["on"]["approve"]["require"] = ["ten"]
    flow["states"]["final_check"]["entry"] = [{"notify": {"to": {"party": "applicant"}, "message": text("复核中")}}]
    store = Store(url or f"sqlite:///{folder / 'ours.db'}")
    migrate(store)
    world = World(store)
    wire(world.rt)
    world.publish(flow)
    app = create_app(Config(data=folder, demo=True), world.rt)
    cookie = f"tb-session={world.tokens['shinan']}"
    client = app.test_client()
    client.set_cookie("tb-session", world.tokens["shinan"])
    csrf = client.get("/accessibility").text.partition('name="csrf" content="')[2].partition('"')[0]
    cookie = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values()) if client._cookies else cookie
    who, posts = world.who("shinan"), []
    for _ in range(count):
        case_id = world.submitted()
        view = cases.view(world.rt, who, case_id)
        posts.append((f"/cases/{case_id}/actions", cookie, urlencode({
            "csrf": csrf, "action": "approve", "task": view.tasks[0].id, "words": "同意", "expected": str(view.seq),
            "key": f"key-{case_id}", "from": "inbox"}).encode()))

    def statements(post: Post) -> list[str]:        # listened to at the end only: to be told costs time at each of them
        seen: list[str] = []
        if url:
            plain = psycopg.Cursor.execute
            with mock.patch.object(psycopg.Cursor, "execute",
                                   lambda self, query, *more, **named: (seen.append(str(query)),
                                                                        plain(self, query, *more, **named))[1]):
                call(app.wsgi_app, *post)
        else:
            event.listen(store.engine, "checkout", lambda raw, *_: raw.set_trace_callback(seen.append))
            call(app.wsgi_app, *post)
        return seen
    if not url:
        return Side(app.wsgi_app, posts, lambda: 0.0, statements)
    with store.reading() as conn:
        process = backend(conn.execute(sql_text("SELECT pg_backend_pid()")).scalar_one())
    return Side(app.wsgi_app, posts, process, statements)


def theirs(folder: Path, count: int, url: str | None) -> Side:
    """The same step as a viewflow process; the task is assigned before it is measured."""
    from viewflow_peer import site

    site.configure(folder, url)
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", run_syncdb=True, verbosity=0)
    from viewflow.workflow.models import Task
    from viewflow_peer.flows import GrantFlow

    user = get_user_model().objects.create_superuser("reviewer", "", "reviewer")
    client = Client()
    client.force_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    for number in range(count):
        done = client.post("/grant/start/", {"name": f"企业 {number}"})
        assert done.status_code == 302, done.status_code
    posts = [(f"/grant/{task.process_id}/approve/{task.pk}/execute/", cookie, b"approved=on")
             for task in Task.objects.filter(flow_task=GrantFlow.approve).order_by("pk")]
    app = get_wsgi_application()

    def statements(post: Post) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            call(app, *post)
        return [one["sql"] for one in seen]
    process = backend(connection.connection.info.backend_pid) if url else lambda: 0.0
    return Side(app, posts, process, statements)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("approvals", nargs="?", type=int, default=300)
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--sql", action="store_true", help="every statement of one approval")
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as after:
        folder, urls = Path(place), (None, None)
        if args.postgres:
            folder.chmod(0o755)      # PostgreSQL runs as another user where this one is root
            server, url = million.postgres(folder / "pg")
            after.callback(server.cleanup)
            with psycopg.connect(server.get_uri(), autocommit=True) as conn:
                conn.execute("CREATE DATABASE peer")
            urls = (url, make_url(url).set(database="peer").render_as_string(hide_password=False))
        sides = [side(folder, args.approvals + WARM + 1, url)
                 for side, url in zip((ours, theirs), urls, strict=True)]
        spent = measured(sides)
        for name, side, one in zip(("Tongban", "Django 5.2 with viewflow 2.4"), sides, spent, strict=True):
            sql = [said for said in side.statements(side.posts[0])
                   if not said.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
            show(name, one, len(sql))
            if args.sql:
                print("\n".join(f"    {' '.join(said.split())[:150]}" for said in sql))
        print(f"ratio {statistics.median(spent[1].here) / statistics.median(spent[0].here):.1f}")


def show(name: str, spent: Spent, statements: int) -> None:
    here = spent.here
    tenth, last = here[len(here) // 10], here[int(len(here) * 0.99)]
    beside = f", PostgreSQL's process {spent.database:.2f}" if spent.database else ""
    print(f"{name:<32}{statistics.median(here):>7.2f} ms CPU  (quickest tenth {tenth:.2f}, mean "
          f"{statistics.mean(here):.2f}, p99 {last:.2f}{beside})  {statements} statements", flush=True)


if __name__ == "__main__":
    main()
