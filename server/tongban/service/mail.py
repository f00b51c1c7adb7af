"""E-mail, behind the interface that other channels (SMS, WeCom, webhooks) can join."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Protocol

from tongban.config import Config


class Mailer(Protocol):
    """Sends one message to one person; raises where it could not."""

    def send(self, to: str, subject: str, body: str, message_id: str) -> None:
        """Hand a message over. `message_id` is the same for a repeat, so a repeat can be recognised."""


class Smtp:
    """A mail server."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def send(self, to: str, subject: str, body: str, message_id: str) -> None:
        """Connect, send, part: a worker sends too seldom to keep a connection."""
        config, mail = self._config, EmailMessage()
        mail["From"], mail["To"] = config.smtp_from, to
        mail["Subject"] = " ".join(subject.split())[:200]
        mail["Message-ID"] = f"<{message_id}@{config.smtp_from.rpartition('@')[2]}>"
        mail.set_content(body)
        with smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=20) as server:
            if config.smtp_tls:
                server.starttls()
            if config.smtp_user:
                server.login(config.smtp_user, config.smtp_password)
            server.send_message(mail)
