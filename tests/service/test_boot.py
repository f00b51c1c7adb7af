"""A new server: migrated, loaded, and everybody of the demo can sign in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongban.config import Config, ConfigError, describe, read
from tongban.service import boot, demo, demo_cases, people
from tongban.service.errors import Denied
from tongban.service.wiring import run_all
from tongban.store import cases, registers
from tongban.store import people as table

ROLES = {"enterprise", "person", "school", "mentor", "teacher", "community", "street", "district_hr", "city_center",
         "city_hr", "finance", "province_hr", "bank_city", "bank_branch", "guarantor", "eval_org", "examiner",
         "supervisor", "chain_owner", "agency", "public", "auditor", "admin"}


def test_new_server_has_procedures_calendars_and_demo_people(tmp_path: Path) -> None:
    rt = boot.open_runtime(Config(data=tmp_path, demo=True))
    assert boot.prepare(rt) == {}
    assert boot.prepare(rt) == {}
    with rt.store.reading() as conn:
        assert {row["year"] for row in registers.list_calendars(conn)} >= {2025, 2026}
        held = {row[0] for row in conn.exec_driver_sql("SELECT DISTINCT role FROM grants")}
        slugs = {row[0] for row in conn.exec_driver_sql("SELECT slug FROM procedures")}
        versions = conn.exec_driver_sql("SELECT count(*) FROM versions").scalar()
        enterprises = [o for o in table.list_organisations(conn, kind="enterprise") if o["region"].startswith("3702")]
    assert held >= ROLES
    assert "qd-loan-apply" in slugs
    assert versions == len(slugs)
    assert len(enterprises) == 6
    assert all(people.valid_uscc(o["code"]) for o in enterprises)
    token = people.sign_in(rt, demo.accounts()[0].login, rt.config.demo_password)
    assert people.session(rt, token).name == demo.accounts()[0].name

    for _ in range(2):      # once; the second time nothing is added
        assert demo_cases.play(rt) == {}
    with rt.store.reading() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM cases").scalar() == len(demo.read("cases"))
    run_all(rt)
    with rt.store.reading() as conn:
        assert [row[0] for row in conn.exec_driver_sql("SELECT id FROM cases") if cases.verify(conn, row[0])] == []
        shown = {row[0] for row in conn.exec_driver_sql("SELECT workflow FROM cases WHERE status = 'open'")}
        waiting = {row[0] for row in conn.exec_driver_sql("SELECT state FROM todo")}
    assert shown >= {"qd-job-fairs", "qd-recommend-push", "xp-graduate-register"}, "opened by themselves, and played"
    assert waiting >= {"verify", "offer", "draft", "open", "county_review", "community_check"}
    rt.store.close()


def test_demo_is_not_loaded_on_a_real_server(tmp_path: Path) -> None:
    rt = boot.open_runtime(Config(data=tmp_path, secret="x" * 32))
    with pytest.raises(Denied):
        demo.load(rt)
    rt.store.close()


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        read({"TONGBAN_PORT": "70000", "TONGBAN_DATABASE": "mysql://x", "TONGBAN_COLOUR": "red", "HOME": "/"})
    lines = str(error.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["TONGBAN_COLOUR", "TONGBAN_DATABASE", "TONGBAN_PORT",
                                                       "TONGBAN_SECRET"]


def test_settings_are_printed_without_their_secrets() -> None:
    config = read({"TONGBAN_SECRET": "s" * 40, "TONGBAN_DATABASE": "postgresql://u:pw@h/db", "TONGBAN_PORT": "9000"})
    printed = {name: value for name, value, _ in describe(config)}
    assert printed["TONGBAN_SECRET"] == printed["TONGBAN_DATABASE"] == "***"
    assert printed["TONGBAN_PORT"] == "9000"
