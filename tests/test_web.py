"""The web page on a real store: what it shows and refuses, and that hostile texts and mirrors' addresses stay out."""

from __future__ import annotations

import asyncio
import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import attrs
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from sqlalchemy import Connection

from crawler import items
from crawler.config import Config
from crawler.filing.difference import difference
from crawler.health import STATES, TROUBLED
from crawler.items import Attachment, ExchangeUnit, Fix, Outcome, Person, SpamBlock
from crawler.store import Store, StoreError, conferences, outbox, outcomes, relations, reports, runs, sources
from crawler.store.relations import KINDS
from crawler.web.app import HEADERS, create_app
from crawler.web.asked import Refused
from crawler.web.render import words
from crawler.web.shown import revealed, shown
from tests.factories import NOW, conference, learned, report

MIRROR = "mirror.example.invalid"
HOSTILE = "<script>alert(1)</script>\u202egnp.\u200b\"'><img src=x onerror=alert(2)>{{ 7*7 }}\ufffe\x0b&amp;"
PAGES = ("/", "/conferences", "/conferences/1", "/reports/1", "/reports/2", "/sources", "/quarantine")
PROGRAMS = ("/api/conferences", "/api/conferences/1", "/api/reports", "/api/reports/1", "/api/reports/2", "/api/status")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITE = """
[[site]]
id = "yunxi-jyj"
name = "云溪市教育局"
region = "450200"
level = "city"
kind = "education"
homepage = "http://jyj.yunxi.gov.cn/"
"""


@attrs.frozen
class Client:
    """Asks the application without a network between."""

    app: FastAPI

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Client:
    return serving(store, tmp_path)


def serving(store: Store, folder: Path) -> Client:
    (folder / "sites").mkdir()
    (folder / "sites" / "45.toml").write_text(SITE, "utf-8")
    return Client(create_app(store, Config(home=folder, sites=folder / "sites")))


def add_conference(conn: Connection, number: int = 0, **facts: object) -> int:
    record = conference(**facts)
    key = conferences.create(conn, record, published_on="2024-11-02", now=NOW)
    told = report(f"http://jyj.yunxi.gov.cn/{number}.html", record=record, text=f"第{number}场会议的报道。")
    reports.insert_report(conn, told, outcome=Outcome.NEW, conference_id=key, baseline=False, now=NOW)
    return key


def fill(store: Store, words: str = "寻常的话") -> None:
    """One conference, its report, a revision of it and a mirror, a refused page: everything says `words`."""
    people = (Person(name=words, titles=(words, "市长"), roles=("speech", "chair")),)
    record = conference(
        name=words,
        region_name=words,
        venue=words,
        host_organ=words,
        people=people,
        exchange_units=(ExchangeUnit(name=f"{words}临水县", mode="written"),),
        documents_cited=(words,),
        conveyed=(words,),
        agreements=(words,),
    )
    with store.begin() as conn:
        runs.start(conn, run_id="r1", kind="crawl", now=NOW)
        runs.finish(conn, run_id="r1", reason=words, counts={}, now=NOW)
        key = conferences.create(conn, record, published_on="2024-11-02", now=NOW)
        told = dressed(report(title=words, text=f"第一段。\n{words}", source=words, record=record), words)
        first = reports.insert_report(conn, told, outcome=Outcome.NEW, conference_id=key, baseline=False, now=NOW)
        copy = dressed(report(f"http://{MIRROR}/x.html", record=record, verdict="mirror", site_id=None), words)
        copy = attrs.evolve(copy, provenance=attrs.evolve(copy.provenance, original_url="javascript:alert(3)"))
        second = reports.insert_report(conn, copy, outcome=Outcome.MIRROR, conference_id=key, baseline=False, now=NOW)
        relations.add(conn, from_id=second, to_id=first, kind="reprint_of", score=0.98, now=NOW)
        old = reports.get(conn, first)
        assert old is not None
        said = difference(old.text, old.text + f"\n新加的一句{words}。")
        reports.revise(conn, old, told, difference=said, now=NOW)
        for url in (f"http://{MIRROR}/y.html", "http://jyj.yunxi.gov.cn/?q=" + words):
            outcomes.record(
                conn,
                run_id="r1",
                url=url,
                site_id="yunxi-jyj",
                outcome=Outcome.SPAM,
                reason=words,
                evidence=(words,),
                now=NOW,
            )
        outbox.put(conn, key="k", subscription="all", recipient="reader@example.org", payload={"x": words}, now=NOW)
        sources.finish_look(conn, site_id="yunxi-jyj", now=NOW, next_due_at=NOW, failure=words)


