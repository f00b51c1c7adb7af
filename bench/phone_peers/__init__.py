"""Form runners of others, drawing the same 25 fields from a plain server, for bench/phone.py.

Enketo is 8.1.0: the newest whose dependencies the npm registry has, its map drawing from there too (it names a git
address). It gets the page its own transformer would make, and no style sheet, since its own comes as Sass only: both in
its favour.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAMES = ("form-js", "rjsf", "surveyjs", "formio", "enketo")
_KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
_ENKETO = {"config": "config", **{name: f"src/js/{file}" for name, file in (
    ("widgets", "widgets"), ("dialog", "fake-dialog"), ("translator", "fake-translator"),
    ("file-manager", "file-manager"), ("xpath-evaluator-binding", "xpath-evaluator-binding"))}}
_ALIASES = [f"--alias:enketo/{name}=./node_modules/enketo-core/{file}.js" for name, file in _ENKETO.items()]
_OUT = ("ttf", "woff", "woff2", "eot", "svg", "png", "gif")


def install() -> None:
    """The pinned packages, without their install scripts and without a lock file."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    if not all((HERE / "node_modules" / name).exists() for name in wanted):
        subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts",
                        "--silent"], cwd=HERE, check=True)


def build(folder: Path, names: Iterable[str] = NAMES) -> dict[str, int]:
    """A page for each peer in `folder`; gives the size of its script, gzip -9."""
    sizes = {}
    for name in names:
        subprocess.run(
            [str(HERE / "node_modules/.bin/esbuild"), f"{name}.mjs", "--bundle", "--minify", "--format=iife",
             "--target=es2020", "--log-level=error", '--define:process.env.NODE_ENV="production"',
             *_ALIASES, *(f"--loader:.{kind}=empty" for kind in _OUT), f"--outfile={folder / name}.js"],
            cwd=HERE, check=True)
        style = f'<link rel="stylesheet" href="{name}.css">' if (folder / f"{name}.css").exists() else ""
        (folder / f"{name}.html").write_text(
            f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>{name}</title>{style}<body><main id="root"></main><script src="{name}.js"></script></body></html>')
        sizes[name] = len(gzip.compress((folder / f"{name}.js").read_bytes(), 9))
    return sizes


def fields() -> list[dict[str, Any]]:
    """The same fields in Tongban's own words."""
    found = []
    for kind, count in json.loads((HERE / "fields.json").read_text()):
        for n in range(count):
            words = f"栏目 {kind} {n}"
            one: dict[str, Any] = {"id": f"{kind}{n}", "type": kind, "label": {"zh": words, "en": words},
                                   "required": True}
            if kind == "choice":
                one["choices"] = [{"value": value, "label": {"zh": value, "en": value}} for value in "甲乙丙"]
            found.append(one)
    return found


def serve(folder: Path) -> ThreadingHTTPServer:
    """What `build` made, compressed as a good server sends it."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = folder / self.path.strip("/")
            body = gzip.compress(path.read_bytes(), 9) if path.is_file() else b""
            self.send_response(200 if body else 404)
            if body:
                self.send_header("Content-Type", _KINDS[path.suffix])
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
