"""The rule language: parse, check, and its back ends; docs/rules.md describes it."""

from tongban.engine.rules.check import check
from tongban.engine.rules.closures import compile_python
from tongban.engine.rules.explain import Explanation, explain, placeholders
from tongban.engine.rules.scope import BUILTINS, Scope
from tongban.engine.rules.sql import literal, to_sql
from tongban.engine.rules.syntax import parse

__all__ = ["BUILTINS", "Explanation", "Scope", "check", "compile_python", "explain", "literal", "parse",
           "placeholders", "to_sql"]
