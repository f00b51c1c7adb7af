"""Templates, compiled once for each language: what a page always says is written out then, not at every request.

`{{ t('web.settings') }}` or `{{ icon('tick') }}` with nothing but literals in the brackets is the same in every answer
of one language, so the compiler puts its words into the template's text. Calls with anything else run as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from types import MappingProxyType
from typing import Any

from flask import Flask, current_app
from flask.templating import Environment
from jinja2 import BytecodeCache, Template, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_RESOLVE
from markupsafe import Markup

from tongban import text
from tongban.web import icons, language

Still = Mapping[str, Callable[..., str]]


class _Writer(CodeGenerator):
    """Takes calls whose value never changes for text."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.Call) and self._still(node, frame):
            said = self.environment.still[node.node.name](      # type: ignore[attr-defined]
                *(one.as_const(frame.eval_ctx) for one in node.args),
                **{one.key: one.value.as_const(frame.eval_ctx) for one in node.kwargs})
            node = nodes.Const(said)
        return super()._output_child_to_const(node, frame, finalize)

    def _still(self, call: nodes.Call, frame: Frame) -> bool:
        """Whether it is one of those functions itself, and no variable of the template that has its name."""
        if not isinstance(call.node, nodes.Name) or call.node.name not in self.environment.still:   # type: ignore[attr-defined]
            return False
        ref = frame.symbols.find_ref(call.node.name)
        return not (call.dyn_args or call.dyn_kwargs) and ref is not None and \
            frame.symbols.loads[ref][0] == VAR_LOAD_RESOLVE


class Templates(Environment):
    """Jinja lays an empty map over what all templates share, and every import walks through it in Python."""

    code_generator_class = _Writer
    still: Still = MappingProxyType({})

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template finds without being given it."""
        return super().make_globals(d) if d else self.globals


class _Written(BytecodeCache):
    """What was compiled in this process: a second app, as tests make them by the hundred, compiles nothing anew."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand over what stands under the template's name and text."""
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.code[bucket.key, bucket.checksum] = bucket.code


@cache
def _written(_lang: str, _build: str) -> _Written:
    return _Written()


def init(app: Flask) -> None:
    """One set of templates for each language; comes after all that templates may ask."""
    app.jinja_env.globals.update(icon=icons.icon, logo=icons.logo, seal=icons.seal)
    same = {name: app.jinja_env.globals[name] for name in ("icon", "logo", "asset", "script")}
    app.extensions["templates"] = {lang: _of(app, lang, same) for lang in text.LANGUAGES}


def _of(app: Flask, lang: str, same: Still) -> Environment:
    found = app.jinja_env.overlay()
    found.bytecode_cache = _written(lang, str(app.jinja_env.globals["build"]))
    found.still = {**same, "t": lambda key, **words: text.say(key, lang, **words)}      # type: ignore[attr-defined]
    return found        # type: ignore[return-value]


def warm(app: Flask) -> None:
    """Compile every template in the first language, the one that most people read: shared by processes forked later."""
    templates: Environment = app.extensions["templates"][text.LANGUAGES[0]]
    for name in templates.list_templates():
        templates.get_template(name)


def template(name: str) -> Template:
    """A template in the language of this request."""
    found: Template = current_app.extensions["templates"][language.current()].get_template(name)
    return found


def render(name: str, /, **context: Any) -> Markup:
    """A whole template with what every template is given."""
    current_app.update_template_context(context)
    return Markup(template(name).render(context))       # noqa: S704 - made by a template


def macro(name: str, of: str) -> Callable[..., Markup]:
    """A macro of a template: what it gives is markup already, for the template escaped what came in."""
    found: Callable[..., Markup] = getattr(template(name).module, of)
    return found
