"""An S3-compatible bucket as a place for contents: five requests, signed by hand (AWS Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

TRIES = 3
_MOST_XML = 4_000_000


class BucketError(OSError):
    """The bucket did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class Account:
    """s3://KEY:SECRET@HOST[:PORT]/BUCKET[?region=…&tls=0]; / + @ : inside KEY or SECRET are percent-encoded."""

    host: str
    bucket: str
    key: str
    secret: str
    region: str = "us-east-1"
    tls: bool = True


def account(url: str) -> Account:
    """The account that a URL describes; ValueError says what it lacks."""
    parts = urlsplit(url)
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.hostname or not parts.username or not parts.password or not bucket:
        raise ValueError("must be s3://KEY:SECRET@HOST/BUCKET, / + @ : in KEY and SECRET as %2F %2B %40 %3A")
    host = parts.hostname + (f":{parts.port}" if parts.port else "")
    return Account(host, bucket, unquote(parts.username), unquote(parts.password), options.get("region", "us-east-1"),
                   options.get("tls", "1") != "0")


def now() -> datetime:
    """The wall clock: the bucket checks the time of a request."""
    return datetime.now(UTC)


class Bucket:
    """One bucket, addressed by path, so any host will do."""

    def __init__(self, held: Account, clock: Callable[[], datetime] = now) -> None:
        self.account, self.clock = held, clock

    def put(self, key: str, content: bytes) -> None:
        status, body = self._ask("PUT", key, content=content)
        if status not in (200, 201, 204):
            raise BucketError(f"PUT {key}: {status} {body[:200]!r}")

    def get(self, key: str) -> bytes | None:
        status, body = self._ask("GET", key)
        if status == 404:
            return None
        if status != 200:
            raise BucketError(f"GET {key}: {status} {body[:200]!r}")
        return body

    def size(self, key: str) -> int | None:
        status, body = self._ask("HEAD", key)
        if status == 404:
            return None
        if status != 200:
            raise BucketError(f"HEAD {key}: {status}")
        return int(body)

    def delete(self, key: str) -> None:
        status, body = self._ask("DELETE", key)
        if status not in (200, 204, 404):
            raise BucketError(f"DELETE {key}: {status} {body[:200]!r}")

    def names(self, prefix: str) -> list[str]:
        """Names under `prefix/`, in order."""
        found: list[str] = []
        after = ""
        while True:
            query = {"list-type": "2", "prefix": f"{prefix}/"} | ({"continuation-token": after} if after else {})
            status, body = self._ask("GET", "", query)
            if status != 200 or len(body) > _MOST_XML:
                raise BucketError(f"list {prefix}: {status}")
            root = ElementTree.fromstring(body)  # noqa: S314 - the bucket's own answer, bounded
            found += [node.text or "" for node in root.iterfind("{*}Contents/{*}Key")]
            after = root.findtext("{*}NextContinuationToken") or ""
            if not after:
                return sorted(found)

    def _ask(self, method: str, key: str, query: Mapping[str, str] | None = None,
             content: bytes = b"") -> tuple[int, bytes]:
        """One request, again where the network or the bucket stumbled; every one of them may be repeated."""
        path = quote(f"/{self.account.bucket}/{key}" if key else f"/{self.account.bucket}")
        line = canonical_query(query or {})
        for attempt in range(TRIES):
            kind = http.client.HTTPSConnection if self.account.tls else http.client.HTTPConnection
            link = kind(self.account.host, timeout=30)
            try:
                link.request(method, f"{path}?{line}" if line else path, content or None,
                             self.headers(method, path, line, content))
                answer = link.getresponse()
                body = answer.read()
                if answer.status < 500 or attempt == TRIES - 1:
                    size = (answer.headers.get("Content-Length") or "0").encode()
                    return answer.status, size if method == "HEAD" else body
            except (OSError, http.client.HTTPException) as error:
                if attempt == TRIES - 1:
                    raise BucketError(f"{method} {key}: {error}") from error
            finally:
                link.close()
        raise AssertionError("unreachable")

    def headers(self, method: str, path: str, query: str, content: bytes) -> dict[str, str]:
        """The headers of a request with its signature."""
        at = self.clock().strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(content).hexdigest()
        signed = {"host": self.account.host, "x-amz-content-sha256": digest, "x-amz-date": at}
        names = ";".join(signed)
        canonical = "\n".join((method, path, query, *(f"{k}:{v}" for k, v in signed.items()), "", names, digest))
        scope = f"{at[:8]}/{self.account.region}/s3/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key = f"AWS4{self.account.secret}".encode()
        for part in (at[:8], self.account.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"{self.account.key}/{scope}"
        proof = f"AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}"
        return {"Host": self.account.host, "x-amz-content-sha256": digest, "x-amz-date": at, "Authorization": proof}


def canonical_query(query: Mapping[str, str]) -> str:
    """Parameters in the order and spelling that the signature asks for."""
    return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items()))
