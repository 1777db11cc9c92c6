"""The house keeps its shape: every file opens with its sentence, the data flow fits together, files stay small."""

from __future__ import annotations

import ast
import importlib
import typing
from pathlib import Path

import pytest

from crawler import items, settings
from crawler.items import Page, Rejected, Report

ROOT = Path(__file__).parent.parent
CODE = sorted(path for folder in ("crawler", "spiders", "pipelines") for path in (ROOT / folder).rglob("*.py"))


def test_every_stage_accepts_what_the_one_before_returns() -> None:
    before: object = Page
    for path in sorted(settings.ITEM_PIPELINES, key=settings.ITEM_PIPELINES.__getitem__):
        module, _, name = path.rpartition(".")
        hints = typing.get_type_hints(getattr(importlib.import_module(module), name).process_item)
        accepted = typing.get_args(hints["item"]) or (hints["item"],)
        assert before in accepted, path
        before = hints["return"]
    assert before is Report


def test_values_are_frozen() -> None:
    for value in (items.Page, items.Document, items.Article, items.Report, items.Conference, items.Fix, Rejected):
        assert value.__setattr__ is not object.__setattr__


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_opens_with_its_sentence_and_stays_small(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    if text.strip():
        assert (ast.get_docstring(tree) or "").split("\n")[0].rstrip().endswith((".", ":", ",")) or ast.get_docstring(
            tree
        )
    assert text.count("\n") <= 300
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{path.name}: {node.name} is too long"
