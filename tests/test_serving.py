"""The web page on a real port: beside other work, and as the command `huixun serve`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from crawler.cli import app
from crawler.config import Config, ConfigError
from crawler.store import StoreError
from crawler.web.server import serve_in_thread


def test_serves_beside_other_work_until_it_is_stopped(tmp_path: Path) -> None:
    serving = serve_in_thread(Config(home=tmp_path, sites=tmp_path), port=0)
    try:
        answer = httpx.get(f"{serving.url}healthz")
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
        assert "server" not in answer.headers
        head = httpx.head(serving.url)
        assert (head.status_code, head.content) == (200, b"")
    finally:
        serving.stop()
        serving.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(serving.url)


def test_a_port_that_is_taken_is_one_plain_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1 port {port} cannot be listened on .*--port"):
            serve_in_thread(Config(home=tmp_path), port=port)
        result = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert result.exit_code == 2
    assert result.output.startswith("huixun: 127.0.0.1 port")


def test_a_store_that_cannot_be_opened_frees_the_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = Config(home=tmp_path, store=f"sqlite:///{tmp_path}")
    with pytest.raises(StoreError):
        serve_in_thread(config, port=port)
    socket.create_server(("127.0.0.1", port)).close()


def test_the_command_serves_until_sigterm(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUIXUN_")}
    env |= {"HUIXUN_HOME": str(tmp_path), "HUIXUN_SITES": str(tmp_path)}
    command = [sys.executable, "-m", "crawler.cli", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert httpx.get(url, timeout=30).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
