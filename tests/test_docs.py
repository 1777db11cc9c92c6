"""The docs are true where a program can tell: links lead somewhere, settings and commands named in them exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crawler.catalog import Site
from crawler.cli import app
from crawler.config import Config

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_named_exist(page: Path) -> None:
    for words in re.findall(r"(?m)^huixun ([a-z]+(?: [a-z]+)?)|`huixun ([a-z]+(?: [a-z]+)?)", page.read_text("utf-8")):
        command = [word for word in (words[0] or words[1]).split() if word]
        result = CliRunner().invoke(app, [*command, "--help"])
        if result.exit_code:  # the second word may be an argument
            result = CliRunner().invoke(app, [command[0], "--help"])
        assert result.exit_code == 0, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_in_the_docs_is_read(page: Path) -> None:
    for block in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.S):
        data = tomllib.loads(block)
        for site in data.pop("site", []):
            Site.model_validate(site)
        if data:
            Config.model_validate(data)


def test_example_settings_are_read() -> None:
    Config.model_validate(tomllib.loads((ROOT / "deploy" / "huixun.toml.example").read_text("utf-8")))


def test_make_targets_named_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8")))
    for page in PAGES:
        named = set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", page.read_text("utf-8")))
        assert named <= targets, f"{page.name}: {named - targets}"