def dressed(told: items.Report, words: str) -> items.Report:
    """The report with fixes, a cut block, attachments and names that say `words`."""
    document = attrs.evolve(
        told.article.document,
        fixes=(Fix(stage="repair", kind="shift", before=words, after=words, count=3, confidence=0.9),),
        spam_blocks=(SpamBlock(text=words, where="hidden", marks=("lexicon",), score=0.9),),
    )
    files = (
        Attachment(url="javascript:alert(4)", name=words),
        Attachment(
            url=f"http://{MIRROR if told.provenance.verdict == 'mirror' else 'jyj.yunxi.gov.cn'}/a.pdf", name=""
        ),
    )
    facts = {"author": words, "publisher": words, "label": words, "original_title": words}
    return attrs.evolve(told, article=attrs.evolve(told.article, document=document, attachments=files, **facts))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_answers_and_is_guarded(client: Client, store: Store, language: str) -> None:
    empty = [path for path in PAGES if not path[-1].isdigit()]
    for path in (*empty, "/feed.atom"):
        assert client.get(path, params={"lang": language}).status_code == 200, path
    fill(store)
    for path in (*PAGES, *PROGRAMS, "/feed.atom", "/healthz", "/style.css", "/nowhere", "/?lang=xx"):
        answer = client.get(path, params={"lang": language} if "?" not in path else None)
        assert answer.status_code == {"/nowhere": 404, "/?lang=xx": 422}.get(path, 200), path
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    page = html.fromstring(client.get("/", params={"lang": language}).content)
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[language]


def test_policy_lets_nothing_run() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_head_is_answered_and_nothing_can_be_written(client: Client) -> None:
    for path in ("/", "/healthz", "/feed.atom"):
        assert client.request("HEAD", path).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/conferences").status_code == 405


def test_hostile_text_is_only_ever_text(client: Client, store: Store) -> None:
    fill(store, HOSTILE)
    for path in (*PAGES, *(f"{page}?lang=en" for page in PAGES), "/conferences?words=%3Cscript%3E%22&until=2000-01-01"):
        body = client.get(path).text
        assert not [char for char in body if unicodedata.category(char) in ("Cf", "Cs") or char in "\x0b\ufffe"], path
        page = html.fromstring(body)
        assert not page.xpath("//script | //img | //iframe | //object | //style | //base | //*[@style or @srcdoc]"), (
            path
        )
        assert not page.xpath("//@*[starts-with(name(), 'on')]"), path
        for link in page.xpath("//a"):
            address = link.get("href")
            if address.startswith(("/", "?", "#")):
                assert not address.startswith("//")
            else:
                assert address.startswith(("http://", "https://")), address
                assert link.get("rel") == "noopener noreferrer nofollow"
    said = html.fromstring(client.get("/reports/1").content).xpath("string(//article)")
    assert "<script>alert(1)</script>gnp." in said
    assert "{{ 7*7 }}" in said


def test_invisible_evidence_is_written_out(client: Client, store: Store) -> None:
    fill(store, "涔\u200b\ue000")
    assert "涔⟨U+200B⟩⟨U+E000⟩" in client.get("/reports/1").text


def test_the_address_of_a_mirror_and_of_a_reader_is_nowhere(client: Client, store: Store) -> None:
    fill(store)
    for path in (*PAGES, *PROGRAMS, "/api/reports?verdict=mirror", "/feed.atom"):
        body = client.get(path).text
        assert MIRROR not in body, path
        assert "javascript:" not in body, path
        assert "reader@example.org" not in body, path
    assert [row["url"] for row in client.get("/api/reports?verdict=mirror").json()["items"]] == [None]
    assert "jyj.yunxi.gov.cn/?q=" in client.get("/quarantine").text, "a catalogue site's own address is shown"


