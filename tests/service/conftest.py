"""The world of the service tests, on both databases."""

from __future__ import annotations

import pytest
from tests.service.world import World

from tongban.store.session import Store


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.publish()
    return made
