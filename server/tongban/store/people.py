"""Organisations, people, what they may do, and how they signed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Json, Row, Serial, metadata
from tongban.store.counters import bump
from tongban.store.prepared import Prepared, among

organisations = Table(
    "organisations", metadata,
    Column("code", String(60), primary_key=True),       # USCC of an enterprise, own code of an office
    Column("kind", String(20), nullable=False),         # enterprise | school | agency | office | bank
    Column("name", Json, nullable=False),
    Column("parent", String(60), ForeignKey("organisations.code")),
    Column("region", String(12)),
    Column("details", Json, nullable=False),
)
Index(None, organisations.c.parent)
Index(None, organisations.c.region, organisations.c.kind)

people = Table(
    "people", metadata,
    Column("id", String(40), primary_key=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("org", String(60), ForeignKey("organisations.code")),
    Column("password", Text),                           # argon2id; None = cannot sign in with one
    Column("email", String(200)),
    Column("phone", String(30)),
    Column("lang", String(5), nullable=False),
    Column("channels", Json, nullable=False),           # ["inbox", "email"]
    Column("active", Boolean, nullable=False),
    Column("made_at", String(30), nullable=False),
)
Index(None, people.c.org)
Index(None, people.c.phone)

grants = Table(
    "grants", metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("person", String(40), ForeignKey("people.id"), nullable=False),
    Column("role", String(40), nullable=False),
    Column("scope", String(60), nullable=False),        # region code, organisation code, "*"
    Column("starts", String(10), nullable=False),       # dates, both ends included
    Column("ends", String(10), nullable=False),
    Column("by", String(40)),
)
Index(None, grants.c.person)
Index(None, grants.c.role, grants.c.scope)

deputies = Table(
    "deputies", metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("person", String(40), ForeignKey("people.id"), nullable=False),
    Column("deputy", String(40), ForeignKey("people.id"), nullable=False),
    Column("starts", String(10), nullable=False),
    Column("ends", String(10), nullable=False),
)
Index(None, deputies.c.deputy)

sessions = Table(
    "sessions", metadata,
    Column("id", String(64), primary_key=True),         # SHA-256 of the token; the token itself is with the person
    Column("person", String(40), ForeignKey("people.id"), nullable=False),
    Column("kind", String(10), nullable=False),         # session | token
    Column("made_at", String(30), nullable=False),
    Column("seen_at", String(30), nullable=False),
    Column("ends_at", String(30), nullable=False),
    Column("scopes", Json, nullable=False),             # of an API token; [] for a session = everything
    Column("label", String(120), nullable=False),
)
Index(None, sessions.c.person, sessions.c.kind)
Index(None, sessions.c.ends_at)

throttle = Table(
    "throttle", metadata,
    Column("name", String(120), primary_key=True),      # "login:<login>", "from:<address>"
    Column("failures", Integer, nullable=False),
    Column("since", String(30), nullable=False),
    Column("until", String(30), nullable=False),
)


def organisation(conn: Connection, code: str) -> Row | None:
    """One organisation."""
    return conn.execute(select(organisations).where(organisations.c.code == code)).mappings().first()


_CODED = Prepared(lambda sqlite: select(organisations).where(among(organisations.c.code, "codes", sqlite))
                  .order_by(organisations.c.code))


def list_organisations(conn: Connection, codes: Iterable[str] | None = None, kind: str | None = None) -> Sequence[Row]:
    """Organisations by code or kind, in code order."""
    if codes is not None and kind is None:
        return _CODED.all(conn, {"codes": list(codes)})
    wanted = select(organisations).order_by(organisations.c.code)
    if codes is not None:
        wanted = wanted.where(organisations.c.code.in_(list(codes)))
    if kind is not None:
        wanted = wanted.where(organisations.c.kind == kind)
    return conn.execute(wanted).mappings().all()


def list_offices(conn: Connection, q: str, after: str, limit: int) -> Sequence[Row]:
    """Organisations other than enterprises in code order; `q` = a part of a code or a name."""
    wanted = select(organisations).where(organisations.c.kind != "enterprise", organisations.c.code > after)
    if q:
        named = organisations.c.name.cast(Text).contains(q, autoescape=True)
        wanted = wanted.where(or_(organisations.c.code.contains(q, autoescape=True), named))
    return conn.execute(wanted.order_by(organisations.c.code).limit(limit)).mappings().all()


def put_organisation(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write an organisation, new or known."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(organisations).values({"details": {}, "parent": None, "region": None, **row})
    conn.execute(put.on_conflict_do_update(
        index_elements=["code"], set_={name: put.excluded[name] for name in ("kind", "name", "parent", "region",
                                                                             "details")}))


def person(conn: Connection, person_id: str) -> Row | None:
    """One person by id."""
    return conn.execute(select(people).where(people.c.id == person_id)).mappings().first()


def by_login(conn: Connection, login: str) -> Row | None:
    """One person by the name they sign in with."""
    return conn.execute(select(people).where(people.c.login == login)).mappings().first()


def by_phone(conn: Connection, phone: str) -> Row | None:
    """The private person with this mobile; the accounts of enterprises and offices are never meant."""
    wanted = select(people).where(people.c.phone == phone, people.c.active, people.c.id.in_(
        select(grants.c.person).where(grants.c.role == "person")))
    return conn.execute(wanted.order_by(people.c.made_at, people.c.id)).mappings().first()


_NAMED = Prepared(lambda sqlite: select(
    people.c.id, people.c.login, people.c.name, people.c.org, people.c.email, people.c.channels, people.c.lang,
    people.c.active).where(among(people.c.id, "ids", sqlite)))


def named(conn: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """People by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row["id"]: row for row in _NAMED.all(conn, {"ids": wanted})}


