"""The `huixun` command: every subcommand by the file that holds it."""

from crawler.cli import (  # noqa: F401 - they add themselves to app
    adding,
    alerts,
    checking,
    db,
    quarantine,
    reading,
    replaying,
    reports,
    serving,
    sources,
    watching,
)
from crawler.cli.app import app

__all__ = ["app"]
