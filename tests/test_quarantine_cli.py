"""`huixun quarantine` as people use it: what is listed, shown, let through, confirmed and forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from crawler.cli import app
from tests.quarantined import article, file_at, planted, run_in

HOST = "http://jyj.yunxi.gov.cn"
FOOTER = "主办：云溪市教育局 网站标识码：4502000051 桂ICP备05000001号"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one page off topic (1), one of planted text (2) and one mirror (3)."""
    url = f"sqlite:///{tmp_path / 'huixun.db'}"
    with run_in(tmp_path, url) as run:
        file_at(run, f"{HOST}/1.html", article(title="关于召开2024年全市教育大会的通知"))
        file_at(run, f"{HOST}/2.html", planted())
        file_at(run, "http://www.copies.com/3.html", article(footer=FOOTER))
    for name, value in (("HOME", tmp_path), ("STORE", url), ("SITES", tmp_path / "sites")):
        monkeypatch.setenv(f"HUIXUN_{name}", str(value))
    return tmp_path


def huixun(*args: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *args])


def rows(*args: str) -> list[dict[str, object]]:
    done = huixun(*args, "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_everything_refused_is_listed_with_what_is_known(home: Path) -> None:
    listed = rows("list")
    assert [(row["id"], row["outcome"], row["url"]) for row in listed] == [
        (3, "mirror", None),
        (2, "spam", f"{HOST}/2.html"),
        (1, "off_topic", f"{HOST}/1.html"),
    ]
    assert all(row["reason"] and row["snapshot"] for row in listed)
    assert listed[1]["stage"] == "despam"
    assert listed[1]["evidence"]
    assert [row["id"] for row in rows("list", "--outcome", "spam")] == [2]
    assert rows("list", "--site", "hexi") == []
    assert huixun("list", "--outcome", "new").exit_code == 2


def test_what_was_seen_is_told_stage_by_stage(home: Path) -> None:
    told = huixun("show", "2").stdout
    assert "despam" in told
    assert "stopped here: spam" in told
    copy = huixun("show", "3")
    assert "verdict mirror" in copy.stdout
    assert "copies.com" not in copy.stdout + huixun("show", "3", "--json").stdout
    assert huixun("show", "9").exit_code == 1


def test_a_choice_is_made_listed_and_forgotten(home: Path) -> None:
    released = huixun("release", "1")
    assert released.exit_code == 0, released.output
    assert "filed as report 2 of conference 1 (new)" in released.stdout
    assert huixun("confirm", "2").exit_code == 0
    assert huixun("release", "3").exit_code == 0
    assert rows("list") == []
    assert [row["choice_id"] for row in rows("list", "--all")] == [3, 2, 1]
    made = rows("choices")
    assert [(row["choice"], row["outcome"]) for row in made] == [
        ("release", "mirror"),
        ("confirm", "spam"),
        ("release", "off_topic"),
    ]
    assert made[0]["place"] == "a host outside of the catalogue"
    assert huixun("forget", "2").exit_code == 0
    assert [row["id"] for row in rows("list")] == [2]
    assert huixun("forget", "2").exit_code == 1


def test_what_cannot_be_let_through_says_why(home: Path) -> None:
    done = huixun("release", "2")
    assert done.exit_code == 1
    assert "2 cannot be let through: " in done.stderr
    assert rows("choices") == []
