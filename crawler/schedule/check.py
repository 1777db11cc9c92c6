"""Tries sources now, by the crawl's own code and rules, in a store that is thrown away; it fetches lists only."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crawler.config import Config
from crawler.health import Answer
from crawler.schedule.runner import die_with_parent, environment


class CheckError(Exception):
    """The sources could not be tried; the message says why in one sentence."""


def check(site_ids: Sequence[str], config: Config) -> dict[str, tuple[Answer, ...]]:
    """How the listings of these sites answer now; a site that did not come to its turn is left out. Raises CheckError.

    Takes at most `watch.deadline` seconds.
    """
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        report = home / "answers.json"
        env = environment(config) | {"HUIXUN_HOME": name, "HUIXUN_STORE": f"sqlite:///{home / 'huixun.db'}"}
        command = [sys.executable, "-m", "scrapy", "crawl", "sites", "-a", f"site={','.join(site_ids)}"]
        # After SIGTERM a crawl still writes what it knows.
        process = subprocess.Popen(  # noqa: S603 - an argument list, no shell; ids are of the catalogue
            [*command, "-a", f"report={report}"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        log = _wait(process, config.watch.deadline)
        if not report.exists():
            last = log.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise CheckError(last or "the crawl did not start")
        data = json.loads(report.read_text("utf-8"))
    return {site_id: tuple(Answer(**answer) for answer in answers) for site_id, answers in data.items()}


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    for wanted in (process.terminate, process.kill):
        try:
            return process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            wanted()
            seconds = 30
    return process.communicate()[1]
