"""Where the service's own log goes: standard error, which systemd and Docker keep, or a file that is rotated."""

from __future__ import annotations

import logging
from contextlib import suppress
from itertools import pairwise
from logging.handlers import RotatingFileHandler
from pathlib import Path

from crawler.config import ConfigError, Log

_LINE = "%(asctime)s %(name)s %(levelname)s %(message)s"


def set_up(log: Log) -> None:
    """Send every log line of this process to its place. Raises ConfigError where the file cannot be written."""
    logging.basicConfig(level=log.level, format=_LINE, handlers=[_handler(log)], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every tick that a long crawl skips
    logging.getLogger("alembic").setLevel(logging.WARNING)


def make_room(path: Path, log: Log) -> None:
    """Rotate a log that a subprocess writes, before it is opened: crawl.log becomes crawl.log.1, and so on."""
    with suppress(OSError):  # a log that cannot be moved is written on
        if path.stat().st_size < log.max_bytes:
            return
        if not log.keep:
            path.unlink()
            return
        names = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, log.keep + 1))]
        for old, new in reversed(list(pairwise(names))):
            with suppress(FileNotFoundError):
                old.replace(new)


def _handler(log: Log) -> logging.Handler:
    if log.file is None:
        return logging.StreamHandler()
    try:
        log.file.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(log.file, maxBytes=log.max_bytes, backupCount=log.keep, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the log {log.file} cannot be written ({error.strerror}); set `log.file`") from None
