"""One approval as a whole request: CPU milliseconds and SQL statements, Tongban and Django with viewflow in one run.

    python bench/approve.py [approvals]

Each request goes through the whole WSGI application (sign-in by cookie, rights, form, rules, record, outbox, commit);
the web server's socket is left out on both sides. Both on SQLite, WAL, synchronous=FULL. CPU time of this process.
"""

from __future__ import annotations

import copy
import gc
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import event
from tests.service.world import WORKFLOW, World, text

from tongban.app import create_app
from tongban.config import Config
from tongban.service import cases
from tongban.service.wiring import wire
from tongban.store.schema import migrate
from tongban.store.session import Store

App = Callable[..., Iterable[bytes]]
Post = tuple[str, str, bytes]      # path, cookie, form as it is sent
WARM = 30
TURN = 30


def call(app: App, post: Post) -> str:
    """One POST; gives the status."""
    path, cookie, body = post
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": cookie, "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False}
    answer = app(environ, lambda status, headers, info=None: said.append(status))
    for _ in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()
    return said[0]


def measured(sides: list[tuple[App, list[Post]]]) -> list[list[float]]:
    """CPU milliseconds of every request of each side, in order of size; the sides take turns, so that what else the
    machine does falls on both alike."""
    spent: list[list[float]] = [[] for _ in sides]
    gc.collect()
    gc.freeze()         # as `tongban serve` does; on both sides, so that neither sweeps up the making of the other
    for first in range(0, len(sides[0][1]), TURN):
        for (app, posts), kept in zip(sides, spent, strict=True):
            for number, post in enumerate(posts[first:first + TURN]):
                began = time.process_time()
                status = call(app, post)
                if first >= WARM and number >= TURN // 5:       # the first ones after the other's turn find cold caches
                    kept.append((time.process_time() - began) * 1000)
                assert status[:3] in ("302", "303"), status
    return [sorted(one) for one in spent]


def ours(folder: Path, count: int) -> tuple[App, list[Post], Callable[[], list[str]]]:
    """A procedure whose approval asks a rule, opens the next step and tells somebody."""
    flow = copy.deepcopy(WORKFLOW)
    del flow["unique"]
    flow["states"]["check"]["on"]["approve"]["require"] = ["ten"]
    flow["states"]["final_check"]["entry"] = [{"notify": {"to": {"party": "applicant"}, "message": text("复核中")}}]
    store = Store(f"sqlite:///{folder / 'ours.db'}")
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
    def listened() -> list[str]:        # only for the one that is counted: to be told costs time at every statement
        statements: list[str] = []
        event.listen(store.engine, "checkout", lambda raw, *_: raw.set_trace_callback(statements.append))
        return statements
    return app.wsgi_app, posts, listened


def theirs(folder: Path, count: int) -> tuple[App, list[Post], Callable[[Post], int]]:
    """The same step as a viewflow process; the task is assigned before it is measured."""
    from viewflow_peer import site

    site.configure(folder)
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

    def statements(post: Post) -> int:
        with CaptureQueriesContext(connection) as seen:
            call(app, post)
        return sum(not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for one in seen)
    return app, posts, statements


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        app, posts, seen = ours(folder, count + WARM + 1)
        peer: Any = theirs(folder, count + WARM + 1)
        before = peer[2](peer[1][0])
        mine, others = measured([(app, posts[1:]), (peer[0], peer[1][1:])])
        counted = seen()
        assert call(app, posts[0]).startswith("30")
        counted = [sql for sql in counted if not sql.startswith(("BEGIN", "COMMIT"))]
        show("Tongban", mine, len(counted))
        if "--sql" in sys.argv:
            print("\n".join(f"    {' '.join(sql.split())[:150]}" for sql in counted))
        show("Django 5.2 with viewflow 2.4", others, before)
        print(f"ratio {statistics.median(others) / statistics.median(mine):.1f}")


def show(name: str, spent: list[float], statements: int) -> None:
    tenth, last = spent[len(spent) // 10], spent[int(len(spent) * 0.99)]
    print(f"{name:<32}{statistics.median(spent):>7.2f} ms CPU  (quickest tenth {tenth:.2f}, mean "
          f"{statistics.mean(spent):.2f}, p99 {last:.2f})  {statements} statements", flush=True)


if __name__ == "__main__":
    main()
