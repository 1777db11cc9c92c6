"""What deploy/ holds names commands, files and settings that exist, and gives no more rights than the service needs."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from crawler.cli import app
from crawler.config import Config, Crawl, Log, Watch, load

DEPLOY = Path(__file__).parent.parent / "deploy"
ROOT = DEPLOY.parent
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
HUIXUN = "/opt/huixun/.venv/bin/huixun"


def unit(name: str) -> dict[str, str]:
    """The last value of every key of [Service]."""
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name, "utf-8")
    return dict(parser["Service"])


def assert_is_command(words: list[str]) -> None:
    """A command of ours, with options that it has."""
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    result = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0, words
    for option in (word for word in words if word.startswith("--")):
        assert option in result.output, words


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_exists(name: str) -> None:
    command = shlex.split(unit(name)["ExecStart"])
    assert command[0] == HUIXUN
    assert_is_command(command[1:])
    assert unit(name)["User"] == "huixun"
    assert re.search(r"^u huixun ", (DEPLOY / "huixun.sysusers").read_text(), re.M)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_gives_few_rights(name: str) -> None:
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "CapabilityBoundingSet": ""}
    assert wanted.items() <= unit(name).items()


@pytest.mark.parametrize("name", [*UNITS, "huixun-backup.timer"])
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_a_unit(name: str, tmp_path: Path) -> None:
    for path in DEPLOY.glob("huixun*.[st][ei][rm]*"):
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace(HUIXUN, shutil.which("true") or ""))
    checked = subprocess.run(["systemd-analyze", "verify", tmp_path / name], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    if name.endswith(".service"):
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", tmp_path / name]
        rated = subprocess.run(command, capture_output=True, text=True)
        assert rated.returncode == 0, rated.stdout.splitlines()[-1]


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions, lines joined."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def test_the_image_copies_what_is_there_and_lets_it_through() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [what.split()[:-1] for name, what in dockerfile() if name == "COPY" and not what.startswith("--from")]
    for path in (path for paths in copied for path in paths):
        assert (ROOT / path).exists(), path
        assert f"!{path}" in ignore, path
    assert {line[1:] for line in ignore if line.startswith("!")} == {path for paths in copied for path in paths}


def test_the_image_runs_as_nobody_special() -> None:
    instructions = dockerfile()
    last_stage = instructions[max(i for i, (name, _) in enumerate(instructions) if name == "FROM") :]
    assert sum(name == "FROM" for name, _ in instructions) == 2
    users = [what for name, what in last_stage if name == "USER"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1])
    entry = dict(last_stage)
    assert json.loads(entry["ENTRYPOINT"]) == ["huixun"]
    assert_is_command(json.loads(entry["CMD"]))
    assert_is_command(json.loads(entry["HEALTHCHECK"].partition("CMD ")[2])[1:])
    assert all(":" in what.split()[0] and "latest" not in what for name, what in instructions if name == "FROM")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def test_the_services_run_commands_that_exist(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"watch", "web", "db"}
    for name in ("watch", "web"):
        service = compose["services"][name]
        assert_is_command([word for word in service["command"] if not word[0].isdigit()])
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    for service in compose["services"].values():
        assert "no-new-privileges:true" in service["security_opt"]
        assert "privileged" not in service
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert all(volume.split(":")[0] in compose["volumes"] or volume[0] == "." for volume in service["volumes"])
        assert set(service["secrets"]) <= set(compose["secrets"])


def test_no_secret_stands_in_compose(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "STORE" in name:
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert all(list(secret) == ["file"] for secret in compose["secrets"].values())


def test_its_environment_is_understood(compose: dict[str, Any], tmp_path: Path) -> None:
    environ = dict(compose["services"]["watch"]["environment"])
    for name in ("store", "mail_password"):
        (tmp_path / name).write_text("postgresql://huixun:s3cret@db/huixun")
    environ = {name: str(value).replace("/run/secrets", str(tmp_path)) for name, value in environ.items()}
    config = load(None, environ | {"HUIXUN_CONFIG": str(DEPLOY / "huixun.toml.example")})
    assert config.store_url.startswith("postgresql://huixun:")
    assert config.smtp is not None
    assert config.smtp.password is not None
    assert config.smtp.password.file == tmp_path / "mail_password"


def test_seccomp_profile_is_well_formed(compose: dict[str, Any]) -> None:
    named = [one.partition("=")[2] for one in compose["services"]["watch"]["security_opt"] if "seccomp" in one]
    profile = json.loads((DEPLOY / named[0]).read_text("utf-8"))
    names = profile["syscalls"][0]["names"]
    assert names == sorted(set(names))
    assert {"clone", "unshare", "chroot"}.isdisjoint(names), "the browser's sandbox needs them"


def test_the_example_loads_and_names_every_setting(tmp_path: Path) -> None:
    text = (DEPLOY / "huixun.toml.example").read_text("utf-8")
    config = load(DEPLOY / "huixun.toml.example", {})
    assert config.operator is not None
    assert config.smtp is not None
    uncommented = re.sub(r"(?m)^# (?=\[?[a-z_]+\]? *(=|$|#|\]))", "", text)
    assert load(write(tmp_path, uncommented), {})
    for model in (Crawl, Watch, Log):
        for name in model.model_fields:
            assert re.search(rf"(?m)^(# )?{name} = ", text), name
    assert set(tomllib.loads(text)) <= {*Config.model_fields, "operator"}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "huixun.toml"
    path.write_text(text, "utf-8")
    return path
