"""Logs stay small: the service's own rotates while it is written, a crawl's before the next one begins."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import logs
from crawler.config import ConfigError, Log


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    for handler in before:
        logger.removeHandler(handler)  # basicConfig would close them
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    for handler in before:
        logger.addHandler(handler)
    logger.setLevel(level)


def test_the_service_writes_and_rotates_its_file(tmp_path: Path, root: logging.Logger) -> None:
    path = tmp_path / "logs" / "huixun.log"
    logs.set_up(Log(file=path, max_bytes=1000, keep=2))
    for number in range(100):
        logging.getLogger("huixun.test").info("line=%d", number)
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["huixun.log", "huixun.log.1", "huixun.log.2"]
    assert all(file.stat().st_size <= 1000 for file in path.parent.iterdir())
    assert "line=99" in path.read_text()


def test_without_a_file_it_is_standard_error(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(Log(level="WARNING"))
    logging.getLogger("huixun.test").warning("attention")
    logging.getLogger("huixun.test").info("nothing")
    said = capsys.readouterr()
    assert (said.out, "attention" in said.err, "nothing" in said.err) == ("", True, False)


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path, root: logging.Logger) -> None:
    with pytest.raises(ConfigError, match=r"set `log\.file`"):
        logs.set_up(Log(file=tmp_path))


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_a_crawls_log_makes_room(tmp_path: Path, keep: int) -> None:
    path, log = tmp_path / "crawl.log", Log(max_bytes=1000, keep=keep)
    logs.make_room(path, log)
    for number in range(6):
        path.write_text(str(number) * 999)
        logs.make_room(path, log)
        assert path.exists(), "not full yet"
        path.write_text(str(number) * 1000)
        logs.make_room(path, log)
        assert not path.exists()
    kept = [(tmp_path / f"crawl.log.{number}").read_text()[0] for number in range(1, keep + 1)]
    assert kept == ["5", "4", "3"][:keep]
    assert len(list(tmp_path.iterdir())) == keep
