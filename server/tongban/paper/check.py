"""Checks a finished document without the server that made it: signature, payload, revocation, structure."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import core, pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from tongban.paper import proof


@dataclass(frozen=True, slots=True)
class Checked:
    """state: genuine | revoked | altered | stranger | unsigned."""

    state: str
    why: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def pdf(content: bytes, keys: Mapping[str, Any]) -> Checked:
    """A PDF against the issuer's published certificates."""
    trusted = [
        x509.Certificate.load(der)
        for text in keys.get("certificates") or ()
        for _, _, der in pem.unarmor(text.encode("ascii"), multiple=True)
    ]
    try:
        reader = PdfFileReader(io.BytesIO(content))
        signatures = reader.embedded_signatures
        if not signatures:
            return Checked("unsigned")
        last = signatures[-1]
        leaf = last.signer_cert
        if leaf is None or leaf.dump() not in [one.dump() for one in trusted]:
            return Checked("stranger", leaf.subject.human_friendly if leaf else "")
        status = validate_pdf_signature(last, ValidationContext(trust_roots=trusted, allow_fetching=False))
    except (
        PdfError,
        SignatureValidationError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        json.JSONDecodeError,
    ) as wrong:
        return Checked("altered", str(wrong)[:200])
    if not _padded_with_zeros(content, last):
        return Checked("altered", "the place of the signature holds more than the signature")
    if not (status.intact and status.valid and status.coverage.name == "ENTIRE_FILE"):
        return Checked("altered", status.coverage.name)
    return Checked(
        "genuine", facts={"signer": leaf.subject.human_friendly, "signed at": str(status.signer_reported_dt or "")}
    )


def _padded_with_zeros(content: bytes, signature: EmbeddedPdfSignature) -> bool:
    """No signature covers its own place in the file, so what fills it up is compared by hand."""
    _, start, end, _ = (int(one) for one in signature.byte_range)
    held = signature.pkcs7_content
    size = len(core.Any.load(held).dump())
    return content[start + 1 : end - 1] == held[:size].hex().upper().encode().ljust(end - start - 2, b"0")


def payload(text: str, keys: Mapping[str, Any], status: str = "") -> Checked:
    """The text of an offline QR code against the issuer's published keys and, where given, its status list."""
    try:
        claims = proof.read(text, keys.get("keys") or ())
        revoked = (
            proof.revoked_in(status, int(claims["x"]), keys.get("keys") or ()) if status and "x" in claims else None
        )
    except (proof.NotGenuine, ValueError) as wrong:
        return Checked("altered", str(wrong))
    names = {"n": "number", "t": "title", "i": "issued", "e": "until", "o": "office", "c": "code"}
    facts = {names[key]: str(value) for key, value in claims.items() if key in names}
    facts.update(claims.get("p") or {})
    return Checked("revoked" if revoked else "genuine", facts=facts)
