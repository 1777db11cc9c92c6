"""Snapshots: every page that was kept is found again, and any WARC file can be read."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.items import Entry, Page, SnapshotRef
from crawler.store import StoreError
from crawler.store.snapshots import SnapshotWriter, pages_of, read_snapshot
from tests import factories

FULL_PAGE = Page(
    url="https://jyj.yunxi.gov.cn/info/1.html?年=2024",
    body=b"\xd6\xd0\xb9\xfa\x00<p>\r\n\r\n" * 50,
    headers={"content-type": "text/html; charset=gbk", "etag": '"a"', "server": "中间件"},
    status=206,
    fetched_at=datetime(2024, 11, 4, 2, 0, 0, 250_000, tzinfo=UTC),
    requested_url="http://jyj.yunxi.gov.cn/1",
    rendered=True,
    site_id="yunxi-jyj",
    entry=Entry(
        url="http://jyj.yunxi.gov.cn/1", title="大会\n召开", listed_on="2024-11-02", listing_url="http://x.cn/"
    ),
)


def keep(folder: Path, *pages: Page, name: str = "20241104-run") -> list[SnapshotRef]:
    writer = SnapshotWriter(folder, name)
    refs = [writer.write(page) for page in pages]
    writer.close()
    return refs


def test_a_page_comes_back_as_it_was(tmp_path: Path) -> None:
    (ref,) = keep(tmp_path, FULL_PAGE)
    back = read_snapshot(tmp_path, ref)
    assert back == attrs.evolve(FULL_PAGE, headers=back.headers, snapshot=ref)
    assert back.headers["content-type"] == "text/html; charset=gbk"
    assert back.headers["etag"] == '"a"'
    assert ref.sha256 == hashlib.sha256(FULL_PAGE.body).hexdigest()
    assert list(pages_of(tmp_path / ref.file)) == [attrs.evolve(back, snapshot=None)]


def test_a_page_without_a_time_has_none_afterwards(tmp_path: Path) -> None:
    (ref,) = keep(tmp_path, factories.page(fetched_at=None))
    assert read_snapshot(tmp_path, ref).fetched_at is None


def test_each_page_is_a_gzip_member_of_its_own_and_the_file_is_sound(tmp_path: Path) -> None:
    pages = [factories.page(f"http://a.cn/{number}") for number in range(5)]
    refs = keep(tmp_path, *pages)
    path = tmp_path / refs[0].file
    data = path.read_bytes()
    for ref, page, end in zip(refs, pages, [*(ref.offset for ref in refs[1:]), len(data)], strict=True):
        assert page.body in gzip.decompress(data[ref.offset : end])
    assert [page.url for page in pages_of(path)] == [page.url for page in pages]
    checker = Checker(SimpleNamespace(inputs=[str(path)], verbose=False))
    checker.process_all()
    assert checker.exit_value == 0, "warcio's own check of all digests"
    with path.open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file)]
    assert kinds == ["warcinfo", *["response"] * 5]


def test_compressed_answers_are_kept_as_the_parser_saw_them(tmp_path: Path) -> None:
    page = factories.page(headers={"content-encoding": "gzip", "transfer-encoding": "chunked", "x-a": "b"})
    (ref,) = keep(tmp_path, page)
    back = read_snapshot(tmp_path, ref)
    assert back.body == page.body
    assert dict(back.headers) == {"x-a": "b", "content-length": str(len(page.body))}


@settings(max_examples=60, deadline=None)
@given(
    url=st.text(max_size=60),
    body=st.binary(max_size=300),
    name=st.text(max_size=12),
    value=st.text(alphabet=st.characters(codec=None), max_size=60),
)
def test_no_page_can_break_a_record(
    tmp_path_factory: pytest.TempPathFactory, url: str, body: bytes, name: str, value: str
) -> None:
    folder = tmp_path_factory.mktemp("snapshots")
    hostile = factories.page("http://a.cn/" + url, body=body, headers={name: value, "x-b": value})
    refs = keep(folder, hostile, factories.page())
    assert read_snapshot(folder, refs[0]).body == body
    assert read_snapshot(folder, refs[0]).url == hostile.url
    assert read_snapshot(folder, refs[1]).url == factories.page().url
    assert len(list(pages_of(folder / refs[0].file))) == 2


def test_file_names_are_the_programs_own(tmp_path: Path) -> None:
    for name in ("../x", "a/b", "", "云", "a b"):
        with pytest.raises(ValueError, match="no name"):
            SnapshotWriter(tmp_path, name)
    (ref,) = keep(tmp_path, factories.page("http://a.cn/../../../etc/passwd"))
    assert ref.file == "20241104-run-00000.warc.gz"
    with pytest.raises(StoreError, match="outside"):
        read_snapshot(tmp_path, attrs.evolve(ref, file="../" + ref.file))


def test_a_second_writer_of_one_name_takes_another_file(tmp_path: Path) -> None:
    first, second = keep(tmp_path, factories.page()), keep(tmp_path, factories.page())
    assert first[0].file != second[0].file
    assert not list(tmp_path.glob("*.tmp"))


def test_a_full_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.store.snapshots.FULL", 10)
    refs = keep(tmp_path, factories.page(), factories.page())
    assert len({ref.file for ref in refs}) == 2
    assert all(read_snapshot(tmp_path, ref).body for ref in refs)


_FOREVER = """
import sys
from pathlib import Path
from crawler.store.snapshots import SnapshotWriter
from tests import factories
writer = SnapshotWriter(Path(sys.argv[1]), "killed")
for number in range(10**6):
    ref = writer.write(factories.page(f"http://a.cn/{number}", body=b"x" * 5000 + str(number).encode()))
    print(ref.id, ref.file, ref.offset, ref.sha256, flush=True)
