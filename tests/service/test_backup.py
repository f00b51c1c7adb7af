"""Backup and restore: the same database comes back, on either engine, and a hostile archive changes nothing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.invariants import broken
from tests.service.test_files import picture
from tests.service.world import ANSWERS, OTHER_USCC, Clock, World

from tongban.config import Config
from tongban.service import backup, cases, files, inbox, people
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime
from tongban.store import dump
from tongban.store.session import Store

Entries = dict[str, bytes]


def runtime(url: str, data: Path, clock: Any) -> Runtime:
    data.mkdir(parents=True, exist_ok=True)
    return Runtime(Store(url), clock, Config(demo=True, data=data))


def live(world: World, data: Path) -> World:
    """Things happen: a case under review, one withdrawn, one begun, a picture, a key."""
    world.rt.config = Config(demo=True, data=data)
    (data / "authority").mkdir(parents=True)
    (data / "authority/payload-key.pem").write_text("a key")
    world.submitted()
    other = world.submitted("rival", uscc=OTHER_USCC, name="乙公司")
    assert world.act("rival", other, "withdraw").ok
    world.start("clerk")
    files.whole(world.rt, world.who("boss"), "证件.png", picture())
    return world


@pytest.fixture
def lived(world: World, tmp_path: Path) -> World:
    return live(world, tmp_path / "old")


@pytest.fixture
def archive(lived: World, tmp_path: Path) -> Path:
    backup.make(lived.rt, tmp_path / "b.zip")
    return tmp_path / "b.zip"


@pytest.fixture
def fresh(sqlite_template: Path, tmp_path: Path) -> Iterator[Runtime]:
    """An empty database elsewhere: SQLite, whatever the backup was made from."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new/t.db").write_bytes(sqlite_template.read_bytes())
    rt = runtime(f"sqlite:///{tmp_path / 'new/t.db'}", tmp_path / "new", Clock())
    yield rt
    rt.store.close()


def everything(rt: Runtime) -> dict[str, list[list[Any]]]:
    with rt.store.reading() as conn:
        return {name: list(dump.rows(conn, table)) for name, table in dump.tables().items()}


def differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def repacked(archive: Path, change: Callable[[Entries], None], *, honest: bool = True) -> Path:
    """The archive with other entries; an honest one has the sizes and hashes of what it holds now."""
    with zipfile.ZipFile(archive) as held:
        entries = {name: held.read(name) for name in held.namelist()}
    change(entries)
    if honest:
        head = json.loads(entries["manifest.json"])
        head["entries"] = {name: {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
                           for name, body in entries.items() if name != "manifest.json"}
        entries["manifest.json"] = json.dumps(head).encode()
    made = archive.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as out:
        for name, body in entries.items():
            out.writestr(name, body)
    return made


def test_a_backup_comes_back_whole_on_an_empty_database(lived: World, archive: Path, fresh: Runtime) -> None:
    before = everything(lived.rt)
    assert backup.restore(fresh, archive).cases == 3
    assert differing(before, everything(fresh)) == {"audit", "counters"}        # both note the backup and the restore
    assert broken(fresh.store, []) == []
    sha = hashlib.sha256(picture()).hexdigest()
    assert files.blobs(fresh).get(sha) == picture()
    assert (fresh.config.data / "authority/payload-key.pem").read_text() == "a key"
    person = people.session(lived.rt, lived.tokens["shinan"])
    assert person is not None
    assert [row.subject for row in inbox.page(fresh, person, filters={"q": "海风"}).rows] == [ANSWERS["name"]]


def test_work_goes_on_after_a_restore_with_the_next_number(lived: World, archive: Path, fresh: Runtime) -> None:
    backup.restore(fresh, archive)
    assert people.session(fresh, lived.tokens["boss"]) is None      # nobody is signed in by a restore
    lived.rt = fresh
    case_id = lived.submitted("rival", uscc=OTHER_USCC)
    assert cases.view(fresh, lived.who("rival"), case_id).number.endswith("000004")


def test_a_leap_keeps_numbers_from_being_given_out_twice(lived: World, archive: Path, fresh: Runtime) -> None:
    backup.restore(fresh, archive, leap=100)
    lived.rt = fresh
    assert cases.view(fresh, lived.who("boss"), lived.start()).number.endswith("000104")


def test_a_used_database_is_only_replaced_on_demand(lived: World, archive: Path) -> None:
    late = lived.start("clerk")
    before = everything(lived.rt)
    with pytest.raises(Refused, match=r"backup\.not_empty"):
        backup.restore(lived.rt, archive)
    assert everything(lived.rt) == before
    assert backup.restore(lived.rt, archive, replace=True).cases == 3
    assert broken(lived.rt.store, []) == []
    assert late not in {row[1] for row in everything(lived.rt)["cases"]}
    assert lived.act("shinan", lived.submitted("rival", uscc=OTHER_USCC), "approve").ok     # and it works


@pytest.mark.postgres
def test_a_backup_moves_from_sqlite_to_postgresql_and_back(
        sqlite_url: str, postgres_url: str, fresh_world: World, tmp_path: Path) -> None:
    backup.make(fresh_world.rt, tmp_path / "1.zip")
    there = runtime(postgres_url, tmp_path / "pg", fresh_world.clock)
    assert backup.restore(there, tmp_path / "1.zip").cases == 1
    assert differing(everything(fresh_world.rt), everything(there)) == {"audit", "counters"}
    fresh_world.rt = there
    fresh_world.submitted("rival", uscc=OTHER_USCC)         # the database's own numbers go on too
    assert broken(there.store, []) == []
    there.store.close()


@pytest.fixture
def fresh_world(sqlite_url: str) -> Iterator[World]:
    world = World(Store(sqlite_url))
    world.publish()
    world.submitted()
    yield world
    world.rt.store.close()


@pytest.fixture(scope="module")
def sound(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that is made once, to be spoiled in many ways."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "t.db").write_bytes(sqlite_template.read_bytes())
    world = World(Store(f"sqlite:///{folder / 't.db'}"))
    world.publish()
    backup.make(live(world, folder / "data").rt, folder / "b.zip")
    world.rt.store.close()
    return folder / "b.zip"


def forged(entries: Entries) -> None:
    entries["tables/journal.jsonl"] = entries["tables/journal.jsonl"].replace("海风".encode(), "海云".encode())


def rewound(entries: Entries) -> None:
    lines = [json.loads(line) for line in entries["tables/counters.jsonl"].splitlines()]
    entries["tables/counters.jsonl"] = b"".join(
        json.dumps([name, 1 if name.startswith("case:") else value]).encode() + b"\n" for name, value in lines)


def appended(name: str, line: bytes) -> Callable[[Entries], None]:
    def change(entries: Entries) -> None:
        entries[name] = entries.get(name, b"") + line
    return change


def another_blob(entries: Entries) -> None:
    name = next(name for name in entries if name.startswith("blobs/"))
    entries[name] = b"not what its name says"


def older(entries: Entries) -> None:
    entries["manifest.json"] = entries["manifest.json"].replace(b'"revision": "', b'"revision": "x')


@pytest.mark.parametrize(("change", "honest", "code"), [
    (forged, False, "backup.altered"), (forged, True, "backup.broken"), (rewound, True, "backup.broken"),
    (another_blob, True, "backup.altered"), (older, True, "backup.revision"),
    (appended("keys/../../evil", b"x"), True, "backup.name"), (appended("/etc/passwd", b"x"), True, "backup.name"),
    (appended("keys/authority/..pem", b"x"), True, "backup.name"),
    (appended("tables/sqlite_master.jsonl", b"[]\n"), True, "backup.name"),
    (appended("tables/people.jsonl", b'["u-x", 7]\n'), True, "backup.row"),
    (appended("tables/counters.jsonl", b'["x", "1); DROP TABLE cases"]\n'), True, "backup.row"),
    (appended("tables/counters.jsonl", b'["x", true]\n'), True, "backup.row"),
    (appended("tables/counters.jsonl", b"[" * 100_000 + b"\n"), True, "backup.row"),
    (appended("tables/counters.jsonl", b'["epoch", 5]\n'), True, "backup.unfit"),
    (appended("tables/counters.jsonl", b'["\\ud800", 5]\n'), True, "backup.unfit"),
    (lambda entries: entries.pop("tables/audit.jsonl"), True, "backup.manifest"),
    (appended("manifest.json", b"{"), False, "backup.manifest"),
])
def test_a_hostile_archive_is_refused_and_changes_nothing(
        sound: Path, fresh: Runtime, change: Callable[[Entries], None], honest: bool, code: str) -> None:
    before = everything(fresh)
    with pytest.raises(Refused) as error:
        backup.restore(fresh, repacked(sound, change, honest=honest))
    assert {problem.code for problem in error.value.problems} == {code}
    assert everything(fresh) == before
    assert not (fresh.config.data / "authority").exists()


def test_what_is_no_archive_at_all_is_refused(tmp_path: Path, fresh: Runtime) -> None:
    (tmp_path / "x.zip").write_bytes(b"SQLite format 3\0" * 40)
    with pytest.raises(Refused, match=r"backup\.unreadable"):
        backup.restore(fresh, tmp_path / "x.zip")


def test_a_backup_is_for_its_owner_only_and_never_overwrites(lived: World, archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    with pytest.raises(Refused, match=r"backup\.exists"):
        backup.make(lived.rt, archive)
    assert [path.name for path in archive.parent.glob(".b.zip*")] == []


def test_a_content_that_is_gone_is_named(lived: World, tmp_path: Path) -> None:
    sha = hashlib.sha256(picture()).hexdigest()
    files.blobs(lived.rt).delete(sha)
    assert backup.make(lived.rt, tmp_path / "c.zip").missing == (sha,)


def test_a_broken_chain_is_found(lived: World) -> None:
    assert backup.verify(lived.rt) == backup.Checked(3)
    with lived.rt.store.transaction() as conn:
        conn.exec_driver_sql("UPDATE journal SET body = replace(body, '乙公司', '丙公司')")
        conn.exec_driver_sql("UPDATE audit SET verb = 'nothing' WHERE n = 1")
    assert [what == "audit" for what, _ in backup.verify(lived.rt).wrong] == [False, True]
