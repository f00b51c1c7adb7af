"""A form page of 25 fields as a whole request: CPU milliseconds. `python bench/form_page.py [pages]`

The real page: signed in, rights checked, draft looked up, every field rendered with its rules. No socket.
"""

from __future__ import annotations

import copy
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.service.world import FORM, OPINION, WORKFLOW, World, text

from tongban.app import create_app
from tongban.config import Config
from tongban.service import cases
from tongban.service.wiring import wire
from tongban.store.schema import migrate
from tongban.store.session import Store

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
        client = create_app(Config(data=Path(place), demo=True), world.rt).test_client()
        client.set_cookie("tb-session", world.tokens["boss"])
        case_id = world.start()
        task = cases.view(world.rt, world.who("boss"), case_id).tasks[0].id
        spent = []
        for number in range(count + 20):
            began = time.process_time()
            answer = client.get(f"/cases/{case_id}/tasks/{task}")
            if number >= 20:
                spent.append(time.process_time() - began)
            assert answer.status_code == 200, answer.status
            assert answer.text.count("data-field=") >= 20 or answer.text.count('id="f-') >= 20
        spent.sort()
        middle = spent[count // 2] * 1000
        print(f"25 fields, {len(answer.data):,} bytes: {middle:.2f} ms CPU, p99 {spent[int(count * .99)] * 1000:.2f}, "
              f"{1000 / middle:,.0f} a second of CPU")


if __name__ == "__main__":
    main()
