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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[crawl]\ndellay = 3", "crawl.dellay: there is no such setting; did you mean delay?"),
        ("[crawll]\ndelay = 3", "crawll: there is no such setting; did you mean crawl?"),
        ("xyzzy = 3", "xyzzy: there is no such setting"),
        ('[smtp]\nhost = "h"\nsendr = "a@b.example"', "smtp.sendr: there is no such setting; did you mean sender?"),
        (
            '[[subscription]]\nname = "a"\nchannel = "webhook"\nto = "https://a.example/"\nfilter.regoins = ["45"]',
            "subscription.0.filter.regoins: there is no such setting; did you mean regions?",
        ),
        ("[smtp]\nport = 25", "smtp.host: is missing"),
        ('[log]\nkeep = "many"', "log.keep: "),
        (
            '[[subscription]]\nname = "desk"\nchannel = "email"\nto = "a@b.example"',
            "subscription desk: it sends e-mail, so a section [smtp] has to name the mail server",
        ),
        (
            '[operator]\nchannel = "email"\nto = "a@b.example"',
            "subscription operator: it sends e-mail, so a section [smtp] has to name the mail server",
        ),
    ],
)
def test_a_mistake_is_said_in_plain_words(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load(path, {})
    assert str(error.value).startswith(f"{path}: {said}")
    assert "Extra inputs" not in str(error.value)


def test_everything_may_stand_in_a_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://huixun:s3cret@db/huixun\n")
    (tmp_path / "password").write_text("s3cret\n")
    path = write(tmp_path, '[smtp]\nhost = "h"\nusername = "u"\npassword = { env = "OTHER" }\n')
    environ = {"HUIXUN_STORE_FILE": str(tmp_path / "url"), "HUIXUN_SMTP_PASSWORD_FILE": str(tmp_path / "password")}
    config = load(path, environ | {"HUIXUN_LOG_FILE": "a.log", "HUIXUN_SMTP_CA_FILE": "ca.pem"})
    assert config.store_url == "postgresql://huixun:s3cret@db/huixun"
    assert config.smtp is not None
    assert config.smtp.password is not None
    assert config.smtp.password.read() == "s3cret"
    assert (config.log.file, config.smtp.ca_file) == (Path("a.log"), Path("ca.pem"))
    assert load(path, environ | {"HUIXUN_STORE": "sqlite:////x"}).store_url == "sqlite:////x"
    with pytest.raises(ConfigError, match="cannot be read"):
        load(None, {"HUIXUN_STORE_FILE": str(tmp_path / "none")})


def test_a_secret_in_a_variable_is_read_when_it_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, '[smtp]\nhost = "h"\nusername = "u"\n')
    config = load(path, {"HUIXUN_SMTP_PASSWORD": "s3cret"})
    assert config.smtp is not None
    assert str(config.smtp.password) == "env:HUIXUN_SMTP_PASSWORD"
    assert "s3cret" not in repr(config)
