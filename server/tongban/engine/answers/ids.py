"""Identifiers of people and firms: citizen ID, unified social credit code, telephones, bank accounts."""

from __future__ import annotations

import re
from datetime import date

import phonenumbers
from stdnum import luhn

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"     # GB 32100: without I O S V Z
PROVINCES = frozenset(str(n) for n in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                                        *range(61, 66), 71, 81, 82, 83))
_PLACED = {c: n for n, c in enumerate(_CREDIT)}
_POWERS = tuple(pow(3, n, 31) for n in range(17))
_CREDIT_PLACES = PROVINCES | {"10"}
_OLD = re.compile(r"\d{15}", re.ASCII)
_CITIZEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_BRACKETS = re.compile(r"[()（）\[\]/]")
_CHINA = re.compile(r"^(\+86|0086|86(?=1[3-9]\d{9}$))")
_EXTENSION = re.compile(r"(.*?\d{7,8})\s*(?:转|分机|ext\.?|x|-)\s*(\d{1,6})")
_AUTHORITIES = "123456789ANY"


def id_check(body: str) -> str:
    """The last place of a citizen ID of 17 digits."""
    return _CHECKS[sum([int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)]) % 11]


def credit_check(body: str) -> str:
    """The last place of a credit code of 17 characters."""
    return _CREDIT[-sum([_PLACED[c] * power for c, power in zip(body, _POWERS, strict=True)]) % 31]


def card(body: str) -> str:
    """A card number with its check digit."""
    return body + str(luhn.calc_check_digit(body))


def read_citizen_id(field: Field, raw: Json) -> str | None:
    """GB 11643: 18 places with a check digit and a real date of birth. Regions come and go, so they only warn."""
    value = tidy.code(raw)
    if not value:
        return None
    if _OLD.fullmatch(value):
        raise Refused("citizen_id.old")
    if len(value) != 18:
        raise Refused("citizen_id.length", have=len(value))
    if not _CITIZEN.fullmatch(value):
        raise Refused("citizen_id.form")
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        raise Refused("citizen_id.birth", birth=value[6:14]) from None
    if id_check(value[:17]) != value[17]:
        raise Refused("citizen_id.check")
    return value


def warn_citizen_id(field: Field, value: Json) -> str | None:
    """A province code that does not exist is worth a second look; below it GB/T 2260 changes every year."""
    return None if value[:2] in PROVINCES else "answer.citizen_id.region"


def read_uscc(field: Field, raw: Json) -> str | None:
    """GB 32100: 18 places of an alphabet without I O S V Z, the last a check character with weights 3^i mod 31."""
    value = tidy.code(raw)
    if not value:
        return None
    if _OLD.fullmatch(value):
        raise Refused("uscc.old")
    if len(value) != 18:
        raise Refused("uscc.length", have=len(value))
    wrong = set(value) - _PLACED.keys()
    if wrong:
        raise Refused("uscc.letters", wrong=sorted(wrong))
    if not _DIGITS.fullmatch(value[2:8]) or value[2:4] not in _CREDIT_PLACES:
        raise Refused("uscc.region", region=value[2:8])
    if value[0] not in _AUTHORITIES:
        raise Refused("uscc.authority", first=value[:2])
    if credit_check(value[:17]) != value[17]:
        raise Refused("uscc.check")
    kinds = field.options.get("kinds")
    if kinds and value[:2] not in kinds:
        raise Refused("uscc.kind", first=value[:2], kinds=[str(kind) for kind in kinds])
    return value


def _trunk(raw: Json) -> str:
    return _CHINA.sub("", _BRACKETS.sub("", tidy.code(raw)))


def read_mobile(field: Field, raw: Json) -> str | None:
    """11 digits that begin 13 to 19; +86 is taken off."""
    value = _trunk(raw)
    if not value:
        return None
    if value.startswith("+"):
        raise Refused("mobile.foreign")
    if not _DIGITS.fullmatch(value):
        raise Refused("mobile.form")
    if len(value) != 11:
        raise Refused("mobile.length", have=len(value))
    if value[0] != "1" or value[1] < "3":
        raise Refused("mobile.prefix")
    return value


def read_phone(field: Field, raw: Json) -> str | None:
    """Any telephone of the mainland: landline with area code, mobile, 400; an extension after "转" or "-"."""
    typed = tidy.narrow(raw).lower()
    number, extension = _extension(typed)
    value = _trunk(number)
    if not value:
        return None
    if not re.fullmatch(r"\+?\d+", value, re.ASCII):
        raise Refused("phone.form")
    if re.fullmatch(r"[2-9]\d{6,7}", value, re.ASCII):
        raise Refused("phone.area")
    try:
        found = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        raise Refused("phone.form") from None
    if found.country_code != 86 or not phonenumbers.is_valid_number(found):
        raise Refused("phone.unknown")
    shown = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"\s", "", shown) if not shown.startswith("0") else re.sub(r"\s", "", shown.replace(" ", "-", 1))
    return digits + (f"-{extension}" if extension else "")


def _extension(typed: str) -> tuple[str, str]:
    found = _EXTENSION.fullmatch(typed)
    return (found[1], found[2]) if found else (typed, "")


def read_bank_account(field: Field, raw: Json) -> str | None:
    """8 to 32 digits; a personal card's last digit is checked, a firm's account has no public rule."""
    value = tidy.code(raw)
    if not value:
        return None
    if not _DIGITS.fullmatch(value):
        raise Refused("bank_account.form")
    if field.options.get("kind") == "personal":
        if not 16 <= len(value) <= 19:
            raise Refused("bank_account.card", have=len(value))
        if not luhn.is_valid(value):
            raise Refused("bank_account.check")
    elif not 8 <= len(value) <= 32:
        raise Refused("bank_account.length", have=len(value))
    return value


def grouped(field: Field, value: str, lang: str) -> str:
    """Digits in fours, easier to compare by eye."""
    return " ".join(value[i:i + 4] for i in range(0, len(value), 4))


def show_mobile(field: Field, value: str, lang: str) -> str:
    """138 0013 8000"""
    return f"{value[:3]} {value[3:7]} {value[7:]}"


def masked(value: str, head: int = 4, tail: int = 4) -> str:
    """3702********0180: what may stand on a list or a public page."""
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


_PREFILL = {"prefill": "source"}

KINDS = {
    "citizen_id": Kind(read_citizen_id, options=_PREFILL, warn=warn_citizen_id),
    "uscc": Kind(read_uscc, options={"kinds": "first two characters that are accepted", **_PREFILL}),
    "mobile": Kind(read_mobile, show_mobile, options=_PREFILL),
    "phone": Kind(read_phone, options=_PREFILL),
    "bank_account": Kind(read_bank_account, grouped, options={"kind": "personal | corporate", **_PREFILL}),
}
