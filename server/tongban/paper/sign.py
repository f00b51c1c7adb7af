"""Signatures on PDFs: pyHanko with a P-256 key and certificate from configuration."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from asn1crypto import pem, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Issuer"
ROOM = 1600  # bytes kept free for the signature beside its certificates; attributes take about 900


@dataclass(frozen=True, slots=True)
class Signer:
    """Where the issuer's key lies. The certificate file may carry the chain after the leaf."""

    key: Path
    certificate: Path
    demo: bool = False


class _KeptKey(SimpleSigner):
    """Keeps the parsed key: parsing it again for each document costs more than signing."""

    kept: EllipticCurvePrivateKey
    room: int

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self.kept.sign(data, ec.ECDSA(hashes.SHA256()))


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


@lru_cache(maxsize=4)
def _loaded(signer: Signer) -> _KeptKey:
    chain = [x509.Certificate.load(der) for _, _, der in pem.unarmor(signer.certificate.read_bytes(), multiple=True)]
    kept = serialization.load_pem_private_key(signer.key.read_bytes(), None)
    if not isinstance(kept, EllipticCurvePrivateKey):
        raise ValueError(f"{signer.key.name}: a P-256 key is wanted")
    store = SimpleCertificateStore()
    store.register_multiple(chain[1:])
    made = _KeptKey(signing_cert=chain[0], signing_key=None, cert_registry=store)
    made.kept = kept
    made.room = 2 * (ROOM + sum(len(one.dump()) for one in chain))  # written as hex digits
    return made
