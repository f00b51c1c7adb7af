"""Outside systems over a real connection: signed, sent again under the same id, only where the operator said."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.service.world import FORM, OPINION, WORKFLOW, World

from tongban.config import ConfigError
from tongban.service import account, definitions, deliveries, outside
from tongban.service.errors import Denied, NotFound
from tongban.service.wiring import run_all, wire
from tongban.store import outbox

KEY = b"a secret of 24 bytes or more"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
CALLING = {**WORKFLOW, "states": {**WORKFLOW["states"], "check": {
    **WORKFLOW["states"]["check"], "entry": [{"call": {"to": "archive", "data": {"staff": {
        "expr": "application.staff"}}}}, *WORKFLOW["states"]["check"]["entry"]]}}}


class Receiver(HTTPServer):
    """Keeps what arrives; answers with the statuses that it is told to, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.send_header("Location", self.server.url + "/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def told(world: World, receiver: Receiver, tmp_path: Path) -> World:
    (tmp_path / "outside.json").write_text(json.dumps({
        "archive": {"url": receiver.url, "secret": SECRET},
        "wecom": {"url": receiver.url, "secret": SECRET, "title": {"zh": "企业微信", "en": "WeCom"}}}))
    wire(world.rt)
    world.rt.systems = outside.read(str(tmp_path / "outside.json"))
    return world


def opened(taken: tuple[dict[str, str], bytes]) -> dict[str, Any]:
    """What arrived, its signature checked by the specification's own words."""
    headers, body = taken
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    found: dict[str, Any] = json.loads(body)
    assert found["id"] == headers["webhook-id"]
    return found


def test_a_procedure_calls_a_system_until_it_takes_the_call_and_then_no_more(told: World, receiver: Receiver) -> None:
    receiver.statuses = [503, 302]
    told.publish(CALLING, FORM, OPINION)
    case = told.submitted()
    for _ in range(5):
        run_all(told.rt)
        told.clock.move(minutes=1)
    sent = [opened(one) for one in receiver.taken]
    assert [(one["type"], one["case"], one["data"]) for one in sent] == [("call", case, {"staff": 12})] * 3
    assert len({one["id"] for one in sent}) == 1            # a repeat can be recognised; a redirect led nowhere
    with told.rt.store.reading() as conn:
        assert outbox.waiting(conn) == 0


def test_who_chose_a_system_is_told_there_and_nobody_else(told: World, receiver: Receiver) -> None:
    account.choose_channels(told.rt, told.who("shinan"), ("wecom", "archive", "nonsense"), "")
    assert told.who("shinan").channels == ("inbox", "wecom")        # one without a title is no channel
    case = told.submitted()
    run_all(told.rt)
    (one,) = (opened(taken) for taken in receiver.taken)
    assert (one["type"], one["to"]["login"], one["case"]) == ("message", "shinan", case)
    assert one["words"]["zh"] == "青岛海风家政服务有限公司 等待审核"


def test_a_system_that_nobody_named_is_a_warning_and_its_calls_wait_in_sight(told: World, receiver: Receiver) -> None:
    told.rt.systems = {}
    bundle = {definitions.WORKFLOW: json.dumps(CALLING), **{
        f"{definitions.FORMS}{form['id']}": json.dumps(form) for form in (FORM, OPINION)}}
    found = definitions.check(told.rt, told.who("admin"), bundle)
    assert [(p.at, p.level) for p in found if p.code == "service.no_such_system"] == [
        ("/states/check/entry/0/call/to", "warning")]
    told.publish(CALLING, FORM, OPINION)
    told.submitted()
    run_all(told.rt)
    assert receiver.taken == []
    with told.rt.store.reading() as conn:
        (row,) = outbox.failing(conn, 1)
    assert "archive is not named" in row["error"]


def test_an_admin_sees_what_failed_and_why_and_has_it_tried_at_once(told: World, receiver: Receiver) -> None:
    admin, away = told.who("admin"), outside.System("archive", "http://127.0.0.1:1/in", KEY)
    systems, told.rt.systems = told.rt.systems, {"archive": away}
    told.publish(CALLING, FORM, OPINION)
    case = told.submitted()
    run_all(told.rt)
    (row,) = deliveries.page(told.rt, admin).rows
    assert (row.what["zh"], row.to, row.case_id, row.attempts) == ("外部系统", "archive", case, 1)
    assert row.why["zh"] == "对方连接不上"
    for outsider in ("boss", "shinan", "auditor"):
        with pytest.raises(Denied):
            deliveries.page(told.rt, told.who(outsider))
        with pytest.raises(Denied):
            deliveries.retry(told.rt, told.who(outsider))
    with pytest.raises(NotFound):
        deliveries.retry(told.rt, admin, "none of them")
    told.rt.systems = systems
    run_all(told.rt)
    assert receiver.taken == []                             # its turn has not come
    assert deliveries.retry(told.rt, admin, row.id) == 1
    run_all(told.rt)
    assert opened(receiver.taken[0])["case"] == case
    assert (deliveries.failing(told.rt, admin), deliveries.retry(told.rt, admin)) == (0, 0)


@pytest.mark.parametrize(("written", "says"), [
    ('{"a": {"url": "http://10.0.0.1/in", "secret": "%s"}}', "https://"), ('{"a": {"url": "https://x.cn"}}', "whsec_"),
    ('{"a": {"url": "file:///etc/passwd", "secret": "%s"}}', "https://"), ('{"a": []}', "must hold"),
    ("{", "Expecting"),
    ('{"a": {"url": "https://x.cn", "secret": "whsec_c2hvcnQ="}}', "24 bytes"),
    ('{"a": {"url": "https://x.cn", "secret": "%s", "titel": 1}}', "titel"),
])
def test_a_wrong_file_stops_the_start_with_what_is_wrong(tmp_path: Path, written: str, says: str) -> None:
    path = tmp_path / "outside.json"
    path.write_text(written.replace("%s", SECRET))
    with pytest.raises(ConfigError, match=says):
        outside.read(str(path))
