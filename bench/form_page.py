"""A form page of 25 fields: CPU milliseconds of the whole request, blank and filled in, and of the form alone.

    python bench/form_page.py [pages]

The real page: signed in, rights checked, draft looked up, every field rendered with its rules. No socket.
"""

from __future__ import annotations

import copy
import gc
import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.service.world import FORM, OPINION, WORKFLOW, World, text
from wsgi import call

from tongban.app import create_app
from tongban.config import Config
from tongban.engine.answers import sample
from tongban.service import cases, drafts
from tongban.service.views import CaseView
from tongban.service.wiring import wire
from tongban.store.schema import migrate
from tongban.store.session import Store
from tongban.web import fields, present

TYPES = ("text", "integer", "money", "date", "yesno", "mobile", "longtext")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    form = copy.deepcopy(FORM)
    known = form["pages"][0]["fields"]
    known += [{"id": f"x{n}", "type": TYPES[n % len(TYPES)], "label": text(f"栏目 {n}")}
              for n in range(25 - len(known))]
    with tempfile.TemporaryDirectory() as place:
        store = Store(f"sqlite:///{place}/t.db")
        migrate(store)
        world = World(store)
        wire(world.rt)
        world.publish(WORKFLOW, form, OPINION)
        app = create_app(Config(data=Path(place), demo=True), world.rt)
        cookie = f"tb-session={world.tokens['boss']}"
        case_id = world.start()
        case = cases.to_fill(world.rt, world.who("boss"), case_id)
        address = f"/cases/{case_id}/tasks/{case.tasks[0].id}"

        def asked() -> bytes:
            status, page = call(app.wsgi_app, address, cookie)
            assert status.startswith("200"), status
            assert page.count(b"data-field=") >= 25
            return page
        page = asked()
        gc.collect()
        gc.freeze()         # as `tongban serve` does
        told("whole request, blank form", count, asked)
        print(f"{len(page):,} bytes of HTML, {len(gzip.compress(page, 6)):,} with gzip")
        raw = sample.valid(case.forms[0].form, {"today": "2026-11-22"}, 7, "application.")
        drafts.save(world.rt, world.who("boss"), case_id, case.tasks[0].id, raw)
        told("whole request, filled form", count, asked)
        with app.test_request_context(address):
            app.preprocess_request()
            case = cases.to_fill(world.rt, world.who("boss"), case_id)
            told("the form alone, blank", count * 5, lambda: drawn(case, {}))
            told("the form alone, filled", count * 5, lambda: drawn(case, raw))


def drawn(case: CaseView, raw: dict[str, Any]) -> None:
    """Rules settled and every field as markup; blank = nobody has written anything yet."""
    assert len(fields.edit(fields.sheet(present.look(case, case.forms[0], raw or {})))) > 5000


def told(what: str, count: int, make: Callable[[], object]) -> None:
    """The middle of `count` measures."""
    spent = []
    for number in range(count + 20):
        began = time.process_time()
        make()
        if number >= 20:
            spent.append(time.process_time() - began)
    spent.sort()
    middle = spent[count // 2] * 1000
    print(f"{what}: {middle:.2f} ms CPU, p99 {spent[int(count * .99)] * 1000:.2f}, "
          f"{1000 / middle:,.0f} a second of CPU")


if __name__ == "__main__":
    main()
