"""Settings come from the environment, then the file; what is wrong in them is said in one sentence."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config, ConfigError, Secret, load, now


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "huixun.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'home = "a"\n[crawl]\ndelay = 9\ntimeout = 7\n')
    config = load(None, {"HUIXUN_CONFIG": str(path), "HUIXUN_HOME": "b", "HUIXUN_CRAWL_DELAY": "1.5"})
    assert (config.home, config.crawl.delay, config.crawl.timeout) == (Path("b"), 1.5, 7)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load(None, {"HUIXUN_HOME": "", "HUIXUN_STORE": ""}).store_url.endswith("var/huixun.db")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("home = [", "cannot be read"),
        ("nonsense = 1", "nonsense"),
        ("[crawl]\ndelay = -1", "crawl.delay"),
        ("[crawl]\ndelay = 'soon'", "crawl.delay"),
        ('[[subscription]]\nname = "a"\nchannel = "pigeon"\nto = ["x@y.invalid"]', "subscription.0.channel"),
        ('[[subscription]]\nname = "a"\nchannel = "email"\nto = []', "subscription.0.to"),
        ('[smtp]\nhost = "h"\npassword = "in the file"', "smtp.password"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named.replace(".", r"\.")):
        load(write(tmp_path, text), {})


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no settings file"):
        load(tmp_path / "none.toml", {})


def test_a_secret_is_read_where_it_is_kept_and_never_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIXUN_TEST_SECRET", "s3cret")
    assert Secret(env="HUIXUN_TEST_SECRET").read() == "s3cret"
    (tmp_path / "secret").write_text("filed\n")
    assert Secret(file=tmp_path / "secret").read() == "filed"
    with pytest.raises(ConfigError, match="HUIXUN_NOT_SET"):
        Secret(env="HUIXUN_NOT_SET").read()
    assert "s3cret" not in repr(Secret(env="HUIXUN_TEST_SECRET"))


def test_the_clock_file_runs_on_since_it_was_set(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2024-02-05T08:00:00+08:00")
    an_hour_ago = clock.stat().st_mtime - 3600
    os.utime(clock, (an_hour_ago, an_hour_ago))
    told = now(Config(clock=clock)) - datetime.fromisoformat("2024-02-05T09:00:00+08:00")
    assert timedelta(0) <= told < timedelta(seconds=30)
    assert now(Config()).tzinfo is not None


@pytest.mark.parametrize("text", ["floor = 7200", "ceiling = 600", "floor = 0", "requests_per_host_per_day = 0"])
def test_a_rhythm_out_of_order_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="watch"):
        load(write(tmp_path, f"[watch]\nevery = 3600\n{text}\n"), {})
