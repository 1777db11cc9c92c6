"""Brings a store's tables to the revision that this program knows, by Alembic, and says which revision one has."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from crawler.store.engine import Store, connect, explained, lock, parse_url, prepare_file
from crawler.store.errors import StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_store(url: str, *, upgrade: bool = True) -> Store:
    """Open the store at an SQLAlchemy URL, made and brought up to date first unless ``upgrade`` is False.

    Raises StoreError: cannot be opened, is no database, was written by a newer Huixun, or is not up to date.
    """
    parsed = parse_url(url)
    if upgrade:
        _make_file(parsed)
    else:
        _must_exist(parsed)
    store = Store(connect(parsed))
    try:
        _bring_up(store, upgrade=upgrade)
    except DBAPIError as error:
        store.close()
        raise explained(error, parsed) from None
    except BaseException:
        store.close()
        raise
    return store


def upgrade(url: str) -> str:
    """Bring the store up to date, made first where there is none. Gives its revision. Raises StoreError."""
    open_store(url).close()
    return newest()


def revision(url: str) -> str | None:
    """The revision of the store's tables, None where there is none yet. Changes nothing. Raises StoreError."""
    parsed = parse_url(url)
    if parsed.drivername.startswith("sqlite") and not Path(str(parsed.database)).exists():
        return None
    store = Store(connect(parsed))
    try:
        with store.read() as connection:
            return _current(connection)
    except DBAPIError as error:
        raise explained(error, parsed) from None
    finally:
        store.close()


def newest() -> str:
    """The revision that this program's tables have: the files are named by theirs, v0001_….py, one after the other."""
    return max(_known())


def _make_file(url: URL) -> None:
    if url.drivername.startswith("sqlite"):
        prepare_file(url)


def _must_exist(url: URL) -> None:
    if url.drivername.startswith("sqlite") and not Path(str(url.database)).is_file():
        raise StoreError(f"there is no store {url.database}; make one with `huixun db upgrade`")


def _bring_up(store: Store, *, upgrade: bool) -> None:
    with store.read() as connection:
        found = _current(connection)
    if found == newest():
        return
    if found is not None and found not in _known():
        raise StoreError("the store was written by a newer Huixun; install that version, or name another store")
    if not upgrade:
        raise StoreError("the store's tables are of an older Huixun; run `huixun db upgrade`")
    with store.begin() as connection:
        lock(connection, "upgrade")  # two programs may start on one new store
        if found is None and _current(connection) is None and inspect(connection).get_table_names():
            raise StoreError("the database holds other tables and no Huixun store; name an empty database")
        migrate(connection)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision in the caller's transaction. Raises StoreError for one that is not known."""
    if revision != "head" and revision not in _known():
        raise StoreError("it is of a newer Huixun; install that version")
    # Here, since Alembic takes 20 MB and a tenth of a second, and hardly any crawl finds tables to change.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _current(connection: Connection) -> str | None:
    """What Alembic wrote down; its table has one row."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _known() -> set[str]:
    return {path.name[1:5] for path in (_MIGRATIONS / "versions").glob("v[0-9]*.py")}
