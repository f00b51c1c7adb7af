"""Actions on transitions, entry and exit: set, raise, and declared effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongban.engine.model import Action
from tongban.engine.problem import escape
from tongban.engine.read.context import BOOL, Context, Raw, items
from tongban.engine.read.names import Names

Json = Any
Columns = Mapping[str, Any] | None      # of the list that an effect goes through; empty = not known, None = no list
Reader = Callable[[Context, Names, Any, str], dict[str, Any]]

KINDS = ("set", "raise", "notify", "issue", "revoke", "register", "start", "publish", "tell", "call")


def read_actions(context: Context, names: Names, raw: list[Json] | None, at: str) -> tuple[Action, ...]:
    """The actions that fit, in the order in which they run."""
    found = []
    for spec, place in items(raw, at):
        kind = next((k for k in KINDS if k in spec), None)
        if kind:
            reader: Reader = _READERS.get(kind, _effect)
            args = reader(context, names, spec[kind], f"{place}/{kind}")
            found.append(Action(kind, args, context.rule(spec.get("when"), f"{place}/when", BOOL)))
    return tuple(found)


def evaluated(context: Context, raw: Json, at: str, row: Columns = None) -> Json:
    """The same JSON with every {"expr": rule} inside compiled; {"row": column} names a column of the list at hand."""
    if isinstance(raw, Mapping):
        if set(raw) == {"expr"} and isinstance(raw["expr"], str):
            return context.must(raw["expr"], f"{at}/expr")
        if set(raw) == {"row"} and isinstance(raw["row"], str):
            if row is None:
                context.walker.add("read.row_without_list", at, column=raw["row"])
            elif row:
                context.reference("column", raw["row"], row, f"{at}/row")
            return raw
        return {key: evaluated(context, value, f"{at}/{escape(key)}", row) for key, value in raw.items()}
    if isinstance(raw, list):
        return [evaluated(context, value, f"{at}/{i}", row) for i, value in enumerate(raw)]
    return raw


def _set(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    args: dict[str, Any] = {}
    for name, source in raw.items():
        canonical = names.canonical(name)
        if canonical is None:
            context.walker.unknown("read.no_such_name", f"{at}/{escape(name)}", name, list(names.types))
            continue
        if canonical in names.derived:
            context.walker.add("read.set_of_computed", f"{at}/{escape(name)}", name=name)
        args[canonical] = context.must(source, f"{at}/{escape(name)}", names.types[canonical])
    return args


def _raise(context: Context, names: Names, raw: str, at: str) -> dict[str, Any]:
    return {"event": raw}


def _document(context: Context, names: Names, raw: Json, at: str) -> dict[str, Any]:
    args = {"document": raw} if isinstance(raw, str) else dict(raw)
    if "document" in args:
        context.reference("document", args["document"], names.documents, at)
    return _effect(context, names, args, at)


def _register(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    if "in" in raw and context.reference("register", raw["in"], names.registers, f"{at}/in"):
        columns = names.registers[raw["in"]]
        for verb in ("enter", "update", "exit"):
            for column in raw.get(verb, {}).get("values") or ():
                context.reference("column", column, columns, f"{at}/{verb}/values/{column}")
    return _for_each(context, raw, at)


def _notify(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    rest = {key: value for key, value in raw.items() if key != "to"}
    return {**_effect(context, names, rest, at), "to": context.holders(raw.get("to"), f"{at}/to", names.parties)}


def _for_each(context: Context, raw: Raw, at: str) -> dict[str, Any]:
    """An effect that may happen once for each row of a list."""
    if "for_each" not in raw:
        return evaluated(context, raw, at)  # type: ignore[no-any-return]  # an object for an object
    listed = raw["for_each"]
    place, source = (f"{at}/for_each", listed) if isinstance(listed, str) else (
        f"{at}/for_each/expr", listed.get("expr"))
    each = context.must(source, place)
    row = each.type.item.fields if each.type.item is not None else None
    if each.type.kind not in ("list", "any"):
        context.walker.add("read.no_list", place, source=source)
    rest = {key: value for key, value in raw.items() if key != "for_each"}
    return {**evaluated(context, rest, at, row or {}), "for_each": each}


def _row_effect(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    return _for_each(context, raw, at)


def _effect(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    for key in ("message", "title"):
        if isinstance(raw.get(key), Mapping) and all(isinstance(v, str) for v in raw[key].values()):
            context.text(raw[key], f"{at}/{key}")
    return {key: evaluated(context, value, f"{at}/{escape(key)}") for key, value in raw.items()}


_READERS: Mapping[str, Reader] = {
    "set": _set, "raise": _raise, "issue": _document, "revoke": _document, "register": _register,
    "notify": _notify, "start": _row_effect, "tell": _row_effect,
}
