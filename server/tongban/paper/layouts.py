"""What is wrong with documents of a definition, apart from its rules: blocks, styles, numbering, what they name.

The engine checks every expression of a layout; this is the rest, so that no definition is published whose documents
could not be printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.engine.problem import Problem, escape
from tongban.paper import blocks, numbers

Json = Any


def problems(bundle: Json) -> tuple[Problem, ...]:
    """Problems of every document of a bundle, each at its place. Anything else that is wrong is the engine's to say."""
    workflow = bundle.get("workflow") if isinstance(bundle, Mapping) else None
    documents = workflow.get("documents") if isinstance(workflow, Mapping) else None
    if not isinstance(workflow, Mapping) or not isinstance(documents, Mapping):
        return ()
    names = _Names(workflow, bundle.get("forms"))
    found: list[Problem] = []
    for key, document in documents.items():
        if not isinstance(document, Mapping):
            continue
        at = f"/documents/{escape(str(key))}"
        found += blocks.check(document, at)
        if "number" in document:
            found += numbers.check(document["number"], f"{at}/number")
        listed = document.get("blocks")
        for place, block in _blocks(listed if isinstance(listed, list) else [], f"{at}/blocks"):
            found += names.wrong(place, block)
    return tuple(found)


def _blocks(listed: list[Json], at: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for index, block in enumerate(listed):
        if not isinstance(block, Mapping):
            continue
        yield f"{at}/{index}", block
        side = block.get("side")
        for column, inner in enumerate(side if isinstance(side, list) else []):
            yield from _blocks(inner if isinstance(inner, list) else [], f"{at}/{index}/side/{column}")


class _Names:
    """What blocks may name: the workflow's forms, states and parties, and the columns of its lists."""

    def __init__(self, workflow: Mapping[str, Json], forms: Json) -> None:
        held = workflow.get("forms")
        self.forms: Mapping[str, Json] = held if isinstance(held, Mapping) else {}
        parties = workflow.get("parties")
        self.known = {"form": set(self.forms), "opinion": set(_states(workflow)), "opinions": set(_states(workflow)),
                      "signatures": set(parties) if isinstance(parties, Mapping) else set()}
        self.columns = dict(_lists(self.forms, forms if isinstance(forms, Mapping) else {}))

    def wrong(self, at: str, block: Mapping[str, Json]) -> Iterator[Problem]:
        """Names in one block that lead nowhere."""
        for key, known in self.known.items():
            named = block.get(key, True)
            for name in [named] if isinstance(named, str) else named if isinstance(named, list) else []:
                if name not in known:
                    yield Problem("document.unknown_name", f"{at}/{key}", {"name": str(name)})
        columns = self.columns.get(str(block.get("rows")))
        listed = block.get("columns")
        for index, column in enumerate(listed if isinstance(listed, list) and columns is not None else []):
            field = column.get("field") if isinstance(column, Mapping) else None
            if field not in (columns or ()):
                yield Problem("document.unknown_name", f"{at}/columns/{index}/field", {"name": str(field)})


def _states(node: Mapping[str, Json]) -> Iterator[str]:
    states = node.get("states")
    for name, state in states.items() if isinstance(states, Mapping) else ():
        yield name
        if isinstance(state, Mapping):
            yield from _states(state)


def _lists(held: Mapping[str, Json], forms: Mapping[str, Json]) -> Iterator[tuple[str, frozenset[str]]]:
    """Every group of the forms by the names that a rule may call it, with its columns."""
    for key, form_id in held.items():
        form = forms.get(form_id) if isinstance(form_id, str) else None
        for page in (form.get("pages") or ()) if isinstance(form, Mapping) else ():
            for field in (page.get("fields") or ()) if isinstance(page, Mapping) else ():
                if isinstance(field, Mapping) and field.get("type") == "group":
                    inner = frozenset(str(c.get("id")) for c in field.get("fields") or () if isinstance(c, Mapping))
                    yield f"{key}.{field.get('id')}", inner
                    yield str(field.get("id")), inner
