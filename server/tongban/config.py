"""Configuration from the environment: every setting once, with its meaning, checked all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """Every setting that is wrong, one a line."""


def _flag(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("must be 1 or 0")
    return known[value.lower()]


def _whole(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _port(value: str) -> int:
    port = _whole(value)
    if not 0 < port < 65536:
        raise ValueError("must be a port, 1 to 65535")
    return port


def _count(value: str) -> int:
    number = _whole(value)
    if number < 1:
        raise ValueError("must be 1 or more")
    return number


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _bucket(value: str) -> str:
    if value and not value.startswith("s3://"):
        raise ValueError("must be s3://KEY:SECRET@HOST/BUCKET")
    return value


def _address(value: str) -> str:
    if value and not value.rpartition(":")[2].isdecimal():
        raise ValueError("must be HOST:PORT")
    return value


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    read: Callable[[str], Any]
    meaning: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. `SETTINGS` says what each means; the environment names them TONGBAN_<NAME>."""

    data: Path = Path("var")
    database: str = ""                  # "" = SQLite in the data folder
    secret: str = ""
    base_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 2
    background: bool = True
    demo: bool = False
    demo_password: str = "tongban-demo"  # noqa: S105 - published on purpose, for demo mode only
    session_hours: int = 12
    proxies: int = 0
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = "tongban@localhost"
    smtp_tls: bool = False
    sms_url: str = ""
    outside: str = ""
    push_key: str = ""
    push_hosts: str = "fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com"
    log_level: str = "INFO"
    max_upload_mb: int = 20
    fonts: str = ""
    paper_processes: int = 1
    issuer: str = ""
    signing_key: str = ""
    signing_certificate: str = ""
    payload_key: str = ""
    blobs: str = ""                     # "" = a folder inside data
    antivirus: str = ""

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{self.data / 'tongban.db'}"

    @property
    def secure(self) -> bool:
        """Whether people reach the server over TLS, so cookies may demand it."""
        return self.base_url.startswith("https://")


SETTINGS = (
    Setting("data", Path, "folder of the embedded database, attachments and documents"),
    Setting("database", _database, "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; default: SQLite in data",
            True),
    Setting("secret", str, "at least 32 characters; signs cookies and tokens; demo mode makes one by itself", True),
    Setting("base_url", _url, "how people reach the server; https makes cookies secure; printed on documents"),
    Setting("host", str, "address to listen on"),
    Setting("port", _port, "port to listen on"),
    Setting("workers", _count, "processes that serve pages"),
    Setting("background", _flag, "1 = timers and outbox run inside the server; 0 = only `tongban worker` runs them"),
    Setting("demo", _flag, "1 = load the demo organisation and people; never on a real server"),
    Setting("demo_password", str, "password of the demo people", True),
    Setting("session_hours", _count, "hours until an unused sign-in ends"),
    Setting("proxies", int, "how many trusted proxies stand in front and set X-Forwarded-For"),
    Setting("smtp_host", str, "mail server; empty = no e-mail is sent, messages stay in the app"),
    Setting("smtp_port", _port, "port of the mail server"),
    Setting("smtp_user", str, "user at the mail server"),
    Setting("smtp_password", str, "password at the mail server", True),
    Setting("smtp_from", str, "sender of e-mail"),
    Setting("smtp_tls", _flag, "1 = STARTTLS before anything is sent"),
    Setting("sms_url", lambda value: _url(value) if value else "",
            "address of a text message gateway, POST {to, text, id}; empty = no texts, no sign-in by code", True),
    Setting("outside", str, "JSON file of outside systems that procedures call and people may choose as a channel"),
    Setting("push_key", str, "PEM file with the P-256 key of web push (VAPID); empty = no push; demo mode makes one"),
    Setting("push_hosts", str, "push services that may be called, separated by commas; their subdomains count"),
    Setting("log_level", str, "DEBUG, INFO, WARNING or ERROR"),
    Setting("max_upload_mb", _count, "largest attachment in megabytes"),
    Setting("fonts", str, "folder of the document fonts; default: the user's data folder (tongban fonts install)"),
    Setting("paper_processes", _count, "processes that render documents"),
    Setting("issuer", str, "name of the issuing authority on certificates' public keys"),
    Setting("signing_key", str, "PEM file with the P-256 key that signs documents; demo mode makes its own authority"),
    Setting("signing_certificate", str, "PEM file with its certificate, followed by its chain"),
    Setting("payload_key", str, "PEM file with the Ed25519 key of offline verification codes"),
    Setting("blobs", _bucket, "s3://KEY:SECRET@HOST/BUCKET[?region=…&tls=0] for contents, / + @ : in KEY and SECRET "
            "as %2F %2B %40 %3A; default: data folder", True),
    Setting("antivirus", _address, "HOST:PORT of clamd; every upload is scanned there; empty = no scanner"),
)


def read(environment: Mapping[str, str]) -> Config:
    """The configuration that an environment describes; ConfigError names everything that is wrong with it."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    known = {f"TONGBAN_{setting.name.upper()}": setting for setting in SETTINGS}
    for name, text in sorted(environment.items()):
        if not name.startswith("TONGBAN_"):
            continue
        setting = known.get(name)
        if setting is None:
            wrong.append(f"{name}: no such setting")
            continue
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    config = Config(**values)
    if not config.demo and len(config.secret) < 32:
        wrong.append("TONGBAN_SECRET: must be set, 32 characters or more (or TONGBAN_DEMO=1, for trying out)")
    if config.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        wrong.append("TONGBAN_LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return config


def describe(config: Config) -> list[tuple[str, str, str]]:
    """Name, value in force, meaning: for printing. Secrets stay hidden."""
    by_name = {field.name: getattr(config, field.name) for field in fields(config)}
    return [(f"TONGBAN_{s.name.upper()}", ("***" if by_name[s.name] else "") if s.secret else str(by_name[s.name]),
             s.meaning) for s in SETTINGS]
