"""The `huixun` command: every subcommand by the file that holds it."""

from crawler.cli import alerts, db, reading, reports, serving, sources, watching  # noqa: F401 - they add themselves to app
from crawler.cli.app import app

__all__ = ["app"]
