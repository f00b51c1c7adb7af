"""What every table shares: the metadata, canonical JSON, chains of hashes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, RowMapping, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
})

Serial = BigInteger().with_variant(Integer, "sqlite")   # SQLite counts up only an INTEGER PRIMARY KEY
Row = RowMapping


# Made once: `json.dumps` with options makes an encoder for every value.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """The one way to write a value as JSON, so equal values have equal bytes and equal hashes."""
    return _CANONICAL.encode(value)


def digest(*parts: str) -> str:
    """SHA-256 over parts, each closed by a line end so that their borders cannot be moved."""
    return hashlib.sha256("".join(part + "\n" for part in parts).encode()).hexdigest()


class Json(TypeDecorator[Any]):
    """JSON kept as text: members keep their order (the states of a chart do), and it is quick to carry whole."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Python value to text."""
        return None if value is None else _COMPACT.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text to Python value."""
        return None if value is None else json.loads(value)
