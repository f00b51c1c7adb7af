"""Serves `pwa/`: one address prefix that changes with any byte of it, so browsers keep files for ever.

All style sheets are sent as one file, the scripts of pages as `web.scripts` bundles them, under `b/`, and the service
worker as one script with its modules in it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, current_app, make_response, request

from tongban.service import regions
from tongban.text import LANGUAGES, catalogue, label
from tongban.web import scripts

SHEET = "css/tongban.css"
_TEXTUAL = (".css", ".js", ".json", ".svg", ".webmanifest", ".html", ".txt")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json",
          ".woff2": "font/woff2"}
_YEAR = "public, max-age=31536000, immutable"

pages = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the wire."""

    body: bytes
    kind: str
    textual: bool

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def brotlied(self) -> bytes:
        return bytes(brotli.compress(self.body, quality=11))


class Assets:
    """What `pwa/` holds, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {str(path.relative_to(root).as_posix()): _read(path)
                      for path in sorted(root.rglob("*")) if path.is_file() and "node_modules" not in path.parts}
        sheets = sorted(name for name in self.files if name.startswith("css/"))
        sheets.sort(key=lambda name: name != "css/tokens.css")      # the layers are named there
        self._write(sheets)
        self.files["b/regions.json"] = _json(regions.tree())
        self.files["b/answers.json"] = _json(_sentences())
        digest = hashlib.sha256()
        for name, asset in sorted(self.files.items()):
            digest.update(name.encode() + b"\0" + asset.body + b"\0")
        self.build = digest.hexdigest()[:12]

    def _write(self, sheets: list[str]) -> None:
        """The one style sheet and the scripts, written small."""
        plain = {name[3:-3]: self.files[name].body.decode() for name in self.files if name.startswith("js/")}
        made = {f"b/{name}.js": text for name, text in scripts.served(plain).items()}
        if "sw.js" in self.files:
            made["sw.js"] = scripts.worker(self.files["sw.js"].body.decode(), plain)
        sheet = "\n".join(self.files[name].body.decode() for name in sheets)
        texts = scripts.small((("text/css", sheet), *(("application/javascript", text) for text in made.values())))
        self.files[SHEET] = Asset(texts[0].encode(), "text/css; charset=utf-8", True)
        for name, text in zip(made, texts[1:], strict=True):
            self.files[name] = Asset(text.encode(), "text/javascript; charset=utf-8", True)

    def find(self, name: str) -> Asset | None:
        """A file by its name; the streets of a city are put together when they are asked for."""
        city = re.fullmatch(r"b/streets/(\d{4})\.json", name, re.ASCII)
        return _streets(f"{city[1]}00") if city else self.files.get(name)

    def script(self, module: str) -> str:
        """Address of the script that holds a module of `pwa/js/`."""
        return self.url(f"b/{scripts.home(module)}.js")

    def url(self, name: str) -> str:
        """Address of a file; a misspelt name fails at once, not in the browser."""
        if name not in self.files:
            raise KeyError(f"no asset {name!r} under pwa/")
        return f"/assets/{self.build}/{name}"


def init(app: Flask, root: Path) -> None:
    """Read `pwa/` and offer `asset(name)` to the templates."""
    assets = Assets(root)
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = assets.url
    app.jinja_env.globals["script"] = assets.script
    app.jinja_env.globals["build"] = assets.build
    app.register_blueprint(pages)


@pages.get("/assets/<build>/<path:name>")
def file(build: str, name: str) -> Response:
    """A file of this build; of another build the present file, not to be kept."""
    assets: Assets = current_app.extensions["assets"]
    asset = assets.find(name)
    if asset is None:
        abort(404)
    response = _encoded(asset)
    response.headers["Cache-Control"] = _YEAR if build == assets.build else "no-store"
    response.headers["ETag"] = f'"{assets.build}"'
    return response


def send(name: str, cache: str = "no-cache") -> Response:
    """A file of `pwa/` at an address of its own (service worker, manifest, robots)."""
    assets: Assets = current_app.extensions["assets"]
    asset = assets.files.get(name)
    if asset is None:
        abort(404)
    response = _encoded(asset)
    response.headers["Cache-Control"] = cache
    return response


def _encoded(asset: Asset) -> Response:
    accepted = request.accept_encodings
    body, encoding = asset.body, ""
    if asset.textual and "br" in accepted:
        body, encoding = asset.brotlied, "br"
    elif asset.textual and "gzip" in accepted:
        body, encoding = asset.gzipped, "gzip"
    response = make_response(body)
    response.headers["Content-Type"] = asset.kind
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    return response


def _sentences() -> dict[str, dict[str, str]]:
    """What is said of answers that cannot be read, for forms that are filled in without a network."""
    return {lang: {key.removeprefix("answer."): label(words, lang) for key, words in catalogue().items()
                   if key.startswith("answer.")} for lang in LANGUAGES}


def _json(data: object) -> Asset:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Asset(text.encode(), "application/json; charset=utf-8", True)


@lru_cache(maxsize=32)
def _streets(city: str) -> Asset | None:
    found = regions.streets_of_city(city)
    return _json(found) if found else None


def _read(path: Path) -> Asset:
    textual = path.suffix in _TEXTUAL
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    body = path.read_bytes()
    return Asset(body, f"{kind}; charset=utf-8" if textual else kind, textual)
