"""Scripts as browsers get them: modules that a page needs together are one file, all of it small; `pwa/js/` is plain.

A bundled module keeps its own scope: `const $form_read = (() => { …; return { readAll, show }; })();`. The bundle
exports these objects, and whoever imports such a module, at once or later, is pointed at its bundle, so that there is
never a second copy of it. The modules are read by their lines, which our own scripts keep to (a test sees to that).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata

# Each lists its modules after those that they import. What a name in DEMANDED does starts when somebody imports it.
BUNDLES = {
    "page": ("app", "db", "crypt", "outbox-rows", "offline"),
    "filling": ("drafts", "rules-dates", "rules", "form-shape", "form-read", "form-say", "form-check",
                "form-pages", "form", "offline-form"),
    "later": ("outbox", "sync-lock", "uploads", "sync", "offline-read", "offline-signout", "install"),
}
DEMANDED = frozenset({"offline-form", "install"})
# The service worker is one plain script: it starts from one file, and in browsers whose workers know no modules.
WORKER = ("db", "crypt", "outbox-rows", "outbox", "offline-pages", "sync-lock", "uploads", "sync")
_HOME = {module: bundle for bundle, modules in BUNDLES.items() for module in modules}

_CASTS = re.compile(r"/\*\* @(?:type|param)\b[^\n]*?\*/ ?")
_COMMENTS = re.compile(r"^[ \t]*/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*\n|^[ \t]*//.*\n|^[ \t]+|^\n", re.M)
_IMPORT = re.compile(r"^import \{ ([^}]+) \} from ['\"]\./([\w-]+)\.js['\"];\n", re.M)
_AGAIN = re.compile(r"^export \* from ['\"]\./([\w-]+)\.js['\"];\n", re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.M)
_LATER = re.compile(r"import\(\"\./([\w-]+)\.js\"\)")

# The small writer is a Go library: it works in a process of its own, so that its runtime never lives in a server.
_WRITER = "tdewolff-minify"
_WRITE = ("import json, minify, sys; asked = json.load(sys.stdin); "
          "json.dump([minify.string(kind, text) for kind, text in asked], sys.stdout)")


def lean(script: str) -> str:
    """A script without its comments and its indentation: what is written for readers is not sent to phones.

    Only casts and whole comments at the start of a line go, so the text of a string is never touched; our scripts have
    no template literal over several lines (a test sees to that).
    """
    return _COMMENTS.sub("", _CASTS.sub("", script if script.endswith("\n") else script + "\n"))


def served(plain: Mapping[str, str]) -> dict[str, str]:
    """Every script of the pages by name, without ".js": the bundles and the modules that stand alone."""
    leaned = {name: lean(text) for name, text in plain.items()}
    found = {bundle: _bundle(bundle, leaned) for bundle, modules in BUNDLES.items() if leaned.keys() >= set(modules)}
    return found | {name: _alone(text) for name, text in leaned.items() if name not in _HOME}


def worker(script: str, plain: Mapping[str, str]) -> str:
    """The service worker with every module that it imports in it."""
    parts = "".join(_scope(module, lean(plain[module])) for module in WORKER)
    return parts + _IMPORT.sub(lambda found: _taken(*found.groups()), lean(script).replace('"./js/', '"./'))


def home(module: str) -> str:
    """The file that holds a module."""
    return _HOME.get(module, module)


def _bundle(name: str, leaned: Mapping[str, str]) -> str:
    modules = BUNDLES[name]
    parts, outside = [], set()
    for module in modules:
        text = leaned[module]
        wanted = {dep for _, dep in _IMPORT.findall(text)} | set(_AGAIN.findall(text))
        outside |= {dep for dep in wanted if dep not in modules}
        parts.append(_scope(module, text))
    own = ",".join(_word(module) for module in modules)
    return "".join(f'import{{{_word(dep)}}}from"./{home(dep)}.js";\n' for dep in sorted(outside)) + "".join(parts) + \
        f"export{{{own}}};\n"


def _scope(module: str, text: str) -> str:
    """A module as a value: the object of its exports, or for one on demand the function that starts it."""
    handed = [f"...{_word(dep)}" for dep in _AGAIN.findall(text)] + _EXPORT.findall(text)
    body = _EXPORT.sub("", _AGAIN.sub("", _IMPORT.sub(lambda found: _taken(*found.groups()), _later(text))))
    if module in DEMANDED:
        return f"const {_word(module)}=async()=>{{\n{body}}};\n"
    return f"const {_word(module)}=(()=>{{\n{body}return{{{','.join(handed)}}}}})();\n"


def _alone(text: str) -> str:
    def taken(found: re.Match[str]) -> str:
        names, dep = found.groups()
        if dep not in _HOME:
            return found[0]
        return f'import{{{_word(dep)}}}from"./{_HOME[dep]}.js";\n' + _taken(names, dep)
    return _IMPORT.sub(taken, _later(text))


def _taken(names: str, dep: str) -> str:
    return f"const {{{names.replace(' as ', ':')}}}={_word(dep)};\n"


def _later(text: str) -> str:
    """Imports at a later time, pointed at the bundle of what they want."""
    def pointed(found: re.Match[str]) -> str:
        dep = found[1]
        if dep not in _HOME:
            return found[0]
        return f'import("./{_HOME[dep]}.js").then((m)=>m.{_word(dep)}{"()" if dep in DEMANDED else ""})'
    return _LATER.sub(pointed, text)


def _word(module: str) -> str:
    return "$" + module.replace("-", "_")


@cache
def small(asked: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Texts as (media type, text), written small; as they are where the writer is not installed."""
    texts = tuple(text for _, text in asked)
    try:
        metadata.version(_WRITER)
    except metadata.PackageNotFoundError:
        return texts
    done = subprocess.run([sys.executable, "-c", _WRITE],      # noqa: S603 - our own words to our own interpreter
                          input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"the scripts cannot be written small: {done.stderr.strip().splitlines()[-1]}")
    return tuple(json.loads(done.stdout))
