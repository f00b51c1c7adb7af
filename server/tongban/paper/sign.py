"""Signatures on PDFs: pyHanko with a P-256 key and certificate from configuration."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from asn1crypto import cms, pem, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tongban.paper.sheet import Signer

FIELD = "Issuer"
ROOM = 750  # bytes kept free for the signature beside its certificates; it takes about 560


class _KeptKey(SimpleSigner):
    """Keeps the parsed key: parsing it again for each document costs more than signing."""

    kept: EllipticCurvePrivateKey
    room: int
    frame: _Frame

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self.kept.sign(data, ec.ECDSA(hashes.SHA256()))

    async def async_sign(self, data_digest: bytes, digest_algorithm: str, *_: Any, **__: Any) -> cms.ContentInfo:
        return cms.ContentInfo.load(self.frame.sealed(data_digest))


def sign(pdf: bytes, signer: Signer, title: str = "") -> bytes:
    """The document with an approval signature over all of it (PAdES B-B)."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    append_signature_field(writer, SigFieldSpec(FIELD, readable_field_name=title or FIELD))
    made = _loaded(signer)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=signers.pdf_signer.SigSeedSubFilter.PADES
    )
    out = io.BytesIO()
    asyncio.run(signers.PdfSigner(meta, made).async_sign_pdf(writer, output=out, bytes_reserved=made.room))
    return out.getvalue()


def seal(signer: Signer) -> tuple[int, Callable[[bytes], bytes]]:
    """Room that a signature takes at most, and what makes one from the SHA-256 of a file."""
    made = _loaded(signer)
    return made.room // 2, made.frame.sealed


class _Frame:
    """A CMS signature without its digest and without its signature value.

    pyHanko makes the first; every other is that one with the digest and the signature put in, which is all that differs
    (20 ms saved a document).
    """

    def __init__(self, key: EllipticCurvePrivateKey, first: cms.ContentInfo) -> None:
        self._key = key
        signed = first["content"]
        info = signed["signer_infos"][0]
        if len(signed["signer_infos"]) != 1 or info["unsigned_attrs"].native:
            raise ValueError("a plain signature by one signer is wanted")
        self._attrs = tuple(der(0x31, info["signed_attrs"].contents).split(bytes(32)))
        if len(self._attrs) != 2:
            raise ValueError("the digest is not found in the signature")
        self._type = first["content_type"].dump()
        fixed = ("version", "digest_algorithms", "encap_content_info", "certificates")
        self._before = b"".join(signed[name].dump() for name in fixed)
        self._who = b"".join(info[name].dump() for name in ("version", "sid", "digest_algorithm"))
        self._how = info["signature_algorithm"].dump()

    def sealed(self, digest: bytes) -> bytes:
        """The signature over a file with this digest."""
        attrs = digest.join(self._attrs)
        value = self._key.sign(attrs, ec.ECDSA(hashes.SHA256()))
        info = der(0x30, self._who, b"\xa0" + attrs[1:], self._how, der(0x04, value))  # [0] where it is not signed
        return der(0x30, self._type, der(0xA0, der(0x30, self._before, der(0x31, info))))


def der(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


@lru_cache(maxsize=4)
def _loaded(signer: Signer) -> _KeptKey:
    chain = [x509.Certificate.load(der) for _, _, der in pem.unarmor(signer.certificate.read_bytes(), multiple=True)]
    kept = serialization.load_pem_private_key(signer.key.read_bytes(), None)
    if not isinstance(kept, EllipticCurvePrivateKey):
        raise ValueError(f"{signer.key.name}: a P-256 key is wanted")
    store = SimpleCertificateStore()
    carried = [one for one in chain[1:] if one.self_signed == "no"]  # a root proves nothing inside the file it signs
    store.register_multiple(carried)
    made = _KeptKey(signing_cert=chain[0], signing_key=None, cert_registry=store)
    made.kept = kept
    made.frame = _Frame(kept, asyncio.run(SimpleSigner.async_sign(made, bytes(32), "sha256", use_pades=True)))
    made.room = 2 * (ROOM + sum(len(one.dump()) for one in (chain[0], *carried)))  # written as hex digits
    return made
