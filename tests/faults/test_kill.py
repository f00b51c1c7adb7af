"""kill -9 in the middle of a burst: nothing acknowledged is missing, nothing is doubled, every chain verifies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.faults.invariants import broken
from tests.service.world import World

from tongban.store.session import Store

ROOT = Path(__file__).parents[2]
ROUNDS = 3


@pytest.mark.slow
def test_killed_server_lost_nothing_that_it_acknowledged(store: Store, database_url: str) -> None:
    world = World(store)
    world.publish()
    told: list[tuple[str, int, str]] = []
    for turn in range(ROUNDS):
        told += _burst(database_url, world.tokens["boss"], 0.5 + random.Random(turn).random())
        assert broken(store, told) == []
    assert len(told) > 30


def _burst(url: str, token: str, seconds: float) -> list[tuple[str, int, str]]:
    path = os.pathsep.join([str(ROOT / "server"), str(ROOT)])
    process = subprocess.Popen([sys.executable, "-m", "tests.faults.burst", url, token, "4"], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    lines = [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    return [(case_id, int(seq), key) for case_id, seq, key in lines]


@pytest.mark.parametrize(("fault", "says"), [
    ("UPDATE journal SET body = replace(body, '海风', '海云') WHERE seq = {seq}", "does not follow"),
    ("DELETE FROM journal WHERE case_id = '{case}' AND seq = {seq}", "acknowledged, but not there"),
    ("UPDATE cases SET snapshot = replace(snapshot, '海风', '海云')", "not what its record says"),
    ("DELETE FROM todo WHERE case_id = '{case}'", "open work differs"),
    ("UPDATE cases SET number = '2026-370200-000009'", "gap or a double"),
    ("UPDATE journal SET \"key\" = 'other' WHERE seq = {seq}", "acknowledged, but not there"),
])
def test_checker_catches_a_planted_fault(store: Store, fault: str, says: str) -> None:
    world = World(store)
    world.publish()
    case_id = world.start()
    from tests.service.world import ANSWERS

    received = world.act("boss", case_id, "submit", ANSWERS, key="k")
    told = [(case_id, received.seq, "k")]
    assert broken(store, told) == []
    with store.transaction() as conn:
        conn.exec_driver_sql(fault.format(case=case_id, seq=received.seq))
    assert any(says in line for line in broken(store, told))
