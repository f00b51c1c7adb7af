"""What the system told somebody, inside the app."""

from __future__ import annotations

from tongban.service.access import Person
from tongban.service.runtime import Runtime
from tongban.service.views import MessagesView, MessageView
from tongban.store import messages as table
from tongban.store.base import Row

PAGE = 30


def page(rt: Runtime, person: Person, before: int = 0, *, limit: int = PAGE) -> MessagesView:
    """The newest first; `before` = number of the last one of the page before, 0 for the newest page."""
    with rt.store.reading() as conn:
        rows = table.list_messages(conn, person.id, before or None, limit + 1)
    shown = tuple(message(row) for row in rows[:limit])
    return MessagesView(shown, shown[-1].number if len(rows) > limit else None)


def message(row: Row) -> MessageView:
    """One of them."""
    return MessageView(row["id"], row["n"], row["text"], row["at"], row["case_id"], row["read_at"] is not None)


def unread(rt: Runtime, person: Person) -> int:
    """How many wait to be read, at most 100."""
    with rt.store.reading() as conn:
        return table.unread(conn, person.id)


def mark_read(rt: Runtime, person: Person, ids: tuple[str, ...] | None = None) -> None:
    """Some, or all."""
    rt.store.run(lambda conn: table.mark_read(conn, person.id, rt.clock(), ids))