"""


def test_after_kill_9_every_page_that_was_reported_kept_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FOREVER, str(tmp_path)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(40)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    refs = [line.split() for line in lines if len(line.split()) == 4]
    assert len(refs) >= 40
    for number, (id_, file, offset, sha256) in enumerate(refs):
        ref = SnapshotRef(id=id_, file=file, offset=int(offset), sha256=sha256)
        assert read_snapshot(tmp_path, ref).url == f"http://a.cn/{number}"


def until_torn(path: Path) -> tuple[list[bytes], str]:
    """The bodies that could be read, and what is said of the rest."""
    bodies = []
    try:
        for page in pages_of(path):
            bodies.append(page.body)
    except StoreError as error:
        return bodies, str(error)
    return bodies, ""


def test_a_torn_end_hides_nothing_before_it(tmp_path: Path) -> None:
    pages = [factories.page(f"http://a.cn/{number}", body=os.urandom(3000)) for number in range(3)]
    refs = keep(tmp_path, *pages)
    path = tmp_path / refs[0].file
    whole = path.read_bytes()
    for cut in range(refs[2].offset + 1, len(whole), 97):
        path.write_bytes(whole[:cut])
        read, said = until_torn(path)
        assert read == [page.body for page in pages[: len(read)]]
        assert len(read) == 2 if "behind record 3" in said else (len(read), said) == (3, "")
        if len(read) == 3:
            continue  # nothing but the end of the member is missing
        with pytest.raises(StoreError, match="restore"):
            read_snapshot(tmp_path, refs[2])


def test_a_changed_body_is_noticed(tmp_path: Path) -> None:
    (ref,) = keep(tmp_path, factories.page())
    with pytest.raises(StoreError, match="not what was kept"):
        read_snapshot(tmp_path, attrs.evolve(ref, sha256="0" * 64))
    with pytest.raises(StoreError, match="cannot be read"):
        read_snapshot(tmp_path, attrs.evolve(ref, file="gone.warc.gz"))


def test_a_full_disk_is_one_plain_sentence_and_the_next_page_has_a_new_file(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path / "folder", "a")
    writer.write(factories.page())

    class FullDisk(BytesIO):
        name = "x"

        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    writer._file = FullDisk()
    with pytest.raises(StoreError, match="No space left"):
        writer.write(factories.page())
    assert writer.write(factories.page()).file == "a-00001.warc.gz"
    writer.close()


def foreign(path: Path, *, encoding: str | None, compressed: bool) -> None:
    """A file as another crawler writes it: requests, compressed bodies, DNS and resource records."""
    body = "<p>外来</p>".encode()
    headers = [("Content-Type", "text/html"), *([("Content-Encoding", encoding)] if encoding else [])]
    payload = gzip.compress(body) if encoding == "gzip" else body
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed)
        for url, kind, http in (
            ("http://f.cn/1", "response", StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")),
            ("http://f.cn/1", "request", StatusAndHeaders("GET / HTTP/1.1", [("Host", "f.cn")], is_http_request=True)),
            ("dns:f.cn", "resource", None),
            ("http://f.cn/2", "resource", None),
        ):
            data = payload if kind == "response" else b"" if kind == "request" else body
            writer.write_record(
                writer.create_warc_record(
                    url,
                    kind,
                    payload=BytesIO(data),
                    length=len(data),
                    http_headers=http,
                    warc_content_type="text/html" if kind == "resource" else "",
                    warc_headers_dict={"WARC-Date": "2020-01-02T03:04:05Z", "WARC-JSON-Metadata": '["not ours"]'},
                )
            )


@pytest.mark.parametrize("encoding", [None, "gzip"])
@pytest.mark.parametrize("compressed", [True, False])
def test_files_of_other_crawlers_are_read(tmp_path: Path, encoding: str | None, compressed: bool) -> None:
    path = tmp_path / "foreign.warc"
    foreign(path, encoding=encoding, compressed=compressed)
    pages = list(pages_of(path))
    assert [(page.url, page.body.decode(), page.status) for page in pages] == [
        ("http://f.cn/1", "<p>外来</p>", 200),
        ("http://f.cn/2", "<p>外来</p>", 200),
    ]
    assert pages[0].headers["content-type"] == pages[1].headers["content-type"] == "text/html"
    assert pages[0].fetched_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("content", [b"no archive", b"\x1f\x8b\x08 broken", b"<html></html>" * 999])
def test_a_file_that_is_no_warc_is_named_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"x\.warc\.gz cannot be read"):
        list(pages_of(path))


def test_an_empty_file_holds_no_page(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"")
    assert list(pages_of(path)) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.warc"):
        list(pages_of(tmp_path / "gone.warc"))
