"""A Django site on SQLite with the same durability as ours: WAL, synchronous=FULL, BEGIN IMMEDIATE. Session sign-in."""

from pathlib import Path

import django
from django.conf import settings

MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]


def configure(folder: Path) -> None:
    """Settings and tables; before anything of Django is imported."""
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
    settings.configure(
        SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="viewflow_peer.urls", MIDDLEWARE=MIDDLEWARE, USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "peer.db", "OPTIONS": {
            "init_command": pragmas, "transaction_mode": "IMMEDIATE"}, "CONN_MAX_AGE": None}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                        "django.contrib.messages", "viewflow", "viewflow.workflow", "viewflow_peer"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}])
    django.setup()