def test_a_conference_is_shown_whole(client: Client, store: Store) -> None:
    fill(store)
    page = html.fromstring(client.get("/conferences/1").content)
    text = page.text_content()
    for said in (
        "2024-10-31",
        "文中写明",
        "教育大会",
        "市级",
        "讲话",
        "主持",
        "寻常的话临水县",
        "书面",
        "另有 1 个镜像副本",
    ):
        assert said in text, said
    assert page.xpath("//ol/li//a/@href") == ["/reports/1"], "the mirror is counted, not listed"
    assert [head.get("scope") for head in page.xpath("//thead//th")] == ["col"] * 3


def test_a_report_is_shown_with_what_was_done_to_it(client: Client, store: Store) -> None:
    fill(store)
    page = html.fromstring(client.get("/reports/1").content)
    assert [line.text for line in page.xpath("//article/p")] == ["第一段。", "寻常的话"]
    assert page.xpath("//a[@target]/@href") == ["http://jyj.yunxi.gov.cn/1.html", "http://jyj.yunxi.gov.cn/a.pdf"]
    cells = [cell.text_content() for cell in page.xpath("//tbody/tr/*")]
    assert cells == ["repair", "shift", "寻常的话", "寻常的话", "3", "90%"]
    assert page.xpath("string(//summary)").startswith("hidden · 4 · lexicon")
    assert page.xpath("//ins/text()") == ["+ 新加的一句寻常的话。"]
    assert "被转载为" in page.text_content()
    mirror = html.fromstring(client.get("/reports/2").content)
    assert not mirror.xpath("//a[@target]")
    assert "镜像页，地址不予显示" in mirror.text_content()


FILTERS = [
    ("region=45", {1, 2}),
    ("region=4502", {1}),
    ("region=广西", {1, 2}),
    ("region=柳州市", {1}),
    ("kind=education_work", {2}),
    ("level=province", {2}),
    ("since=2024-10-01", {1, 3}),
    ("until=2024-09-30", {2}),
    ("since=2024-10-01&until=2024-10-31&region=45", {1}),
    ("words=第2场", {3}),
    ("words=教育大會 第0場", {1}),
    ("words=100%25", set()),
    ("words=%00", set()),
    ("region=&kind=&since=&words=&page=&unknown=x", {1, 2, 3}),
]


@pytest.mark.parametrize(("asked", "numbers"), FILTERS)
def test_conferences_are_filtered_alike_on_page_api_and_feed(
    client: Client, store: Store, asked: str, numbers: set[int]
) -> None:
    with store.begin() as conn:
        add_conference(conn, 0, region_code="450200", held_on="2024-10-31")
        add_conference(conn, 1, region_code="450000", held_on="2024-09-02", kind="education_work", level="province")
        add_conference(conn, 2, region_code="110000", held_on="2024-11-01")
    links = html.fromstring(client.get(f"/conferences?{asked}").content).xpath("//ol//h3/a/@href")
    assert {int(link.rpartition("/")[2]) for link in links} == numbers
    listed = client.get(f"/api/conferences?{asked}").json()
    assert {row["id"] for row in listed["items"]} == numbers
    assert listed["total"] == len(numbers)
    feed = etree.fromstring(client.get(f"/feed.atom?{asked}").content)
    links = feed.xpath("a:entry/a:link/@href", namespaces=ATOM)
    assert {int(link.rpartition("/")[2]) for link in links} == numbers


def test_pages_follow_one_another_and_keep_what_was_asked(client: Client, store: Store) -> None:
    with store.begin() as conn:
        for number in range(5):
            add_conference(conn, number)
        add_conference(conn, 9, region_code="110000")
    seen: list[str] = []
    path = "/conferences?region=45&size=2&lang=en"
    for _ in range(3):
        page = html.fromstring(client.get(path).content)
        seen += page.xpath("//ol//h3/a/@href")
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert path == ""
    assert len(seen) == len(set(seen)) == 5
    switch = page.xpath("//a[@class='language']/@href")
    assert switch == ["?size=2&region=45&lang=zh"]
    listed = client.get("/api/conferences?size=4&page=2").json()
    assert (listed["total"], listed["page"], len(listed["items"])) == (6, 2, 2)


def test_reports_are_filtered_for_programs(client: Client, store: Store) -> None:
    fill(store)
    with store.begin() as conn:
        add_conference(conn, 7)
    totals = {
        asked: client.get(f"/api/reports?{asked}").json()["total"]
        for asked in ("", "verdict=mirror", "conference=1", "site=yunxi-jyj", "site=other-jyj", "words=第7场")
    }
    assert list(totals.values()) == [2, 1, 1, 2, 0, 1], totals
    assert "text" not in client.get("/api/reports").json()["items"][0]
    assert client.get("/api/reports/1").json()["text"] == "第一段。\n寻常的话"


