"""The catalogue that comes with the program: JSON files of workflows and forms become bundles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shipped:
    """One workflow with its forms, as written. `broken` names what could not be read at all."""

    slug: str
    bundle: dict[str, Any]
    broken: str = ""


def folder(name: str) -> Path:
    """`workflows` or `forms`: inside the installed package, or beside `server` in a clone."""
    carried = _PACKAGE / "_shipped" / name
    return carried if carried.is_dir() else _PACKAGE.parent.parent / name


def bundles(workflows: Path | None = None, forms: Path | None = None) -> Iterator[Shipped]:
    """Every workflow of a folder together with the forms that it names, in file order."""
    forms = forms or folder("forms")
    for path in sorted((workflows or folder("workflows")).glob("*.json")):
        try:
            yield Shipped(path.stem, bundle(path, forms))
        except (OSError, ValueError) as error:
            yield Shipped(path.stem, {}, str(error))


def bundle(path: Path, forms: Path) -> dict[str, Any]:
    """One workflow file and its forms; a form that is not there is left for the reader to report."""
    workflow = json.loads(path.read_text("utf-8"))
    named = workflow.get("forms", {}) if isinstance(workflow, dict) else {}
    wanted = [name for name in (named.values() if isinstance(named, dict) else []) if isinstance(name, str)]
    found = {name: forms / f"{name}.json" for name in dict.fromkeys(wanted) if "/" not in name}
    return {"workflow": workflow,
            "forms": {name: json.loads(file.read_text("utf-8")) for name, file in found.items() if file.is_file()}}
