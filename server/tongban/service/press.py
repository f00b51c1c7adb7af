"""The rendering processes and the issuer's keys of one server."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

from tongban.paper import authority, fonts, pool
from tongban.paper.sheet import PaperError, Printed, Sheet, Signer
from tongban.service.runtime import Runtime


class Press:
    """Started when the first document is wanted."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self._lock = threading.Lock()
        self._pool: pool.Pool | None = None

    def render(self, sheet: Sheet) -> Printed:
        return self._ready().render(sheet)

    def keys(self) -> tuple[Signer, Path]:
        """Signing key with certificate, and the key of offline payloads; demo mode makes its own, clearly marked."""
        config = self.rt.config
        if config.signing_key and config.signing_certificate and config.payload_key:
            return Signer(Path(config.signing_key), Path(config.signing_certificate)), Path(config.payload_key)
        if not config.demo:
            raise PaperError("paper.no_key", False)
        folder = config.data / "authority"
        return authority.make(folder, config.issuer or "通办", dt.datetime.now(dt.UTC)), folder / "payload-key.pem"

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def _ready(self) -> pool.Pool:
        with self._lock:
            if self._pool is None:
                config = self.rt.config
                where = Path(config.fonts) if config.fonts else fonts.folder()
                self._pool = pool.Pool(config.paper_processes, self.keys()[0], where)
            return self._pool
