"""`huixun watch`: the service."""

from __future__ import annotations

from typing import Annotated

import typer

from crawler import logs
from crawler.cli.app import app, settings, stated
from crawler.schedule.daemon import Watch
from crawler.web.server import serve_in_thread


@app.command()
def watch(
    serve: Annotated[bool, typer.Option("--serve", help="Show the web page too.")] = False,
    host: Annotated[str, typer.Option(help="Where the web page listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """Watch all sites of the catalogue and send what is new, until SIGTERM or Ctrl-C."""
    config = settings()
    with stated():
        logs.set_up(config.log)
        watcher = Watch(config)
        page = serve_in_thread(config, host=host, port=port) if serve else None
        watcher.run()
        if page is not None:
            page.stop()
