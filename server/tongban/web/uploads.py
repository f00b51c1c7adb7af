"""Files that came with the page itself (no script, nothing kept on the device): taken in, then named in answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from tongban.engine.problem import Problem
from tongban.service import files
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime

_PREFIX = "_file."


def take(rt: Runtime, who: Person, raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Raw answers with the uploads of this request added, and what could not be taken, at its field."""
    out, problems = dict(raw), []
    for name in request.files:
        if not name.startswith(_PREFIX):
            continue
        field = name.removeprefix(_PREFIX)
        for sent in request.files.getlist(name):
            if not sent.filename:
                continue
            try:
                upload = files.whole(rt, who, sent.filename, sent.read())
            except Refused as no:
                at = "/" + field.replace(".", "/")
                problems += [Problem(found.code, at, found.params) for found in no.problems]
                continue
            held = out.get(field) or []
            out[field] = [*(held if isinstance(held, list) else [held]), json.dumps(upload.as_answer())]
    return out, tuple(problems)
