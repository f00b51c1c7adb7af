"""Text messages, behind an interface: a gateway is reached by one POST of JSON."""

from __future__ import annotations

import json
from typing import Protocol
from urllib.request import Request, urlopen

from tongban.config import Config


class Texter(Protocol):
    """Sends one text to one mobile; raises where it could not."""

    def send(self, to: str, words: str, message_id: str) -> None:
        """Hand a text over. `message_id` is the same for a repeat, so a repeat can be recognised."""


class Gateway:
    """An HTTP address of the operator's own choice."""

    def __init__(self, config: Config) -> None:
        self._url = config.sms_url

    def send(self, to: str, words: str, message_id: str) -> None:
        """POST {"to", "text", "id"}; anything but 2xx raises."""
        body = json.dumps({"to": to, "text": words, "id": message_id}, ensure_ascii=False).encode()
        request = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310 - config allows http(s) only
        with urlopen(request, timeout=10):  # noqa: S310
            return