@pytest.mark.parametrize(
    "asked",
    ["page=0", "page=x", "page=10001", "size=101", "size=0", "region=x", "region=1234567", "region=٤٥", "kind=party",
     "level=media", "since=2024-13-01", "since=20241301", "until=yesterday", "words=1 2 3 4 5 6 7 8 9", "lang=fr",
     "words=" + "长" * 101],
)  # fmt: skip
def test_a_bad_parameter_is_refused_in_a_plain_sentence(client: Client, asked: str) -> None:
    name = asked.partition("=")[0]
    page = client.get(f"/conferences?{asked}")
    assert page.status_code == 422
    assert words("zh")["bad"][name] in page.text
    program = client.get(f"/api/conferences?{asked}")
    assert (program.status_code, program.json()) == (422, {"error": words("en")["bad"][name]})


@pytest.mark.parametrize(
    "path",
    ["/reports/0", "/reports/x", "/conferences/99999999999999999999", "/quarantine?outcome=new", "/sources?state=tired",
     "/quarantine?site=../x", "/api/reports?verdict=fake", "/api/reports?conference=-1", "/api/reports?site=%00"],
)  # fmt: skip
def test_other_bad_parameters_are_refused_too(client: Client, path: str) -> None:
    assert client.get(path).status_code == 422


@pytest.mark.parametrize(
    "path", ["/reports/5", "/conferences/5", "/api/reports/5", "/api/conferences/5", "/docs", "/../etc"]
)
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_quarantine_shows_refused_pages_only_and_turns_over(client: Client, store: Store) -> None:
    with store.begin() as conn:
        for number, outcome in enumerate((Outcome.SPAM, Outcome.NEW, Outcome.EMPTY, Outcome.SPAM)):
            url = f"http://jyj.yunxi.gov.cn/{number}"
            outcomes.record(conn, run_id=None, url=url, site_id="yunxi-jyj", outcome=outcome, reason="why", now=NOW)

    def addresses(asked: str) -> list[str]:
        return [
            url[-1]
            for url in html.fromstring(client.get(f"/quarantine?{asked}").content).xpath(
                "//tbody//span[@class='address']/text()"
            )
        ]

    assert addresses("") == ["3", "2", "0"]
    assert addresses("size=2&page=2") == ["0"]
    assert addresses("outcome=empty") == ["2"]
    assert addresses("site=other-jyj") == []


def test_sources_show_the_catalogue_and_its_wrong_rows(store: Store, tmp_path: Path) -> None:
    client = serving(store, tmp_path)
    (tmp_path / "sites" / "bad.toml").write_text('[[site]]\nid = "bad-<b>"\n', "utf-8")
    with store.begin() as conn:
        state = learned("unreachable", "503 at http://x/")
        sources.finish_look(conn, site_id="yunxi-jyj", now=NOW, next_due_at=NOW, failure="503", learned=state)
    page = html.fromstring(client.get("/sources").content)
    assert page.xpath("//tbody//a/@href") == ["http://jyj.yunxi.gov.cn/"]
    for said in ("广西 柳州", "无法访问", "自 2024-11-04 10:00", "503 at http://x/", "bad-<b>", "2024-11-04 10:00"):
        assert said in page.text_content(), said
    assert html.fromstring(client.get("/sources?state=ok").content).xpath("//tbody") == []
    assert html.fromstring(client.get("/sources?region=44").content).xpath("//tbody") == []


def test_the_whole_country_has_a_name(store: Store, tmp_path: Path) -> None:
    client = serving(store, tmp_path)
    site = {"id": "cn-x", "name": "某部", "region": "000000", "level": "national", "kind": "education"}
    rows = "".join(f'{name} = "{value}"\n' for name, value in site.items())
    rows += 'homepage = "http://www.x.gov.cn/"\nlistings = ["http://www.x.gov.cn/a/"]\n'
    (tmp_path / "sites" / "national.toml").write_text(f"[[site]]\n{rows}", "utf-8")
    region, level, *_ = html.fromstring(client.get("/sources?region=全国").content).xpath("//tbody//td")
    assert (region.text, level.text) == ("全国", "全国")


