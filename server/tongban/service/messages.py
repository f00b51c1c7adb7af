"""What the system told somebody, inside the app."""

from __future__ import annotations

from tongban.service.access import Person
from tongban.service.runtime import Runtime
from tongban.service.views import MessageView
from tongban.store import messages as table


def page(rt: Runtime, person: Person, before: str | None = None, *, limit: int = 30) -> tuple[MessageView, ...]:
    """The newest first; `before` = the cursor of the last one seen."""
    with rt.store.reading() as conn:
        rows = table.list_messages(conn, person.id, int(before) if before and before.isdigit() else None, limit)
    return tuple(MessageView(m["id"], m["text"], m["at"], m["case_id"], m["read_at"] is not None) for m in rows)


def unread(rt: Runtime, person: Person) -> int:
    """How many wait to be read, at most 100."""
    with rt.store.reading() as conn:
        return table.unread(conn, person.id)


def mark_read(rt: Runtime, person: Person, ids: tuple[str, ...] | None = None) -> None:
    """Some, or all."""
    rt.store.run(lambda conn: table.mark_read(conn, person.id, rt.clock(), ids))
