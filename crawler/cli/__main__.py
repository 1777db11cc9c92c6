"""Lets `python -m crawler.cli` be the `huixun` command."""

from crawler.cli import app

app(prog_name="huixun")
