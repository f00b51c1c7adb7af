"""What the phone asks for: the service worker, the manifest, its own pages, who is signed in, what to take along."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from tongban.web import htmx, security
from tongban.web.assets import Assets
from tongban.web.language import current, say
from tongban.web.session import person, signed_in

pages = Blueprint("phone", __name__)

SHELLS = ("queue", "conflict", "take", "offline", "here", "scan")
_SHELL = "X-Tongban-Shell"
_HEAVY = ("vendor/editor", "vendor/codemirror", "b/author")     # of no use without a network
_MOST = 100_000


@pages.get("/phone/<name>")
def shell(name: str) -> ResponseReturnValue:
    """A page that holds nobody's data: what it shows comes from the device. The worker asks for it without a name."""
    if name not in SHELLS:
        abort(404)
    bare = {"person": None, "standing": None, "shell": True} if _SHELL in request.headers else {"shell": False}
    answer = htmx.page(f"page/phone_{name}.html", **bare)
    answer.vary.add(_SHELL)
    return answer


@pages.get("/phone/tasks")
def tasks() -> ResponseReturnValue:
    """My tasks, wherever they are for whoever is signed in: the app's shortcut is the same for everybody."""
    return htmx.go("/inbox" if signed_in().staff else "/cases")


@pages.get("/sw.js")
def worker() -> Response:
    """The service worker, told which build it is and what to keep."""
    assets: Assets = current_app.extensions["assets"]
    keep = [assets.url(name) for name in assets.files if _wanted(name, assets)]
    told = {"build": assets.build, "assets": keep, "pages": [f"/phone/{name}" for name in SHELLS],
            "icon": assets.url("icons/icon-192.png"), "gone": say("phone.offline.gone"), "shell": _SHELL}
    script = assets.files["sw.js"].body.decode()
    answer = make_response(f"self.tongban={json.dumps(told, ensure_ascii=False)};{script}")
    answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _wanted(name: str, assets: Assets) -> bool:
    if name.startswith(_HEAVY) or len(assets.files[name].body) > _MOST:
        return False
    return name == "css/tongban.css" or (name.startswith(("b/", "vendor/htmx", "icons/icon"))
                                         and name.endswith((".js", ".json", ".png", ".svg")))


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """The app's manifest in the language of the page that links it."""
    url = current_app.extensions["assets"].url

    def picture(name: str, size: int, **more: str) -> dict[str, str]:
        return {"src": url(f"icons/{name}-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", **more}

    icons = [picture(name, size, purpose=purpose)
             for name, purpose in (("icon", "any"), ("maskable", "maskable")) for size in (192, 512)]
    shortcuts = [{"name": say(f"phone.app.{name}"), "url": to, "icons": [picture(name, 96)]}
                 for name, to in (("new", "/procedures"), ("tasks", "/phone/tasks"), ("scan", "/phone/scan"))]
    answer = jsonify({
        "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
        "lang": "zh-CN" if current() == "zh" else "en",
        "name": say("phone.app.name"), "short_name": say("phone.app.short"), "description": say("phone.app.about"),
        "background_color": "#f3f5f4", "theme_color": "#0b6e75", "icons": icons, "shortcuts": shortcuts,
        "categories": ["government", "productivity"]})
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@pages.get("/phone/me")
def me() -> Response:
    """Who is signed in, and the token for sending: a page kept since yesterday has an old one."""
    who = person()
    return jsonify({"account": who.id if who else None, "csrf": security.token()})
