"""Signing in, registering, roles with dates, deputies, tokens: and what each of them may do at the next request."""

from __future__ import annotations

import threading

import pytest
from tests.service.world import ANSWERS, LIGHT, SECRET, USCC, World

from tongban.engine.model import Grant
from tongban.engine.people import covers
from tongban.service import access, account, cases, enterprise, people, staff
from tongban.service import messages as inbox_messages
from tongban.service.access import Person, may
from tongban.service.errors import Denied, NotFound, Refused, Throttled
from tongban.service.inbox import span
from tongban.store import messages
from tongban.store import people as table

NEW = "91370202MA3C00033W"


def test_right_password_opens_a_session_with_the_rights_of_now(world: World) -> None:
    token = people.sign_in(world.rt, " Shinan ", SECRET, "10.0.0.1")
    person = people.session(world.rt, token)
    assert (person.name, person.grants, person.admin, person.staff) == (
        "shinan先生", (Grant("district_hr", "370202"),), False, True)
    people.sign_out(world.rt, token)
    assert people.session(world.rt, token) is None


def test_session_id_is_new_at_each_sign_in_and_the_old_one_ends(world: World) -> None:
    first = people.sign_in(world.rt, "boss", SECRET)
    second = people.sign_in(world.rt, "boss", SECRET, before=first)
    assert first != second
    assert people.session(world.rt, first) is None
    assert people.session(world.rt, second) is not None


def test_unused_session_ends_and_a_used_one_goes_on(world: World) -> None:
    token = people.sign_in(world.rt, "boss", SECRET)
    for _ in range(4):
        world.clock.move(hours=6)
        assert people.session(world.rt, token) is not None
    world.clock.move(hours=13)
    assert people.session(world.rt, token) is None


def test_token_is_not_in_the_database(world: World) -> None:
    token = people.sign_in(world.rt, "boss", SECRET)
    with world.rt.store.reading() as conn:
        assert token not in str(conn.exec_driver_sql("SELECT * FROM sessions").all())


def test_guesses_are_slowed_per_account_and_the_right_password_waits_too(world: World) -> None:
    guesses = 0
    for _ in range(60):
        with pytest.raises((Denied, Throttled)) as refused:
            people.sign_in(world.rt, "boss", "wrong", f"10.0.{guesses}.1")
        if refused.type is Denied:
            guesses += 1
            continue
        with pytest.raises(Throttled):
            people.sign_in(world.rt, "boss", SECRET, "10.9.9.9")
        world.clock.move(seconds=60)
    assert guesses <= 20
    world.clock.move(hours=1)
    assert people.sign_in(world.rt, "boss", SECRET)


def test_guesses_from_one_address_over_many_accounts_are_slowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_DUMMY", LIGHT.hash("nobody's"))
    kinds = set()
    for number in range(40):
        with pytest.raises((Denied, Throttled)) as refused:
            people.sign_in(world.rt, f"user{number}", "wrong", "10.0.0.1")
        kinds.add((number < people.FREE_FROM, refused.type))
    assert kinds == {(True, Denied), (False, Throttled)}


def test_unknown_login_and_wrong_password_say_the_same(world: World) -> None:
    for login in ("boss", "nobody-at-all"):
        with pytest.raises(Denied, match=r"service\.wrong_login"):
            people.sign_in(world.rt, login, "wrong")


