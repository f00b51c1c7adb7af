"""Actions on transitions, entry and exit: set, raise, and declared effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongban.engine.model import Action
from tongban.engine.problem import escape
from tongban.engine.read.context import BOOL, Context, Raw, items
from tongban.engine.read.names import Names

Json = Any
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


def evaluated(context: Context, raw: Json, at: str) -> Json:
    """The same JSON with every {"expr": rule} inside compiled."""
    if isinstance(raw, Mapping):
        if set(raw) == {"expr"} and isinstance(raw["expr"], str):
            return context.must(raw["expr"], f"{at}/expr")
        return {key: evaluated(context, value, f"{at}/{escape(key)}") for key, value in raw.items()}
    if isinstance(raw, list):
        return [evaluated(context, value, f"{at}/{i}") for i, value in enumerate(raw)]
    return raw


def _set(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    args: dict[str, Any] = {}
    for name, source in raw.items():
        canonical = names.canonical(name)
        if canonical is None:
            context.walker.unknown("read.no_such_name", f"{at}/{escape(name)}", name, list(names.types))
            continue
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
    return _effect(context, names, raw, at)


def _notify(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    rest = {key: value for key, value in raw.items() if key != "to"}
    return {**_effect(context, names, rest, at), "to": context.holders(raw.get("to"), f"{at}/to", names.parties)}


def _start(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    outer, each = context.scope, None
    if "for_each" in raw:
        each = context.must(raw["for_each"], f"{at}/for_each")
        if each.type.item is not None:
            context.scope = context.inside({"each": ("each", each.type.item)})
    args = _effect(context, names, {key: value for key, value in raw.items() if key != "for_each"}, at)
    context.scope = outer
    return {**args, "for_each": each} if each else args


def _effect(context: Context, names: Names, raw: Raw, at: str) -> dict[str, Any]:
    for key in ("message", "title"):
        if isinstance(raw.get(key), Mapping) and all(isinstance(v, str) for v in raw[key].values()):
            context.text(raw[key], f"{at}/{key}")
    return {key: evaluated(context, value, f"{at}/{escape(key)}") for key, value in raw.items()}


_READERS: Mapping[str, Reader] = {
    "set": _set, "raise": _raise, "issue": _document, "revoke": _document, "register": _register,
    "notify": _notify, "start": _start,
}
