"""What every table shares: the metadata, canonical JSON, chains of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, MetaData, RowMapping, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(naming_convention={
    "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
})

Serial = BigInteger().with_variant(Integer, "sqlite")   # SQLite counts up only an INTEGER PRIMARY KEY
Row = RowMapping | Mapping[str, Any]


_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME      # JSON's own types, nothing else


def canonical(value: Any) -> str:
    """The one way to write a value as JSON, so equal values have equal bytes and equal hashes."""
    return _written(value, sort=True)


def _written(value: Any, sort: bool = False, mark: str = "") -> str:
    """Begins with `mark` where orjson could not write it."""
    try:
        return orjson.dumps(value, option=_PLAIN | orjson.OPT_SORT_KEYS if sort else _PLAIN).decode()
    except TypeError:       # a number beyond 64 bits, half a character; what is no JSON at all is refused here too
        return mark + json.dumps(value, ensure_ascii=False, sort_keys=sort, separators=(",", ":"), allow_nan=False)


def digest(*parts: str) -> str:
    """SHA-256 over parts, each closed by a line end so that their borders cannot be moved."""
    return hashlib.sha256("".join(part + "\n" for part in parts).encode()).hexdigest()


class Json(TypeDecorator[Any]):
    """JSON kept as text: members keep their order (the states of a chart do), and it is quick to carry whole.

    What orjson cannot write begins with a space, and is not given to it to read: a number beyond 64 bits would lose
    its last digits.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Python value to text."""
        return None if value is None else _written(value, mark=" ")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Text to Python value."""
        return None if value is None else json.loads(value) if value.startswith(" ") else orjson.loads(value)
