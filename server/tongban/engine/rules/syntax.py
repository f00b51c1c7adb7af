"""From text to a syntax tree: the CEL subset, bounded before it is parsed.

The tree is nested arrays, the operation first: ["id", name] ["lit", value] ["dec", digits, scale] ["list", …]
["dot", x, field] ["index", x, i] ["call", name, …] ["method", x, name, …] ["?:", c, a, b] and the operators; `&&`, `||`
and `+` take any number of operands. `check` turns it into the typed tree that is stored.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from tongban.engine.problem import EngineError, Problem

Ast = list[Any]

MAX_SOURCE = 4_000      # characters
MAX_TOKENS = 800        # words, numbers, texts and signs: what parsing costs
MAX_BRACKETS = 32       # open at once
MAX_DEPTH = 48          # levels of the tree
MAX_LIST = 200          # members of a written list, operands of one operator
MAX_SCALE = 9           # digits after the point
SAFE = 2 ** 53 - 1      # whole numbers up to here are the same in JSON, Python, JavaScript and SQL

RESERVED = frozenset((
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while"))

_GRAMMAR = r"""
?start: expr
?expr: or_ | or_ "?" or_ ":" expr -> choose
?or_: and_ | and_ ("||" and_)+ -> either
?and_: rel | rel ("&&" rel)+ -> both
?rel: sum | rel REL sum -> binary
?sum: product | product (ADD product)+ -> series
?product: unary | product MUL unary -> binary
?unary: member | "!" unary -> negate | "-" unary -> minus
?member: primary | member "." WORD -> dot | member "." WORD "(" [args] ")" -> method
    | member "[" expr "]" -> index
?primary: "(" expr ")" | WORD -> word | WORD "(" [args] ")" -> call | "[" [args] "]" -> list | "[" args "," "]" -> list
    | STRING -> string | DEC -> dec | INT -> whole | HEX -> hexadecimal | FOREIGN -> foreign
    | "true" -> true | "false" -> false | "null" -> null