def test_feed_is_atom(client: Client, store: Store) -> None:
    empty = etree.fromstring(client.get("/feed.atom").content)
    assert [len(empty.findall(f"a:{name}", ATOM)) for name in ("id", "title", "updated", "author", "entry")] == [
        1,
        1,
        1,
        1,
        0,
    ]
    fill(store, HOSTILE)
    with store.begin() as conn:
        add_conference(conn, 8, name="全市教育工作会议")
    answer = client.get("/feed.atom", headers={"host": "news.example.org"})
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = etree.fromstring(answer.content)
    entries = feed.findall("a:entry", ATOM)
    assert entries[0].findtext("a:title", namespaces=ATOM) == "云溪市 · 全市教育工作会议", "the newest first"
    assert "<script>" in (entries[1].findtext("a:title", namespaces=ATOM) or "")
    for entry in entries:
        for name in ("id", "title", "updated", "published", "summary"):
            assert entry.findtext(f"a:{name}", namespaces=ATOM), name
    assert entries[0].find("a:link", ATOM).get("href") == "http://news.example.org/conferences/2"
    elsewhere = etree.fromstring(client.get("/feed.atom", headers={"host": "other.example.org"}).content)
    ids = feed.xpath("//a:id/text()", namespaces=ATOM)
    assert len(set(ids)) == 3
    assert elsewhere.xpath("//a:id/text()", namespaces=ATOM) == ids, "ids do not depend on the address"


def test_a_hostile_host_header_breaks_nothing(client: Client) -> None:
    answer = client.get("/feed.atom", headers={"host": 'x"><script>'})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert b"<script" not in answer.content


class Broken(Store):
    """A store that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        raise self._error
        yield


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(StoreError("postgresql://me@host/ is away"), 503, "store"), (RuntimeError("oops"), 500, "ours")],
)
def test_a_failure_is_one_plain_sentence(tmp_path: Path, error: Exception, status: int, said: str) -> None:
    client = serving(Broken(error), tmp_path)
    page = client.get("/")
    assert page.status_code == status
    assert words("zh")["error"][said] in page.text
    assert str(error) not in page.text
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert client.get("/api/reports").json() == {"error": words("en")["error"][said]}
    assert client.get("/healthz").status_code == status


def test_both_languages_have_every_word() -> None:
    folder = Path(__file__).parent.parent / "crawler" / "web" / "words"
    keys = [
        {(name, inner) for name, value in data.items() for inner in (value if isinstance(value, dict) else [""])}
        for data in (tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in ("zh", "en"))
    ]
    assert keys[0] == keys[1]
    values = {
        "kind": get_args(items.ConferenceKind),
        "level": (*get_args(items.Level), "media"),
        "basis": get_args(items.DateBasis),
        "form": get_args(items.MeetingForm),
        "role": get_args(items.Role),
        "verdict": get_args(items.Verdict),
        "script": get_args(items.Script),
        "condition": STATES,
        "trouble": TROUBLED,
        "relation": KINDS,
        "relation_back": KINDS,
        "outcome": tuple(Outcome),
    }
    for name, wanted in values.items():
        assert set(words("en")[name]) == set(wanted), name


def test_what_is_refused_is_what_the_store_calls_quarantined() -> None:
    assert set(get_args(Refused)) == set(outcomes.QUARANTINED)


def test_no_template_switches_escaping_off() -> None:
    templates = Path(__file__).parent.parent / "crawler" / "web" / "templates"
    for path in templates.iterdir():
        text = path.read_text("utf-8")
        assert "|safe " not in text
        assert "autoescape" not in text
        assert "|safe}" not in text
        assert "<script" not in text
        assert " style=" not in text


@given(st.text())
def test_shown_text_has_nothing_that_hides(text: str) -> None:
    plain = shown(text)
    assert shown(plain) == plain
    assert not {unicodedata.category(char) for char in plain} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    etree.fromstring(b"<x/>").text = plain  # XML takes it
    assert [char for char in plain if char.isalnum()] == [char for char in text if char.isalnum()], "no word is lost"


@given(st.text())
def test_revealed_text_is_printable(text: str) -> None:
    assert revealed(text).isprintable()
