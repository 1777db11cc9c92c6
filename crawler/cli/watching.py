"""`huixun watch`: the service."""

from __future__ import annotations

import logging

from crawler.cli.app import app, settings, stated
from crawler.schedule.daemon import Watch


@app.command()
def watch() -> None:
    """Watch all sites of the catalogue and send what is new, until SIGTERM or Ctrl-C."""
    config = settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every tick that a long crawl skips
    with stated():
        Watch(config).run()
