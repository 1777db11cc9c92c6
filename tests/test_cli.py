"""What commands share: the version, options that are checked, a torn file that is said; and a quiet demo."""

from __future__ import annotations

import json
import socket
import struct
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from crawler.cli import app
from crawler.demo.receivers import Receivers
from crawler.store.snapshots import SnapshotWriter
from tests.factories import page
from tests.quarantined import article


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIXUN_HOME", str(tmp_path / "home"))
    return tmp_path


def huixun(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_tells_its_version() -> None:
    code, said = huixun("--version")
    assert (code, said.split()[0]) == (0, "huixun")
    assert said.split()[1][0].isdigit()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reports", "list", "--since", "yesterday"], "--since yesterday: a day is expected, as YYYY-MM-DD"),
        (["reports", "export", "a.csv", "--until", "2024-02-30"], "--until 2024-02-30: a day is expected"),
        (["reports", "list", "--kind", "congress"], "--kind congress: there is no such kind; there are education_"),
        (["conferences", "list", "--level", "town"], "--level town: there is no such level; there are national"),
        (["reports", "search", "教育", "--region", "4x"], "--region 4x is no code"),
        (["conferences", "list", "--region", "1"], "--region 1 is no code"),
        (["sources", "list", "--region", "somewhere"], "--region somewhere is no code"),
        (["replay", "--outcome", "gone"], "--outcome gone: there is no such outcome"),
    ],
)
def test_what_cannot_be_is_one_plain_sentence(words: list[str], said: str) -> None:
    code, output = huixun(*words)
    assert code == 2
    assert output.startswith(f"huixun: {said}")
    assert output.count("\n") == 1


@pytest.mark.parametrize("words", [["--since", "2024-02-29"], ["--region", "广西"], ["--region", "45"]])
def test_what_can_be_is_taken(words: list[str]) -> None:
    assert huixun("reports", "list", *words) == (0, "nothing here\n")


def test_a_torn_warc_file_says_so_and_gives_what_it_holds(home: Path) -> None:
    writer = SnapshotWriter(home / "warc", "a")
    refs = [writer.write(page(f"http://a.cn/{number}", body=article().encode())) for number in range(3)]
    writer.close()
    path = home / "warc" / refs[0].file
    path.write_bytes(path.read_bytes()[: refs[2].offset + 40])
    code, said = huixun("import", str(path))
    rows = [json.loads(line) for line in said.splitlines()]
    assert code == 1
    assert [row["url"] for row in rows] == ["http://a.cn/0", "http://a.cn/1", None]
    assert "cut off or damaged behind record 3; what stands before was read" in rows[-1]["reason"]


def test_the_demos_receiver_is_not_upset_by_who_hangs_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Receivers(home / "log", "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") as receivers:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", receivers.hook_port)) as hung_up:
                hung_up.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
                hung_up.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc")
                time.sleep(0.05)
        answer = httpx.post(f"http://127.0.0.1:{receivers.hook_port}/", content=b"{}", trust_env=False)
        assert answer.status_code == 401
    assert "Traceback" not in capsys.readouterr().err
