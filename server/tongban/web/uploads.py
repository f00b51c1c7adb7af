"""Files that came with the page itself (no script, nothing kept on the device): taken in, then named in answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from tongban.engine import answers
from tongban.engine.model import Env, Form
from tongban.engine.problem import Problem
from tongban.service import files, rosters
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime

_log = logging.getLogger("tongban.web")
_PREFIX = "_file."
_SHEET = "_sheet."
_MOST = rosters.MOST_BYTES + 1


def take(rt: Runtime, who: Person, raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Raw answers with the uploads of this request added, and what could not be taken, at its field."""
    return _taken(raw, lambda name, content: files.whole(rt, who, name, content))


def look_at(raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The same where nobody is signed in and nothing is kept."""
    return _taken(raw, files.seen)


def _taken(raw: Mapping[str, Any], keep: Callable[[str, bytes], files.Upload],
           ) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    out, problems = dict(raw), []
    for name in request.files:
        if not name.startswith(_PREFIX):
            continue
        field = name.removeprefix(_PREFIX)
        for sent in request.files.getlist(name):
            if not sent.filename:
                continue
            with sent.stream:
                content = sent.read()
            at = "/" + field.replace(".", "/")
            try:
                upload = keep(sent.filename, content)
            except Refused as no:
                problems += [Problem(found.code, at, found.params) for found in no.problems]
                continue
            except OSError:         # the store of contents or the virus scanner: told here, the answers beside it stay
                _log.exception("an attachment could not be taken in")
                problems.append(Problem("files.later", at))
                continue
            held = out.get(field) or []
            out[field] = [*(held if isinstance(held, list) else [held]), json.dumps(upload.as_answer())]
    return out, tuple(problems)


def imported(form: Form, raw: Mapping[str, Any], env: Env) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Raw answers with the rows of the spreadsheet of this request, and what became of each of its lines."""
    wanted = request.form.get("_import", "")
    group = next((one for one in form.fields if one.id == wanted and one.type == "group"), None)
    sent = request.files.get(_SHEET + wanted)
    out = dict(answers.nested(raw))
    if group is None or sent is None or not sent.filename:
        return out, ()
    held = out.get(group.id) or []
    present = [held[key] for key in sorted(held, key=int)] if isinstance(held, dict) else list(held)
    present = [row for row in present if not answers.blank(row)]
    found = rosters.parse(group, sent.read(_MOST), env, present)
    out[group.id] = [*present, *found.rows]
    left = len({one.params["row"] for one in found.problems if "row" in one.params})
    code = "rows.taken_part" if left else "rows.taken"
    told = [Problem(code, f"/{group.id}", {"n": len(found.rows), "left": left}, "warning")] if found.rows else []
    if found.ignored:
        told.append(Problem("rows.ignored", f"/{group.id}", {"columns": list(found.ignored)}, level="warning"))
    return out, (*found.problems, *told)
