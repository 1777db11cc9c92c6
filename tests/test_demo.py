"""The demo, killed with SIGKILL at random moments and started again, loses nothing and alerts nobody twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.browser import find_browser
from crawler.config import CHECKOUT


def demo(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "crawler.demo", "--home", str(home)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.browser
@pytest.mark.timeout(280)
def test_killed_and_started_again(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    choice = random.Random(seed)
    for _ in range(3):
        killed = demo(tmp_path)
        time.sleep(choice.uniform(2, 12))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    whole = demo(tmp_path)
    said, _ = whole.communicate(timeout=200)
    assert whole.returncode == 0, f"seed {seed}\n{said}"
    assert "All as expected: 10 conferences, every alert once" in said
    assert ("NO BROWSER" in said) == (find_browser() is None)


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = demo(tmp_path / "file" / "demo")
    said, _ = done.communicate(timeout=60)
    assert done.returncode == 2
    assert "demo: " in said
    assert "Traceback" not in said
