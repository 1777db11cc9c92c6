"""What Huixun keeps: tables and queries by topic on SQLAlchemy Core, the same on SQLite and PostgreSQL.

Each topic is a module of functions that take a connection first: ``with store.begin() as connection: …``.
"""

from crawler.store.engine import Store, lock
from crawler.store.errors import StoreError
from crawler.store.schema import newest, open_store, revision, upgrade

__all__ = ["Store", "StoreError", "lock", "newest", "open_store", "revision", "upgrade"]