def list_people(conn: Connection, q: str = "", after: str = "", limit: int = 50) -> Sequence[Row]:
    """People in login order, for admins."""
    wanted = select(people).where(people.c.login > after).order_by(people.c.login).limit(limit)
    if q:
        wanted = wanted.where(or_(people.c.login.contains(q, autoescape=True),
                                  people.c.name.contains(q, autoescape=True)))
    return conn.execute(wanted).mappings().all()


def people_of(conn: Connection, org: str, role: str, after: str = "", limit: int = 50) -> Sequence[Row]:
    """Who belongs to an organisation, in login order; `more` = they hold something beyond this role at it."""
    more = select(grants.c.n).where(
        grants.c.person == people.c.id, or_(grants.c.role != role, grants.c.scope != org)).exists()
    wanted = select(people.c.id, people.c.login, people.c.name, people.c.phone, people.c.active, more.label("more"))
    wanted = wanted.where(people.c.org == org, people.c.login > after)
    return conn.execute(wanted.order_by(people.c.login).limit(limit)).mappings().all()


def colleagues(conn: Connection, role: str, today: str) -> Sequence[Row]:
    """Everybody who holds a role today, with the scope they hold it for."""
    wanted = (select(people.c.id, people.c.name, people.c.org, grants.c.role, grants.c.scope)
              .join(grants, grants.c.person == people.c.id)
              .where(grants.c.role == role, people.c.active, grants.c.starts <= today, grants.c.ends >= today)
              .order_by(people.c.id))
    return conn.execute(wanted).mappings().all()


def granted(conn: Connection, today: str) -> Sequence[Row]:
    """Every role that anybody holds today."""
    wanted = (select(people.c.id, grants.c.role, grants.c.scope).join(grants, grants.c.person == people.c.id)
              .where(people.c.active, grants.c.starts <= today, grants.c.ends >= today))
    return conn.execute(wanted.order_by(people.c.id, grants.c.n)).mappings().all()


def trusted(conn: Connection, org: str, today: str) -> Sequence[Row]:
    """Everybody whom an organisation trusts to stand for it today."""
    wanted = (select(people.c.id).join(grants, grants.c.person == people.c.id)
              .where(grants.c.scope == org, people.c.active, grants.c.starts <= today, grants.c.ends >= today))
    return conn.execute(wanted.order_by(people.c.id)).mappings().all()