args: expr | args "," expr -> more
REL: "<=" | ">=" | "==" | "!=" | "<" | ">" | "in"
ADD: "+" | "-"
MUL: "*" | "/" | "%"
WORD: /[_a-zA-Z][_a-zA-Z0-9]*/
STRING.2: /[rR]?(\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')/s
FOREIGN.3: /[bB][rR]?["'].*|[rR][bB]["'].*|\d+[uU].*|0x[0-9a-fA-F]+[uU].*|[{`].*/s
DEC.2: /\d+\.\d+([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|\d+[eE][+-]?\d+/
HEX.2: /0[xX][0-9a-fA-F]+/
INT: /\d+/
COMMENT: /\/\/[^\n]*/
%ignore COMMENT
%ignore /[ \t\n\r\f]+/
"""
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
            "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|X[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.|$)", re.S)
_TOKENS = re.compile(r"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|\w+|\S", re.S)


def refuse(code: str, **params: Any) -> NoReturn:
    raise EngineError([Problem(code, params=params)])


def parse(source: str) -> Ast:
    """The syntax tree of an expression; raises EngineError where it is no expression of the profile."""
    _bound(source)
    try:
        tree: Ast = _parser().parse(source)  # type: ignore[assignment]  # the transformer makes arrays
    except UnexpectedInput as wrong:
        _explain_syntax(source, wrong)
    _bound_tree(tree)
    return tree


def _bound(source: str) -> None:
    """Refuse what is too long or too deeply nested before any parser sees it."""
    if not isinstance(source, str):
        refuse("rules.no_text", found=type(source).__name__)
    if len(source) > MAX_SOURCE:
        refuse("rules.too_long", length=len(source), limit=MAX_SOURCE)
    depth = 0
    for count, match in enumerate(_TOKENS.finditer(source), 1):
        if count > MAX_TOKENS:
            refuse("rules.too_many_words", limit=MAX_TOKENS)
        depth += {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_BRACKETS:
            refuse("rules.too_deep", limit=MAX_BRACKETS)


def _bound_tree(tree: Ast) -> None:
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            refuse("rules.too_deep", limit=MAX_DEPTH)
        if len(node) > MAX_LIST + 1:
            refuse("rules.too_many", limit=MAX_LIST)
        stack.extend((part, depth + 1) for part in node if isinstance(part, list))


def _explain_syntax(source: str, wrong: UnexpectedInput) -> NoReturn:
    ended = isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END"
    at = len(source) if ended else min(wrong.pos_in_stream or 0, len(source))
    found = source[at:at + 12].partition("\n")[0].strip()
    line = source.count("\n", 0, at) + 1
    column = at - source.rfind("\n", 0, at)
    if not found:
        refuse("rules.unfinished", line=line, column=column)
    refuse("rules.syntax", line=line, column=column, found=found)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Build(), maybe_placeholders=True)


@v_args(inline=True)
class _Build(Transformer[Token, Ast]):
    """Makes arrays of what the parser finds, bottom-up, so nesting costs no recursion."""

    def choose(self, condition: Ast, yes: Ast, no: Ast) -> Ast:
        return ["?:", condition, yes, no]

    def either(self, *parts: Ast) -> Ast:
        return ["||", *parts]

    def both(self, *parts: Ast) -> Ast:
        return ["&&", *parts]

    def binary(self, left: Ast, operator: Token, right: Ast) -> Ast:
        return [str(operator), left, right]

    def series(self, first: Ast, *rest: Any) -> Ast:
        total = first
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            if operator == "+" and total[0] == "+" and total is not first:
                total.append(part)
            else:
                total = [str(operator), total, part]
        return total

    def negate(self, part: Ast) -> Ast:
        return ["!", part]

    def minus(self, part: Ast) -> Ast:
        if part[0] == "lit" and type(part[1]) is int and part[1] >= 0:
            return ["lit", -part[1]]
        if part[0] == "dec" and part[1] >= 0:
            return ["dec", -part[1], part[2]]
        return ["neg", part]

    def dot(self, part: Ast, word: Token) -> Ast:
        return ["dot", part, str(word)]

    def method(self, part: Ast, word: Token, args: list[Ast] | None) -> Ast:
        return ["method", part, str(word), *(args or [])]

    def index(self, part: Ast, key: Ast) -> Ast:
        return ["index", part, key]

    def word(self, word: Token) -> Ast:
        if word in RESERVED:
            refuse("rules.reserved", found=str(word))
        return ["id", str(word)]

    def call(self, word: Token, args: list[Ast] | None) -> Ast:
        return ["call", str(word), *(args or [])]

    def list(self, args: Any = None) -> Ast:
        return ["list", *(args or [])]

    def args(self, first: Ast) -> Any:
        return [first]

    def more(self, parts: Any, part: Ast) -> Any:
        parts.append(part)
        return parts

    def string(self, token: Token) -> Ast:
        return ["lit", _unquote(str(token))]

    def whole(self, token: Token) -> Ast:
        return ["lit", int(token)]

    def hexadecimal(self, token: Token) -> Ast:
        return ["lit", int(token, 16)]

    def dec(self, token: Token) -> Ast:
        return _decimal(str(token))

    def foreign(self, token: Token) -> Ast:
        refuse("rules.not_in_profile", found=str(token)[:24])

    def true(self) -> Ast:
        return ["lit", True]

    def false(self) -> Ast:
        return ["lit", False]

    def null(self) -> Ast:
        refuse("rules.null")


def _decimal(text: str) -> Ast:
    """["dec", 38, 1] for 3.8: exact, without trailing zeros."""
    number, _, exponent = text.lower().partition("e")
    whole, _, fraction = number.partition(".")
    if len(exponent) > 4:
        refuse("rules.big_number", found=text[:24])
    digits, scale = int(whole + fraction or "0"), len(fraction) - int(exponent or "0")
    while digits and scale > 0 and digits % 10 == 0:
        digits, scale = digits // 10, scale - 1
    if scale < 0:
        if scale < -19:
            refuse("rules.big_number", found=text[:24])
        digits, scale = digits * 10 ** -scale, 0
    if scale > MAX_SCALE:
        refuse("rules.fine_number", found=text[:24], limit=MAX_SCALE)
    return ["dec", digits, scale if digits else 0]


def _unquote(token: str) -> str:
    raw = token[0] in "rR"
    body = token[1:] if raw else token
    quote = 3 if body[:3] in ('"""', "'''") else 1
    body = body[quote:-quote]
    text = body if raw else _ESCAPE.sub(_escaped, body)
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        refuse("rules.bad_string")
    return text


def _escaped(match: re.Match[str]) -> str:
    code = match[1]
    if code in _ESCAPES:
        return _ESCAPES[code]
    if len(code) > 1:
        number = int(code, 8) if code[0].isdigit() else int(code[1:], 16)
        if number < 0x110000:
            return chr(number)
    refuse("rules.bad_escape", found="\\" + code[:12])
