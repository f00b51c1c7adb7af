"""What publishing a definition would do to the cases that are running: their records are played again under it.

Nothing moves by this: a case stays with the version that it was started under.
"""

from __future__ import annotations

from tongban.engine.check import Impact, impact
from tongban.engine.read import Reading, read_bundle
from tongban.service.access import Person, may
from tongban.service.definitions import Files, as_bundle
from tongban.service.errors import Denied, Refused
from tongban.service.runtime import Runtime
from tongban.store import cases

MOST = 2_000        # open cases that are looked at, the newest first


def foresee(rt: Runtime, person: Person, files: Files) -> list[Impact]:
    """One finding for each open case of the procedure, the newest first."""
    if not may(person, "definition.read"):
        raise Denied
    bundle, problems = as_bundle(files)
    reading = read_bundle(bundle) if bundle is not None else Reading(None, problems)
    if reading.version is None:
        raise Refused(*reading.problems)
    found: list[Impact] = []
    with rt.store.reading() as conn:
        for row in cases.running(conn, reading.version.workflow.id, MOST):
            record = [event for line in cases.record(conn, row["id"]) for event in line["body"]["events"]]
            found += impact(rt.version(conn, row["version"]), reading.version, [record])
    return found