def add_person(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write a new person."""
    conn.execute(insert(people), row)


def change_person(conn: Connection, person_id: str, **changes: Any) -> int:
    """Change a person; says how many there were."""
    bump(conn)
    return conn.execute(update(people).where(people.c.id == person_id).values(**changes)).rowcount


def add_grant(conn: Connection, row: Mapping[str, Any]) -> None:
    """Give a role."""
    conn.execute(insert(grants), row)
    bump(conn)


def drop_grant(conn: Connection, number: int) -> int:
    """Take a role away."""
    bump(conn)
    return conn.execute(delete(grants).where(grants.c.n == number)).rowcount


def list_grants(conn: Connection, person_id: str) -> Sequence[Row]:
    """The roles of a person, past and coming ones too."""
    return conn.execute(select(grants).where(grants.c.person == person_id).order_by(grants.c.n)).mappings().all()


def add_deputy(conn: Connection, row: Mapping[str, Any]) -> None:
    """Let somebody act for somebody else for some days."""
    conn.execute(insert(deputies), row)
    bump(conn)


def drop_deputy(conn: Connection, person_id: str, number: int) -> int:
    """End a deputyship that this person gave."""
    bump(conn)
    return conn.execute(delete(deputies).where(deputies.c.n == number, deputies.c.person == person_id)).rowcount


def list_deputies(conn: Connection, person_id: str) -> Sequence[Row]:
    """Deputyships that a person gave or was given."""
    wanted = select(deputies).where(or_(deputies.c.person == person_id, deputies.c.deputy == person_id))
    return conn.execute(wanted.order_by(deputies.c.n)).mappings().all()


def add_session(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write a session or an API token."""
    conn.execute(insert(sessions), row)


def _session(sqlite_: bool) -> Select[Any]:
    """The statement behind `session`."""
    pack: Any = func.json_group_array if sqlite_ else func.json_agg
    item: Any = func.json_array if sqlite_ else func.json_build_array
    today: Any = bindparam("today")
    lent_by = people.alias("lent_by")
    own = select(pack(item(grants.c.role, grants.c.scope)).cast(Json)).where(
        grants.c.person == people.c.id, grants.c.starts <= today, grants.c.ends >= today).scalar_subquery()
    lent = (select(pack(item(grants.c.role, grants.c.scope, grants.c.person)).cast(Json))
            .select_from(deputies.join(grants, grants.c.person == deputies.c.person)
                         .join(lent_by, lent_by.c.id == deputies.c.person))
            .where(deputies.c.deputy == people.c.id, deputies.c.starts <= today, deputies.c.ends >= today,
                   grants.c.starts <= today, grants.c.ends >= today, lent_by.c.active).scalar_subquery())
    return select(
        people.c.id, people.c.login, people.c.name, people.c.org, people.c.lang, people.c.email, people.c.phone,
        people.c.channels, sessions.c.kind, sessions.c.seen_at, sessions.c.ends_at, sessions.c.scopes,
        own.label("own"), lent.label("lent"),
        organisations.c.region.label("org_region"), organisations.c.name.label("org_name"),
    ).select_from(
        sessions.join(people, people.c.id == sessions.c.person)
        .outerjoin(organisations, organisations.c.code == people.c.org)
    ).where(sessions.c.id == bindparam("hashed"), sessions.c.ends_at > bindparam("now"), people.c.active)


_SESSION = Prepared(_session)


def session(conn: Connection, hashed: str, now: str, today: str) -> Mapping[str, Any] | None:
    """Who this session belongs to, with all that they may do today, in one statement."""
    return _SESSION.first(conn, {"hashed": hashed, "now": now, "today": today})


def touch_session(conn: Connection, hashed: str, now: str, ends_at: str) -> None:
    """Note that a session was used."""
    conn.execute(update(sessions).where(sessions.c.id == hashed).values(seen_at=now, ends_at=ends_at))


def drop_session(conn: Connection, hashed: str) -> None:
    """End one session or token."""
    conn.execute(delete(sessions).where(sessions.c.id == hashed))


def drop_sessions(conn: Connection, person_id: str, kind: str = "session", keep: str = "") -> int:
    """End a person's sessions, all or all but one."""
    gone = delete(sessions).where(sessions.c.person == person_id, sessions.c.kind == kind, sessions.c.id != keep)
    return conn.execute(gone).rowcount


def list_tokens(conn: Connection, person_id: str) -> Sequence[Row]:
    """A person's API tokens, without the tokens."""
    wanted = select(sessions).where(sessions.c.person == person_id, sessions.c.kind == "token")
    return conn.execute(wanted.order_by(sessions.c.made_at)).mappings().all()


def sweep(conn: Connection, now: str) -> int:
    """Forget sessions that ended and throttles that ran out."""
    conn.execute(delete(throttle).where(throttle.c.until < now, throttle.c.since < now))
    return conn.execute(delete(sessions).where(sessions.c.ends_at < now)).rowcount


def throttled(conn: Connection, names: Sequence[str]) -> dict[str, Row]:
    """Failed tries under these names."""
    rows = conn.execute(select(throttle).where(throttle.c.name.in_(names))).mappings()
    return {row["name"]: row for row in rows}


def put_throttle(conn: Connection, name: str, failures: int, since: str, until: str) -> None:
    """Write down failed tries."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(throttle).values(name=name, failures=failures, since=since, until=until)
    conn.execute(put.on_conflict_do_update(index_elements=["name"], set_={
        "failures": put.excluded.failures, "since": put.excluded.since, "until": put.excluded.until}))


def clear_throttle(conn: Connection, names: Sequence[str]) -> None:
    """Forget failed tries."""
    conn.execute(delete(throttle).where(throttle.c.name.in_(names)))