def test_at_most_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()

    class Slow:
        def hash(self, password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.02)
            with lock:
                running -= 1
            return password

    monkeypatch.setattr(people, "_hasher", Slow())
    threads = [threading.Thread(target=people.hash_password, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def _form(**changes: str) -> dict[str, str]:
    return {"uscc": NEW, "org_name": "青岛新企业", "region": "370202", "name": "高新", "login": "gaoxin",
            "password": "long enough password", **changes}


def test_registered_enterprise_may_start_at_once(world: World) -> None:
    person = people.session(world.rt, people.register_enterprise(world.rt, _form()))
    assert person.grants == (Grant("enterprise", NEW),)
    assert (person.org, person.region, person.standing["zh"]) == (NEW, "370202", "青岛新企业")


@pytest.mark.parametrize(("change", "at"), [
    ({"uscc": "91370202MA3C00033X"}, "/uscc"), ({"uscc": "91370202-MA3C00033"}, "/uscc"), ({"uscc": USCC}, "/uscc"),
    ({"login": "boss"}, "/login"), ({"login": "ab"}, "/login"), ({"password": "short"}, "/password"),
    ({"name": ""}, "/name"), ({"region": ""}, "/region"), ({"region": "37020"}, "/region"),
    ({"org_name": "青" * 81}, "/org_name"),
    ({"password": "x" * 200}, "/password")])
def test_wrong_registration_is_refused_at_its_field(world: World, change: dict[str, str], at: str) -> None:
    with pytest.raises(Refused) as refused:
        people.register_enterprise(world.rt, _form(**change))
    assert at in {p.at for p in refused.value.problems}


COLLEAGUE = {"name": "王新", "login": "WangXin", "phone": "138 0013 8000", "password": "first long password"}


def test_colleague_gets_what_registration_gives_and_the_record_says_who_added_them(world: World) -> None:
    person_id = enterprise.add(world.rt, world.who("boss"), COLLEAGUE)
    person = people.session(world.rt, people.sign_in(world.rt, "wangxin", COLLEAGUE["password"]))
    assert (person.id, person.org, person.grants) == (person_id, USCC, (Grant("enterprise", USCC),))
    assert [(one.login, one.phone, one.me) for one in enterprise.page(world.rt, person).rows] == [
        ("boss", None, False), ("clerk", None, False), ("wangxin", "13800138000", True)]
    with world.rt.store.reading() as conn:
        noted = [(row["actor"], row["verb"]) for row in messages.latest_audit(conn, 9, subject=person_id)]
    assert {("u-boss", "person_added"), ("u-boss", "granted")} <= set(noted)


def test_everything_wrong_with_a_colleague_is_told_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        enterprise.add(world.rt, world.who("boss"), {"name": "", "login": "rival", "phone": "12", "password": "short"})
    assert [(p.code, p.at) for p in refused.value.problems] == [
        ("service.needed", "/name"), ("service.login_taken", "/login"), ("service.phone_wrong", "/phone"),
        ("service.password_short", "/password")]


def test_ended_colleague_is_out_at_once_and_comes_back_with_the_password(world: World) -> None:
    token = people.sign_in(world.rt, "clerk", SECRET)
    enterprise.set_active(world.rt, world.who("boss"), "u-clerk", active=False)
    assert people.session(world.rt, token) is None
    with pytest.raises(Denied):
        people.sign_in(world.rt, "clerk", SECRET)
    enterprise.set_active(world.rt, world.who("boss"), "u-clerk", active=True)
    assert people.session(world.rt, token) is None
    assert people.sign_in(world.rt, "clerk", SECRET)


def test_nobody_ends_their_own_access_nor_the_last_one(world: World) -> None:
    boss, clerk = world.who("boss"), world.who("clerk")
    with pytest.raises(Refused, match="colleague_yourself"):
        enterprise.set_active(world.rt, boss, "u-boss", active=False)
    enterprise.set_active(world.rt, boss, "u-clerk", active=False)
    with pytest.raises(Refused, match="colleague_last"):      # asked before the clerk was kept out, done after it
        enterprise.set_active(world.rt, clerk, "u-boss", active=False)


def test_people_of_others_are_not_there_and_other_roles_are_the_administrators_business(world: World) -> None:
    boss = world.who("boss")
    for other in ("u-rival", "u-shinan", "u-none"):
        with pytest.raises(NotFound):
            enterprise.set_active(world.rt, boss, other, active=False)
    account.appoint(world.rt, boss, "nobody", "2026-11-23", "2026-11-30")
    for outsider in ("shinan", "admin", "auditor", "nobody"):
        with pytest.raises(Denied):
            enterprise.page(world.rt, world.who(outsider))
        with pytest.raises(Denied):
            enterprise.add(world.rt, world.who(outsider), COLLEAGUE)
    staff.set_active(world.rt, world.who("admin"), "u-clerk", active=False)
    with pytest.raises(Refused, match="colleague_closed"):
        enterprise.set_active(world.rt, boss, "u-clerk", active=True)
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-clerk", "district_hr", "370202")
    with pytest.raises(Refused, match="colleague_elsewhere"):
        enterprise.set_active(world.rt, boss, "u-clerk", active=False)


def test_colleague_who_forgot_the_password_gets_a_new_one_and_is_told_who_gave_it(world: World) -> None:
    boss, token = world.who("boss"), people.sign_in(world.rt, "clerk", SECRET)
    enterprise.reset_password(world.rt, boss, "u-clerk", "another first password")
    assert people.session(world.rt, token) is None
    with pytest.raises(Denied):
        people.sign_in(world.rt, "clerk", SECRET)
    clerk = people.session(world.rt, people.sign_in(world.rt, "clerk", "another first password"))
    assert clerk is not None
    told = inbox_messages.page(world.rt, clerk).rows[0]
    assert told.text["zh"].startswith(f"{boss.name} 为您设置了新密码")
    with world.rt.store.reading() as conn:
        assert messages.latest_audit(conn, 1, subject="u-clerk", verb="password_reset")[0]["actor"] == "u-boss"


@pytest.mark.parametrize(("target", "password", "said"), [
    ("u-boss", "another first password", "colleague_own_password"), ("u-clerk", "short", "password_short"),
    ("u-rival", "another first password", None), ("u-shinan", "another first password", None)])
def test_new_password_is_for_colleagues_only_and_never_short(
        world: World, target: str, password: str, said: str | None) -> None:
    with pytest.raises(Refused if said else NotFound, match=said):
        enterprise.reset_password(world.rt, world.who("boss"), target, password)


def test_new_password_never_opens_what_an_administrator_or_another_office_gave(world: World) -> None:
    boss, first = world.who("boss"), "another first password"
    account.appoint(world.rt, world.who("shinan"), "clerk", "2026-11-01", "2026-12-31")
    with pytest.raises(Refused, match="colleague_deputy"):      # signed in as the clerk, one would act for the district
        enterprise.reset_password(world.rt, boss, "u-clerk", first)
    account.dismiss(world.rt, world.who("shinan"), account.deputies(world.rt, world.who("shinan"))[0]["n"])
    enterprise.set_active(world.rt, boss, "u-clerk", active=False)
    with pytest.raises(Refused, match="colleague_restore_first"):
        enterprise.reset_password(world.rt, boss, "u-clerk", first)
    enterprise.set_active(world.rt, boss, "u-clerk", active=True)
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-clerk", "district_hr", "370202")
    with pytest.raises(Refused, match="colleague_elsewhere"):
        enterprise.reset_password(world.rt, boss, "u-clerk", first)


def test_role_that_was_taken_away_is_gone_at_the_next_request(world: World) -> None:
    case_id = world.submitted()
    assert cases.view(world.rt, world.who("shinan"), case_id)
    with world.rt.store.transaction() as conn:
        table.drop_grant(conn, table.list_grants(conn, "u-shinan")[0]["n"])
    with pytest.raises(NotFound):
        cases.view(world.rt, world.who("shinan"), case_id)
    with pytest.raises(NotFound):
        world.act("shinan", case_id, "approve")


def test_role_holds_from_its_first_day_to_its_last_day(world: World) -> None:
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-nobody", "district_hr", "370202", starts="2026-11-25", ends="2026-11-26")
    for day, holds in (("24T15:59:59", False), ("24T16:00:00", True), ("26T15:59:59", True), ("26T16:00:00", False)):
        world.clock.now = f"2026-11-{day}Z"
        assert world.who("nobody").holds({"district_hr"}) is holds, day


def test_deputy_acts_in_the_name_of_the_absent_and_the_record_says_so(world: World) -> None:
    case_id = world.submitted()
    account.appoint(world.rt, world.who("shinan"), "nobody", "2026-11-23", "2026-11-30")
    assert world.act("nobody", case_id, "approve", {"words": "代办"}).ok
    seen = cases.view(world.rt, world.who("city"), case_id)
    line = next(x for x in seen.record if x.who == "nobody先生")
    assert line.deputy_of == "shinan先生"
    assert (seen.opinions[0].who, seen.opinions[0].deputy_of) == ("nobody先生", "shinan先生")
    assert seen.opinions[0].office == {"zh": "hr-shinan", "en": "hr-shinan"}
    account.dismiss(world.rt, world.who("shinan"), account.deputies(world.rt, world.who("shinan"))[0]["n"])
    assert world.who("nobody").lent == ()


def test_deputy_cannot_get_round_four_eyes(world: World) -> None:
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-shinan", "city_hr", "370200")
    case_id = world.submitted()
    account.appoint(world.rt, world.who("city"), "shinan", "2026-11-23", "2026-11-30")
    assert world.act("shinan", case_id, "approve", {"words": "好"}).ok
    (problem,) = world.act("shinan", case_id, "approve").problems
    assert problem.code == "engine.barred_four_eyes"


def test_deputyship_ends_by_itself_and_admins_cannot_lend_their_office(world: World) -> None:
    account.appoint(world.rt, world.who("admin"), "nobody", "2026-11-23", "2026-11-24")
    account.appoint(world.rt, world.who("shinan"), "nobody", "2026-11-23", "2026-11-24")
    assert [grant.role for _, grant in world.who("nobody").lent] == ["district_hr"]
    world.clock.move(days=2)
    assert world.who("nobody").lent == ()


def test_token_may_do_what_its_scopes_say_and_no_more(world: World) -> None:
    case_id = world.submitted()
    token = account.make_token(world.rt, world.who("shinan"), "script", ("read",))
    person = people.session(world.rt, token)
    assert cases.view(world.rt, person, case_id).id == case_id
    assert may(person, "case.act", None) is False
    with pytest.raises(Denied):
        account.make_token(world.rt, person, "more", ("act",))
    account.drop_token(world.rt, world.who("shinan"), account.tokens(world.rt, world.who("shinan"))[0]["id"])
    assert people.session(world.rt, token) is None


def test_changed_password_ends_other_sessions(world: World) -> None:
    other = people.sign_in(world.rt, "boss", SECRET)
    account.change_password(world.rt, world.who("boss"), SECRET, "another long one")
    assert people.session(world.rt, other) is None
    assert world.who("boss")
    with pytest.raises(Denied):
        people.sign_in(world.rt, "boss", SECRET)


def test_every_verb_is_denied_to_nobody_but_what_is_public() -> None:
    assert {verb for verb in access.VERBS if may(None, verb)} == {
        "procedure.read", "document.verify", "notice.read"}
    assert may(Person("u", "u", "u"), "no.such.verb") is False


def test_person_without_roles_may_do_nothing_for_staff() -> None:
    plain = Person("u", "u", "u")
    about_cases = ("case.", "procedure.start", "document.")
    allowed = {verb for verb in access.VERBS if not verb.startswith(about_cases) and may(plain, verb)}
    assert allowed == {"procedure.read", "notice.read", "register.list", "inbox.read", "message.read", "token.make"}


@pytest.mark.parametrize("scope", ["370000", "370200", "370202", "110000", "999900", "boc-qd-shinan", "*"])
@pytest.mark.parametrize("code", ["370000", "370200", "370202", "370203", "380000", "110101", "990000", "999999",
                                  "boc-qd-shinan", "boc-qd-jimo"])
def test_inbox_reaches_exactly_what_a_grant_covers(scope: str, code: str) -> None:
    low, high = span(Grant("r", scope))
    reached = low is None or (code == low if high is None else low <= code < high)
    assert reached is covers(scope, code)


def test_audit_of_rights_is_chained_and_a_change_is_found(world: World) -> None:
    account.make_token(world.rt, world.who("boss"), "x", ("read",))
    with world.rt.store.transaction() as conn:
        assert messages.verify_audit(conn) is None
        conn.exec_driver_sql("UPDATE audit SET subject = 'u-other' WHERE n = 3")
        assert messages.verify_audit(conn) is not None


def test_own_case_is_not_reviewed_by_its_party(world: World) -> None:
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-shinan", "enterprise", USCC)
    case_id = world.start("shinan")
    assert world.act("shinan", case_id, "submit", ANSWERS).ok
    (problem,) = world.act("shinan", case_id, "approve").problems
    assert problem.code == "engine.barred_own_case"
