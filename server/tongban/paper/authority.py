"""A demonstration authority for installations without certificates of their own. Every name in it says 演示."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tongban.paper.sheet import Signer

DEMO = "演示 DEMO ONLY"
YEARS = 5


def make(where: Path, office: str, now: dt.datetime) -> Signer:
    """Keys and certificates in `where`, unless they are there already. Private keys are for their owner only.

    Several processes may come at once: each makes its own, and the first to put the folder in place has made them.
    """
    signer = Signer(where / "signing-key.pem", where / "signing-cert.pem", demo=True)
    if (where / "payload-key.pem").exists():
        return signer
    where.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{where.name}-", dir=where.parent))
    _fill(draft, office, now)
    try:
        draft.rename(where)
    except OSError:
        shutil.rmtree(draft)
        if not (where / "payload-key.pem").exists():
            _fill(where, office, now)
    return signer


def _fill(where: Path, office: str, now: dt.datetime) -> None:
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = _name(f"通办演示根证书 {DEMO}"), _name(f"{office} {DEMO}")
    root = (
        _builder(root_name, root_name, root_key.public_key(), now, YEARS * 2)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _builder(leaf_name, root_name, leaf_key.public_key(), now, YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    payload = ed25519.Ed25519PrivateKey.generate()
    _write(where / "payload-key.pem", _private(payload))
    _write(where / "signing-key.pem", _private(leaf_key))
    pem = serialization.Encoding.PEM
    (where / "root-cert.pem").write_bytes(root.public_bytes(pem))
    (where / "signing-cert.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMO),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Create with owner-only rights from the first byte."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
