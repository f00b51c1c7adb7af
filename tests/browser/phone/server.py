"""A real server in a process of its own, on a small world: killed and started again by the tests of the phone."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.service.world import WORKFLOW, World, text
from werkzeug.serving import make_server

from tongban import app as application
from tongban.config import Config
from tongban.service import boot
from tongban.service.runtime import utc_now

FORM: dict[str, Any] = {"id": "field-visit", "title": text("用工核查"), "pages": [
    {"id": "firm", "title": text("核查"), "fields": [
    {"id": "name", "type": "text", "label": text("企业名称"), "required": True},
    {"id": "staff", "type": "integer", "label": text("现场在岗人数（人）"), "required": True, "min": 0},
    {"id": "noted", "type": "longtext", "label": text("情况说明"), "visible": "staff < 10", "required": True},
    {"id": "photos", "type": "photo", "label": text("现场照片"), "min": 1, "max": 4, "required": True}]}]}
OPINION = {"id": "grant-opinion", "title": text("意见"), "pages": [{"id": "o", "title": text("意见"), "fields": [
    {"id": "words", "type": "text", "label": text("意见")}]}]}


def flow(note: str = "") -> dict[str, object]:
    """A visit report by an enterprise, checked by the district."""
    return {
        "id": "visit", "title": text("用工现场核查"), "summary": text("核查在岗人数" + note),
        "audience": ["enterprise"], "region": "370200",
        "source": {"notice": "test", "clauses": {"一": text("十人以上")}},
        "parties": {"applicant": {"kind": "enterprise", "label": text("企业"), "starts": True}},
        "forms": {"application": "field-visit", "opinion": "grant-opinion"}, "subject": "application.name",
        "rules": {"some": {"clause": "一", "test": "application.staff >= 3", "say": text("在岗少于 3 人")}},
        "unique": [{"key": "application.name", "within": "open", "say": text("该企业已有一份核查正在办理")}],
        "initial": "draft",
        "states": {
            "draft": {"label": text("填写"), "task": {"party": "applicant", "form": "application"},
                      "on": {"submit": {"target": "check", "label": text("提交核查"), "tone": "primary",
                                        "require": ["some"]}}},
            "check": {"label": text("区核对"), "task": {"role": "district_hr", "scope": "'370202'", "form": "opinion"},
                      "on": {"approve": {"target": "done", "label": text("同意"), "tone": "primary"},
                             "return": {"return": {"to": ["draft"], "then": "redo"}, "label": text("退回"),
                                        "reason": True, "form": False}}},
            "done": {"type": "final", "outcome": "approved", "label": text("办结")}}}


def _form(folder: Path) -> dict[str, Any]:
    """With more fields where the bench asks for them."""
    asked = folder / "fields.json"
    if not asked.exists():
        return FORM
    page = {**FORM["pages"][0], "fields": [{**one, "required": False} for one in FORM["pages"][0]["fields"][:2]]}
    return {**FORM, "pages": [{**page, "fields": page["fields"] + json.loads(asked.read_text())[2:]}]}


def main(folder: Path, port: int) -> None:
    """Serve; the first start makes the world and writes the session tokens beside the database."""
    config = Config(data=folder, demo=True)
    fresh = not (folder / "tokens.json").exists()
    rt = boot.open_runtime(config)
    if fresh:
        world = World(rt.store)
        world.clock.now = utc_now()
        for login in world.tokens:      # signed in now, not at the hour that the world begins at
            world.who(login)
        world.publish(flow(), _form(folder), OPINION)
        world.publish(WORKFLOW)
        (folder / "tokens.json").write_text(json.dumps(world.tokens))
    later = folder / "publish"
    if later.exists():
        World.publish(SimpleNamespace(rt=rt), flow(later.read_text()), FORM, OPINION)      # type: ignore[arg-type]
    app = application.create_app(config, rt)
    server = make_server("127.0.0.1", port, app, threaded=True)
    print("serving", os.getpid(), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)       # who is killed is gone at once
    for told in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            folder, port = json.loads(told)
            try:
                main(Path(folder), port)
            finally:
                print("ended", told, flush=True)
