"""Inbox and search by name at 1,000,000 cases: milliseconds through service.inbox, median and 99th percentile.

    python bench/inbox.py [cases] [--postgres] [--keep DIR]

--keep leaves the database in DIR, and takes it from there the next time: making a million cases takes ten minutes.
The rows: bench/million.py. CPU time of this process, and of PostgreSQL's where it is asked: the machine may be shared.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import million
from sqlalchemy import text
from tests.service.world import Clock

from tongban.config import Config
from tongban.engine.model import Grant
from tongban.service import inbox
from tongban.service.access import Person
from tongban.service.runtime import Runtime
from tongban.store.schema import migrate
from tongban.store.session import Store

ROUNDS = 300
Spent = Callable[[], float]


def meter(store: Store) -> Spent:
    """CPU seconds so far: of this process, and of the one that PostgreSQL runs for its only connection."""
    if store.sqlite:
        return time.process_time
    with store.reading() as conn:
        backend = Path(f"/proc/{conn.execute(text('SELECT pg_backend_pid()')).scalar_one()}/schedstat")
    return lambda: time.process_time() + int(backend.read_text().split()[0]) / 1e9


def timed(spent: Spent, name: str, work: Callable[[int], Any]) -> None:
    """Run it many times with another argument each time."""
    cpu, wall = [], []
    for turn in range(ROUNDS):
        began, clock = spent(), time.perf_counter()
        work(turn)
        wall.append((time.perf_counter() - clock) * 1000)
        cpu.append((spent() - began) * 1000)
    cpu.sort()
    wall.sort()
    middle, late = ROUNDS // 2, int(ROUNDS * 0.99)
    print(f"| {name} | {cpu[middle]:.1f} | {cpu[late]:.1f} | {wall[middle]:.1f} | {wall[late]:.1f} |", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("cases", nargs="?", type=int, default=1_000_000)
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--keep", type=Path)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = args.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)      # PostgreSQL runs as another user where this one is root
        server, url = million.postgres(place / "pg") if args.postgres else (None, f"sqlite:///{place}/t.db")
        try:
            measure(Store(url), args.cases, place / f"made-{'pg' if args.postgres else 'sqlite'}")
        finally:
            if server is not None:
                server.cleanup()


def measure(store: Store, count: int, made: Path) -> None:
    """The cases are made where they are not there yet; a database of another size must be thrown away by hand."""
    if not made.exists():
        million.fill(store, count)
        made.write_text(str(count))
    if made.read_text() != str(count):
        raise SystemExit(f"{made.parent} holds {made.read_text()} cases")
    migrate(store)
    regions = million.places()
    with store.reading() as conn:
        size = conn.execute(text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
                                 if store.sqlite else "SELECT pg_database_size('bench')")).scalar_one() / 1e6
    print(f"{store.url.get_backend_name()}: {count:,} cases in {len(regions)} regions, {size:,.0f} MB, "
          f"load {os.getloadavg()[0]:.1f}")
    print("| what | CPU p50 ms | CPU p99 | wall p50 | wall p99 |\n|---|---|---|---|---|")
    ask(Runtime(store, Clock(), Config(demo=True)), regions)
    store.close()


def ask(rt: Runtime, regions: list[str]) -> None:
    """The lists of people with small and with large areas."""
    gc.collect()
    gc.freeze()         # as `tongban serve` does before its processes are forked
    spent = meter(rt.store)

    def person(*scopes: str) -> Person:
        return Person("u-shinan", "x", "x", grants=tuple(Grant("district_hr", scope) for scope in scopes))
    dice = random.Random(11)
    names = [a + b for a in million.SURNAMES for b in million.WORDS]
    timed(spent, "inbox, one region", lambda _: inbox.page(rt, person(dice.choice(regions))))
    timed(spent, "inbox, three regions", lambda _: inbox.page(rt, person(*dice.sample(regions, 3))))
    timed(spent, "inbox, a city", lambda _: inbox.page(rt, person(dice.choice(regions)[:4] + "00")))
    timed(spent, "inbox, the province", lambda _: inbox.page(rt, person("370000")))
    province, cursors = person("370000"), [None]
    timed(spent, "next page, the province", lambda _: cursors.append(
        inbox.page(rt, province, after=cursors[-1]).after))
    timed(spent, "own cases of an enterprise", lambda _: inbox.page(rt, Person("u-boss", "x", "x", grants=(
        Grant("enterprise", f"9137{dice.randrange(5000):014d}"),)), "started"))
    timed(spent, "name of two characters, one region", lambda _: inbox.page(
        rt, person(dice.choice(regions)), filters={"q": dice.choice(names)}))
    timed(spent, "name of two characters, the province", lambda _: inbox.page(
        rt, province, filters={"q": dice.choice(names)}))
    timed(spent, "the commonest word, the province", lambda _: inbox.page(rt, province, filters={"q": "青岛"}))


if __name__ == "__main__":
    main()
