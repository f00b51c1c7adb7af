"""The published JSON Schemas: the vocabulary of the reader with the words of the catalogue."""

from __future__ import annotations

from typing import Any

from tongban import text
from tongban.engine.read.schema import form_schema, workflow_schema


def published(name: str) -> dict[str, Any]:
    """The schema of a workflow or a form."""
    return workflow_schema(describe) if name == "workflow" else form_schema(describe)


def describe(shape: str, key: str) -> str:
    """Chinese and English in one description: editors show one text only."""
    entry = next((e for where in (shape, "any") if (e := text.catalogue().get(f"schema.{where}.{key}"))), None)
    return f"{entry['zh']} · {entry['en']}" if entry else ""
