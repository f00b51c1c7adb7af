"""A Django site with the same durability as ours, session sign-in.

On SQLite: WAL, synchronous=FULL, BEGIN IMMEDIATE. On PostgreSQL: as it comes, one lasting connection.
"""

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from sqlalchemy.engine import make_url

MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]


def database(folder: Path, url: str | None) -> dict[str, Any]:
    """Django's words for a database."""
    if url:
        said = make_url(url)
        return {"ENGINE": "django.db.backends.postgresql", "NAME": said.database, "USER": said.username,
                "HOST": said.query.get("host") or said.host, "CONN_MAX_AGE": None}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "peer.db", "CONN_MAX_AGE": None, "OPTIONS": {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", "transaction_mode": "IMMEDIATE"}}


def configure(folder: Path, url: str | None) -> None:
    """Settings; before anything of Django is imported."""
    settings.configure(
        SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="viewflow_peer.urls", MIDDLEWARE=MIDDLEWARE, USE_TZ=True,
        DATABASES={"default": database(folder, url)},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                        "django.contrib.messages", "viewflow", "viewflow.workflow", "viewflow_peer"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}])
    django.setup()
