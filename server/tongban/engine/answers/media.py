"""Files, photos, signatures: answers name contents that were uploaded before, by their SHA-256."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json, Type

_ID = re.compile(r"[0-9a-f]{64}")
IMAGES = ("image/jpeg", "image/png", "image/webp")
DOCUMENTS = ("application/pdf", *IMAGES)
_OFFICE = "application/vnd.openxmlformats-officedocument"
NAMES = {"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG", "image/webp": "WebP",
         f"{_OFFICE}.spreadsheetml.sheet": "xlsx", f"{_OFFICE}.wordprocessingml.document": "docx"}
MAX_FILES = 50
MAX_BYTES = 10 * 1024 * 1024


def read_files(field: Field, raw: Json) -> list[Json] | None:
    """[{id, name, size, media}], each content once, within the field's number, sizes and types."""
    given = _listed(raw)
    if len(given) > MAX_FILES:
        raise Refused("file.many", max=MAX_FILES)
    files = {one["id"]: one for one in (_file(item) for item in given)}
    if not files:
        return None
    most, least = int(field.max or 1), int(field.min or 0)
    if len(files) > most:
        raise Refused("file.many", max=most)
    if len(files) < least:
        raise Refused("file.few", min=least, have=len(files))
    for one in files.values():
        _judge(field, one)
    return list(files.values())


def allowed(field: Field) -> tuple[str, ...]:
    """The media types that a field takes."""
    return tuple(field.options.get("accept") or (IMAGES if field.type == "photo" else DOCUMENTS))


def _judge(field: Field, one: Mapping[str, Json]) -> None:
    if one["media"] and one["media"] not in allowed(field):
        raise Refused("file.type", name=one["name"], types=[NAMES.get(media, media) for media in allowed(field)])
    limit = int(field.options.get("max_bytes") or MAX_BYTES)
    if one["size"] > limit:
        raise Refused("file.size", name=one["name"], max=f"{limit / 1024 / 1024:.1f}".removesuffix(".0"))


def _listed(raw: Json) -> list[Json]:
    if raw in (None, "", []):
        return []
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw.startswith(("[", "{")) else raw.split()
        except (ValueError, RecursionError):
            raise Refused("shape.file") from None
    return [part for part in raw if part != ""] if isinstance(raw, list) else [raw]


def _file(item: Json) -> dict[str, Json]:
    if isinstance(item, str):
        if item.startswith(("[", "{")):
            return _file(_listed(item)[0]) if len(_listed(item)) == 1 else _refuse()
        item = {"id": item}
    if not isinstance(item, Mapping) or not _ID.fullmatch(str(item.get("id"))):
        raise Refused("shape.file")
    size = item.get("size", 0)
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Refused("shape.file")
    name, media = tidy.line(item.get("name"))[:200], tidy.narrow(item.get("media"))
    return {"id": item["id"], "name": name, "size": size, "media": media}


def _refuse() -> dict[str, Json]:
    raise Refused("shape.file")


def read_signature(field: Field, raw: Json) -> Json:
    """{image, typed, at}: drawn by hand (the content's id), or the full name typed by whoever cannot draw."""
    if raw in (None, "", {}):
        return None
    if isinstance(raw, str):
        raw = _signed(raw)
    if not isinstance(raw, Mapping) or set(raw) - {"image", "typed", "at"}:
        raise Refused("shape.map")
    image, typed = tidy.narrow(raw.get("image")), tidy.line(raw.get("typed"))
    if not image and not typed:
        return None
    if image and not _ID.fullmatch(image):
        raise Refused("signature.form")
    if len(typed) > 50:
        raise Refused("text.long", max=50, have=len(typed), over=len(typed) - 50)
    return {"image": image or None, "typed": typed or None, "at": tidy.narrow(raw.get("at")) or None}


def _signed(raw: str) -> Json:
    if raw.startswith("{"):
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise Refused("signature.form") from None
    return {"image": raw} if _ID.fullmatch(raw) else {"typed": raw}


def read_declaration(field: Field, raw: Json) -> Json:
    """{agreed: true, signature}: the box was ticked and, where asked, the statement signed."""
    if isinstance(raw, Mapping):
        if set(raw) - {"agreed", "signature"}:
            raise Refused("shape.map")
        agreed, signature = raw.get("agreed"), raw.get("signature")
    else:
        agreed, signature = raw, None
    ticked = agreed is True or (isinstance(agreed, str) and agreed.strip().lower() in ("true", "on", "yes", "1", "是"))
    if not ticked:
        return None
    signed = read_signature(field, signature)
    if field.options.get("sign") and signed is None:
        raise Refused("declaration.sign", at="/signature")
    return {"agreed": True, "signature": signed}


def show_files(field: Field, value: list[Mapping[str, Json]], lang: str) -> str:
    """Names, or "1 份" where there are none."""
    return ("、" if lang == "zh" else ", ").join(one["name"] or one["id"][:8] for one in value)


def show_signature(field: Field, value: Mapping[str, Json], lang: str) -> str:
    """The typed name, or that it is signed."""
    return str(value["typed"] or ("已签名" if lang == "zh" else "Signed"))


def show_declaration(field: Field, value: Mapping[str, Json], lang: str) -> str:
    """已确认 / Confirmed"""
    return "已确认" if lang == "zh" else "Confirmed"


_FILE = Type("list", item=Type("map", fields={"id": Type("string"), "name": Type("string"), "size": Type("int"),
                                              "media": Type("string")}))
_SIGNATURE = Type("map", fields={"image": Type("string"), "typed": Type("string"), "at": Type("datetime")})
_DECLARATION = Type("map", fields={"agreed": Type("bool"), "signature": _SIGNATURE})
_BOUNDS = {"accept": "media types", "max_bytes": "bytes at most"}

KINDS = {
    "file": Kind(read_files, show_files, type=lambda spec: _FILE, options=_BOUNDS, ask="answer.required.upload"),
    "photo": Kind(read_files, show_files, type=lambda spec: _FILE, ask="answer.required.photo",
                  options={**_BOUNDS, "pixels": "long side after scaling", "camera": "user | environment"}),
    "signature": Kind(read_signature, show_signature, type=lambda spec: _SIGNATURE, ask="answer.required.sign"),
    "declaration": Kind(read_declaration, show_declaration, type=lambda spec: _DECLARATION, ask="answer.required.agree",
                        options={"text": "texts", "sign": "flag"}),
}
