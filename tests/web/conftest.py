"""The pages over the world of the service tests, asked through Flask's own client."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.service.world import World

from tongban.app import create_app
from tongban.config import Config
from tongban.store.session import Store


class Caller:
    """One browser: keeps its cookies and sends the form token that its last page carried."""

    def __init__(self, client: FlaskClient, token: str = "") -> None:
        self.client = client
        if token:
            client.set_cookie("tb-session", token)
        self.page = client.get("/accessibility").text

    @property
    def csrf(self) -> str:
        found = re.search(r'<meta name="csrf" content="(\w+)"', self.page)
        return found[1] if found else ""

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, **more)


class Site:
    """The app, its world, and browsers of its people."""

    def __init__(self, world: World, data: Any) -> None:
        self.world = world
        self.app = create_app(Config(data=data, demo=True), world.rt)
        self.app.testing = False

    def caller(self, login: str = "") -> Caller:
        return Caller(self.app.test_client(), self.world.tokens[login] if login else "")


@pytest.fixture
def site(sqlite_url: str, tmp_path: Any) -> Any:
    store = Store(sqlite_url)
    world = World(store)
    world.publish()
    yield Site(world, tmp_path)
    store.close()
