"""The replica over real HTTP: each family in its own markup and charset, events at their moments, honest validators."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from crawler import catalog, cms, dom
from crawler.answers import judge, kind_of
from crawler.decode import decode
from crawler.items import Document, Page, Rejected
from crawler.replica import Replica
from crawler.replica.paging import addresses
from crawler.replica.texts import read_documents, read_items
from crawler.replica.values import CHINA, Column, Event
from crawler.replica.world import Site, World, load

CHECKOUT = Path(__file__).resolve().parent.parent
DEMO = CHECKOUT / "seeds" / "demo"
DOCUMENTS = CHECKOUT / "seeds" / "documents"
EXPECTED = tomllib.loads((DEMO / "expected.toml").read_text("utf-8"))
BROWSER = next((path for path in (Path("/usr/lib/chromium/chromium-headless-shell"),) if path.exists()), None)


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2024, 2, 1, 9, tzinfo=CHINA)

    def __call__(self) -> datetime:
        return self.now

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture(scope="module")
def world() -> World:
    return load(DEMO)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Replica, Clock, httpx.Client]]:
    clock = Clock()
    with Replica(DEMO, clock) as replica, httpx.Client(proxy=replica.url, timeout=20) as client:
        yield replica, clock, client


@pytest.fixture
def moment(world: World) -> Callable[[str], datetime]:
    times = {look.name: look.at for look in world.moments}
    return times.__getitem__


# host, charset of its bytes, list page, a mark of its family in the list, a mark of it in an article
FAMILIES = [
    ("jyj.liuzhou.gov.cn", "utf-8", "/xwzx/mtjj/", 'createPageHTML(3, 0, "index", "shtml")', "TRS_UEDITOR"),
    ("www.yzcity.gov.cn", "utf-8", "/cnyz/yzyw/list.shtml", '<div class="cont_right">', "发布机构:"),
    ("www.guit.edu.cn", "utf-8", "/dwzz/zzgz/gzdt.htm", 'id="line_u9_0"', 'class="v_news_content"'),
    ("cq.ifeng.com", "utf-8", "/", "index_newsList_", "index_timeBref_"),
    ("www.jyb.cn", "gbk", "/rmtzcg/xwy/wzxw/", 'class="yxj_list"', 'id="js_content"'),
    ("jyt.jiangsu.gov.cn", "utf-8", "/col/col57807/index.html", "<record><![CDATA[", "<!--ZJEG_RSS.content.begin-->"),
    ("jyj.suzhou.gov.cn", "utf-8", "/szjyj/jyyw/list.shtml", "pageList infoList", "<UCAPCONTENT>"),
    ("jwc.njupt.edu.cn", "gbk", "/1594/list.htm", "wp_article_list", "wp_articlecontent"),
    ("www.benxi.gov.cn", "gb2312", "/xw/bmdt/", 'class="news_ul"', 'id="content"'),
    ("www.ahhuoshan.gov.cn", "utf-8", "/content/column/6795021", "Ls.pagination(", "j-fontContent newscontnet"),
    ("jyt.hubei.gov.cn", "utf-8", "/bmdt/dtyw/", 'class="info-list"', "TRS_UEDITOR"),
    ("jyt.hunan.gov.cn", "utf-8", "/jyt/sjyt/xxgk/szdt/index.html", "createPageHTML('paging', ", "TRS_Editor"),
    ("jyj.anshun.gov.cn", "utf-8", "/gzdt/bmdt/", 'class="NewsList"', "Article_zw"),
    ("www.jydaohang.example", "utf-8", "/news/", 'rel="nofollow"', "post-body"),
    ("www.hexizx.example", "gbk", "/plus/list.php?tid=3", 'class="e2"', 'class="viewbox"'),
]


@pytest.mark.parametrize(("host", "charset", "path", "list_mark", "article_mark"), FAMILIES)
def test_each_family_comes_in_its_charset_and_markup(
    running: tuple[Replica, Clock, httpx.Client], host: str, charset: str, path: str, list_mark: str, article_mark: str
) -> None:
    _, clock, client = running
    clock.at("2024-12-24T12:00")
    listing = client.get(f"http://{host}{path}")
    assert listing.status_code == 200
    page = listing.content.decode(charset)
    assert list_mark in page
    rows = [link for link in re.findall(r"""<a[^>]*? href=['"]([^'"]+)['"]""", page) if _leads_to_article(link)]
    assert len(rows) >= 10
    article = client.get(str(httpx.URL(f"http://{host}{path}").join(rows[-1])))
    assert article.status_code == 200
    text = article.content.decode(charset)
    assert article_mark in text
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 100
    if charset != "utf-8":
        with pytest.raises(UnicodeDecodeError):
            article.content.decode("utf-8")


def _leads_to_article(link: str) -> bool:
    return bool(
        re.search(r"t\d{8}_\d+|[0-9a-f]{32}\.shtml|/info/1031/|/c/8|/art/|/page\.htm|content_\d|\d{7}\.html", link)
    )


def test_what_a_page_declares_is_as_wrong_as_on_real_sites(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2024-12-24T12:00")
    benxi = client.get("http://www.benxi.gov.cn/xw/bmdt/")
    assert benxi.headers["content-type"] == "text/html; charset=utf-8"
    assert b"charset=utf-8" in benxi.content
    assert "本溪市" in benxi.content.decode("gb2312")
    jyb = client.get("http://www.jyb.cn/rmtzcg/xwy/wzxw/")
    assert jyb.headers["content-type"] == "text/html"
    assert b"charset" not in jyb.content


# --- the five given texts ---

GIVEN = [
    ("000_986a61e1db471d88.txt", "jyj.liuzhou.gov.cn", "/xwzx/mtjj/t19700101_3549718.shtml"),
    ("001_f9dc9fadd28682bf.txt", "www.lanhaijx.example", "/cnyz/yzyw/202504/85206595e080423db08731d2cc8522a1.shtml"),
    ("002_e1291660cd9eeddd.txt", "www.guit.edu.cn", "/dwzz/info/1031/2143.htm"),
    ("003_d08edc8240d975d7.txt", "cq.ifeng.com", "/c/8fbmc901TB0"),
    ("004_38c9ca75c282e905.txt", "m.junhanjc.com", "/rmtzcg/xwy/wzxw/202402/t20240205_2111153538.html"),
]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(body: bytes, charset: str = "utf-8") -> str:
    shown = dom.parse(body.decode(charset)).find("body")
    assert shown is not None
    return _squeezed(dom.text_of(shown))


@pytest.mark.parametrize(("name", "host", "path"), GIVEN)
def test_every_line_of_a_given_text_stands_on_its_page_in_order(world: World, name: str, host: str, path: str) -> None:
    answer = world.answer(host, path, {}, world.moments[-1].at)
    assert answer.status == 200
    text, place = _text(answer.body), 0
    lines = (DOCUMENTS / name).read_text("utf-8").split("\n")
    if name.startswith("003"):
        lines = lines[1:]  # its first line is the title tag's
    for line in lines:
        bare = _squeezed(re.sub(r"^\s*•", "", line))
        found = text.find(bare, place)
        assert found >= 0, line
        place = found + len(bare)


def test_liuzhou_prints_title_and_text_twice(world: World) -> None:
    answer = world.answer("jyj.liuzhou.gov.cn", "/xwzx/mtjj/t19700101_3549718.shtml", {}, world.moments[-1].at)
    assert _text(answer.body).count("市长张壮主持大会") == 2


def test_the_mirrors_keep_the_damage_and_the_planted_text(world: World) -> None:
    now = world.moments[-1].at
    yongzhou = world.answer("www.lanhaijx.example", GIVEN[1][2], {}, now).body.decode("utf-8")
    assert "提高高??萍汲晒\ue38bD(zhuǎn)化" in yongzhou
    assert "<li>亚洲综合性色" in yongzhou
    jiangsu = world.answer("m.junhanjc.com", GIVEN[4][2], {}, now).body.decode("utf-8")
    planted = jiangsu.partition('class="footer"')[2].count("<a href=")
    assert planted == EXPECTED["page"][0]["planted_links"]


def test_the_originals_are_clean_simplified(world: World) -> None:
    now = world.moments[-1].at
    yongzhou = _text(world.answer("www.yzcity.gov.cn", GIVEN[1][2], {}, now).body)
    assert "提高高校科技成果转化效能" in yongzhou
    assert not re.search(r"[āáǎàēéěèīíǐìōóǒòūúǔù會發強]|亚洲", yongzhou)
    jyb = world.answer("www.jyb.cn", GIVEN[4][2], {}, now)
    jiangsu = _text(jyb.body, "gbk")
    assert "江苏省委教育工作领导小组秘书组组长、省教育厅厅长、省委教育工委书记江涌出席会议并讲话" in jiangsu
    assert not re.search(r"[會發強]|精品|junhanjc", jiangsu)


# --- events, each at its moment ---


def test_nothing_of_the_script_is_there_before_its_time(world: World, moment: Callable[[str], datetime]) -> None:
    before = moment("baseline")
    for _, host, path in GIVEN:
        answer = world.answer(host, path, {}, before)
        assert path not in world.answer(host, world.sites[host].host.column[0].path, {}, before).body.decode("utf-8")
        assert answer.status == 404 or "不存在" in answer.body.decode("utf-8")


def test_the_mirror_of_jiangsu_is_there_first(world: World, moment: Callable[[str], datetime]) -> None:
    mirror, original = ("m.junhanjc.com", GIVEN[4][2]), ("www.jyb.cn", GIVEN[4][2])
    noon, evening = moment("jiangsu-mirror"), moment("jiangsu")
    assert world.answer(*mirror, {}, noon).status == 200
    assert world.answer(*original, {}, noon).status == 404
    assert world.answer(*original, {}, evening).status == 200
    listing = world.answer("www.jydaohang.example", "/news/", {}, noon).body.decode("utf-8")
    assert f"http://{mirror[0]}{mirror[1]}" in listing


@pytest.mark.parametrize("row", EXPECTED["conference"], ids=lambda row: row["key"])
def test_a_conference_is_listed_from_its_moment_on(world: World, row: dict[str, object]) -> None:
    page = row["page"]
    assert isinstance(page, dict)
    url = httpx.URL(page["url"])
    site = world.sites[url.host].host
    moments = list(world.moments)
    place = next(index for index, look in enumerate(moments) if look.name == row["moment"])
    wanted = url.path.rpartition("/")[2]

    def listed(now: datetime) -> bool:
        column = site.column[0]
        where = column.data_path.format(n=1) if column.data_path else column.path
        return wanted in world.answer(url.host, where, {}, now).body.decode(site.charset)

    assert listed(moments[place].at)
    if place:
        assert not listed(moments[place - 1].at)


@pytest.mark.parametrize("row", EXPECTED["site"], ids=lambda row: f"{row['host']}-{row['moment']}")
def test_sites_in_trouble(world: World, moment: Callable[[str], datetime], row: dict[str, object]) -> None:
    site = world.sites[str(row["host"])]
    answer = site.answer(site.host.column[0].path, {}, moment(str(row["moment"])))
    assert answer.status == row["status"]
    headers = dict(answer.headers)
    if row["status"] == 412:
        assert b"$_ts" in answer.body
        assert "Set-Cookie" in headers
    if row["status"] == 503:
        assert headers["Retry-After"] == "3600"
    if row["state"] == "hijacked":
        assert "开元棋牌" in answer.body.decode(site.host.charset)
        assert "ETag" not in headers


def test_sites_that_recover_answer_as_before(world: World, moment: Callable[[str], datetime]) -> None:
    for host, when in (("jyt.hunan.gov.cn", "guilin"), ("jyt.hubei.gov.cn", "yongzhou")):
        site = world.sites[host]
        assert site.answer(site.host.column[0].path, {}, moment(when)).status == 200


def test_an_edit_changes_the_page_and_its_validators(world: World, moment: Callable[[str], datetime]) -> None:
    host, path = "jyt.jiangsu.gov.cn", "/art/2024/12/10/art_57807_11442718.html"
    before = world.answer(host, path, {}, moment("fuling"))
    after = world.answer(host, path, {}, moment("guilin"))
    assert "王嘉毅" not in before.body.decode()
    assert "王嘉毅在会上讲话" in after.body.decode()
    assert dict(before.headers)["ETag"] != dict(after.headers)["ETag"]
    assert world.answer(host, path, {"if-none-match": dict(before.headers)["ETag"]}, moment("guilin")).status == 200


def test_a_redesign_changes_the_markup_and_takes_the_validators(
    world: World, moment: Callable[[str], datetime]
) -> None:
    site = world.sites["jyj.anshun.gov.cn"]
    old, new = (site.answer("/gzdt/bmdt/", {}, moment(name)) for name in ("fuling", "guilin"))
    assert 'class="NewsList"' in old.body.decode()
    assert 'class="news-card"' in new.body.decode()
    assert "ETag" in dict(old.headers)
    assert "ETag" not in dict(new.headers)


def test_a_rebuild_makes_old_pages_of_a_ucap_site_look_new(world: World, moment: Callable[[str], datetime]) -> None:
    site = world.sites["jyj.suzhou.gov.cn"]
    listing = site.answer("/szjyj/jyyw/list.shtml", {}, moment("baseline")).body.decode()
    path = re.findall(r"/szjyj/jyyw/202103/[0-9a-f]{32}\.shtml", listing)[-1]
    for name, generated in (("fuling", "2021-03-"), ("guilin", "2025-02-20")):
        page = site.answer(path, {}, moment(name)).body.decode()
        assert f'name="PubDate" content="{generated}' in page
        assert "页面生成时间" in page
        assert "发布日期:2021-03-" in page


def test_redirects_robots_and_missing_pages(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2024-12-24T12:00")
    moved = client.get("http://www.ahhuoshan.gov.cn/content/column/6795011?pageIndex=2")
    assert (moved.status_code, moved.headers["location"]) == (301, "/content/column/6795021?pageIndex=2")
    assert client.get("http://jyj.liuzhou.gov.cn/").headers["location"] == "/xwzx/mtjj/"
    assert "Disallow: /gkml/" in client.get("http://www.benxi.gov.cn/robots.txt").text
    assert client.get("http://jyj.liuzhou.gov.cn/robots.txt").status_code == 404
    assert client.get("http://jyj.liuzhou.gov.cn/xwzx/nothing.shtml").status_code == 404
    soft = client.get("http://www.jydaohang.example/post/1.html")
    assert (soft.status_code, "不存在" in soft.text) == (200, True)


def test_a_slow_site_keeps_its_client_waiting(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2024-11-02T12:00")
    begun = time.monotonic()
    assert client.get("http://jyt.hunan.gov.cn/robots.txt").status_code == 404
    assert time.monotonic() - begun >= 1.2


# --- conditional requests ---


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://jyj.liuzhou.gov.cn/xwzx/mtjj/", {"etag", "last-modified"}),
        ("http://cq.ifeng.com/", {"etag"}),
        ("http://www.benxi.gov.cn/xw/bmdt/", {"last-modified"}),
        ("http://www.jyb.cn/rmtzcg/xwy/wzxw/", set()),
    ],
)
def test_sites_answer_304_by_the_validators_they_have(
    running: tuple[Replica, Clock, httpx.Client], url: str, named: set[str]
) -> None:
    replica, clock, client = running
    clock.at("2025-04-25T20:00")
    first = client.get(url)
    assert {name for name in ("etag", "last-modified") if name in first.headers} == named
    asked = {"If-None-Match": first.headers.get("etag", '"x"')}
    if "last-modified" in named:
        asked["If-Modified-Since"] = first.headers["last-modified"]
    clock.at("2025-04-28T09:00")
    second = client.get(url, headers=asked)
    assert second.status_code == (304 if named else 200)
    assert replica.requests[-1].conditional
    assert replica.requests[-1].status == second.status_code
    assert second.content == (b"" if named else first.content)


def test_a_site_that_changed_does_not_answer_304(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2024-11-02T09:00")
    first = client.get("http://jyj.liuzhou.gov.cn/xwzx/mtjj/")
    clock.at("2024-11-02T12:00")
    asked = {"If-None-Match": first.headers["etag"], "If-Modified-Since": first.headers["last-modified"]}
    assert client.get("http://jyj.liuzhou.gov.cn/xwzx/mtjj/", headers=asked).status_code == 200
    assert client.get("http://www.benxi.gov.cn/xw/bmdt/", headers={"If-Modified-Since": "no date"}).status_code == 200


def test_at_the_quiet_look_no_site_has_changed(world: World, moment: Callable[[str], datetime]) -> None:
    for host, site in world.sites.items():
        for column in site.host.column:
            before = site.answer(column.path, {}, moment("yongzhou"))
            assert before.body == site.answer(column.path, {}, moment("quiet")).body, host


# --- paging ---


@pytest.mark.parametrize(
    ("host", "path"), [(row[0], row[2]) for row in FAMILIES] + [("szeb.sz.gov.cn", "/gkmlpt/index")]
)
def test_the_pages_of_a_column_hold_all_its_rows(world: World, host: str, path: str) -> None:
    now = datetime(2024, 12, 24, 12, tzinfo=CHINA)
    site = world.sites[host]
    column = next(column for column in site.host.column if column.path == path)
    state, _ = site.at(now)
    rows = [article for article in state.articles if article.column == path]
    every = addresses(column, len(rows))
    assert len(every) > 1
    for number, address in enumerate(every):
        where = column.data_path.format(n=number + 1) if column.data_path else address
        page = site.answer(where, {}, now).body.decode(site.host.charset)
        for row in rows[number * column.per_page : (number + 1) * column.per_page]:
            assert row.href.rpartition("/")[2] in page


def test_vsb_counts_down() -> None:
    column = Column(path="/a.htm", name="a", per_page=10, paging="down", page_path="/a/{n}.htm")
    assert addresses(column, 35) == ("/a.htm", "/a/3.htm", "/a/2.htm", "/a/1.htm")
    assert addresses(column, 10) == ("/a.htm",)
    assert addresses(column, 0) == ("/a.htm",)


# --- scripts ---


def test_the_script_site_is_an_empty_shell_without_a_browser(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2025-04-25T20:00")
    shell = client.get("http://szeb.sz.gov.cn/gkmlpt/index")
    assert _text(shell.content) == ""
    post = client.get("http://szeb.sz.gov.cn/gkmlpt/content/12/12075/post_12075386.html")
    assert "陈清" not in post.text
    rows = client.get("http://szeb.sz.gov.cn/gkmlpt/api/all/2030?page=1&sid=755009").json()
    assert any(row["title"] == "深圳市召开2025年全市教育工作会议" for row in rows["articles"])


@pytest.mark.skipif(BROWSER is None, reason="no headless Chromium on this machine")
def test_a_browser_sees_what_the_script_writes(running: tuple[Replica, Clock, httpx.Client], tmp_path: Path) -> None:
    replica, clock, _ = running
    clock.at("2025-04-25T20:00")
    assert "深圳市召开2025年全市教育工作会议" in _rendered(replica, "http://szeb.sz.gov.cn/gkmlpt/index", tmp_path)
    article = "http://szeb.sz.gov.cn/gkmlpt/content/12/12075/post_12075386.html"
    assert "陈清出席会议并讲话" in _rendered(replica, article, tmp_path)


def _rendered(replica: Replica, url: str, folder: Path) -> str:
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}",
        f"--proxy-server={replica.url}", "--proxy-bypass-list=<-loopback>", "--virtual-time-budget=3000",
        "--dump-dom", url,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode("utf-8")


def test_hanweb_hands_out_its_older_records(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2025-04-25T20:00")
    listing = client.get("http://jyt.jiangsu.gov.cn/col/col57807/index.html").text
    link = re.search(r'<nextgroup><!\[CDATA\[<a href="([^"]+)"', listing)
    assert link is not None
    records = client.get(f"http://jyt.jiangsu.gov.cn{link.group(1)}")
    assert records.headers["content-type"] == "text/xml; charset=utf-8"
    assert listing.count("<record>") == 45
    assert records.text.count("<record>") == 6
    assert "<nextgroup>" not in records.text


# --- around the reports ---

NEAR_MISSES = (
    "传达学习", "表彰大会", "开学工作会", "座谈会", "收听收看", "领导小组会议", "评论员文章",
    "将于近期召开", "交流发言摘登", "警示教育会", "从严治党工作会议", "宣讲", "范文",
)  # fmt: skip


def test_lists_are_long_and_full_of_near_misses(world: World) -> None:
    titles: list[str] = []
    for site in world.sites.values():
        state, _ = site.at(world.moments[-1].at)
        if site.host.family != "mirror":
            assert len(state.articles) >= 30, site.host.host
        titles += [article.row_title for article in state.articles]
    for word in NEAR_MISSES:
        assert sum(word in title for title in titles) >= 3, word
    assert not [title for title in titles if "{" in title]


# --- the proxy itself ---


def test_an_unknown_host_cannot_be_reached(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, _, client = running
    answer = client.get("http://www.nowhere.example/")
    assert answer.status_code == 502
    assert "www.nowhere.example" in answer.text
    assert client.get("http://jyj.liuzhou.gov.cn:8080/").status_code == 502


def test_connect_and_post_are_refused_in_plain_words(running: tuple[Replica, Clock, httpx.Client]) -> None:
    replica, _, client = running
    with pytest.raises(httpx.ProxyError, match="501"):
        client.get("https://jyj.liuzhou.gov.cn/")
    answer = _raw(replica, b"CONNECT jyj.liuzhou.gov.cn:443 HTTP/1.1\r\nHost: jyj.liuzhou.gov.cn:443\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 501 ")
    assert b"http://jyj.liuzhou.gov.cn/" in answer
    assert client.post("http://jyj.liuzhou.gov.cn/", content=b"x").status_code == 405


def test_bytes_that_are_no_request_do_no_harm(running: tuple[Replica, Clock, httpx.Client]) -> None:
    replica, clock, client = running
    for sent in (b"\x00\xff\xfe\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        _raw(replica, sent)
    clock.at("2024-12-24T12:00")
    assert client.get("http://jyj.liuzhou.gov.cn/xwzx/mtjj/").status_code == 200


def _raw(replica: Replica, sent: bytes) -> bytes:
    url = httpx.URL(replica.url)
    with socket.create_connection((url.host, url.port or 0), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_head_has_the_headers_and_no_body(running: tuple[Replica, Clock, httpx.Client]) -> None:
    _, clock, client = running
    clock.at("2024-12-24T12:00")
    url = "http://jyj.liuzhou.gov.cn/xwzx/mtjj/"
    head, get = client.head(url), client.get(url)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["date"] == "Tue, 24 Dec 2024 04:00:00 GMT"


def test_the_log_says_what_was_asked(running: tuple[Replica, Clock, httpx.Client]) -> None:
    replica, clock, client = running
    clock.at("2024-12-24T12:00")
    client.get("http://jyt.jiangsu.gov.cn/col/col57807/index.html?uid=396302&pageNum=2", headers={"User-Agent": "me"})
    last = replica.requests[-1]
    assert last.url == "http://jyt.jiangsu.gov.cn/col/col57807/index.html?uid=396302&pageNum=2"
    assert (last.status, last.conditional, last.at, last.agent) == (200, False, clock.now, "me")


def test_two_readings_of_the_folder_answer_alike(world: World) -> None:
    other = load(DEMO)
    for look in world.moments:
        for host, site in world.sites.items():
            path = site.host.column[0].path
            assert world.answer(host, path, {}, look.at) == other.answer(host, path, {}, look.at)


def test_time_may_run_backwards(world: World, moment: Callable[[str], datetime]) -> None:
    site = world.sites["jyj.liuzhou.gov.cn"]
    early = site.answer("/xwzx/mtjj/", {}, moment("baseline"))
    assert site.answer("/xwzx/mtjj/", {}, moment("quiet")) != early
    assert site.answer("/xwzx/mtjj/", {}, moment("baseline")) == early
    assert site.answer("/xwzx/mtjj/", {}, moment("baseline") - timedelta(days=9000)).status == 200


# --- the folder ---


def test_every_page_of_every_host_can_be_written(world: World) -> None:
    now = world.moments[-1].at
    for site in world.sites.values():
        _, pages = site.at(now)
        for address in pages.addresses:
            page = pages.at(address)
            assert page is not None
            assert page.body


def test_the_catalogue_is_sound_and_its_listings_stand(world: World, moment: Callable[[str], datetime]) -> None:
    read = catalog.load(DEMO / "sites")
    assert read.problems == ()
    assert len(read.sites) >= 12
    for site in read.sites:
        for listing in site.listings:
            url = httpx.URL(listing.url)
            assert world.answer(url.host, url.raw_path.decode(), {}, moment("baseline")).status in (200, 301)


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("script.toml", "event = [", "script.toml"),
        ("hosts/a.toml", 'host = "a.example"\nfamily = "none"\nname = "a"', "family none"),
        ("script.toml", '[[event]]\nat = 2024-01-01\nhost = "x.example"\ndo = "hijack"', "no host x.example"),
        ("hosts/a.toml", 'host = "a.example"\nfamily = "trs"\nname = "a"\nfamliy = "x"', "famliy"),
        (
            "hosts/a.toml",
            'host = "a.example"\nfamily = "t"\nname = "a"\n[[article]]\nkey = "k"\ncolumn = "/"\nprinted = 2024-01-01',
            "no column /",
        ),
    ],
)
def test_a_folder_that_is_wrong_is_named(tmp_path: Path, file: str, text: str, reason: str) -> None:
    (tmp_path / "hosts").mkdir()
    (tmp_path / "script.toml").write_text("")
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=re.escape(reason)):
        load(tmp_path)


def test_it_runs_by_hand(tmp_path: Path) -> None:
    clock = tmp_path / "clock.txt"
    clock.write_text("2024-12-24T12:00:00+08:00\n")
    command = [sys.executable, "-m", "crawler.replica", "--folder", str(DEMO), "--clock", str(clock)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            proxy = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
            assert proxy is not None
            answer = httpx.get("http://cq.ifeng.com/", proxy=proxy.group(), timeout=10)
            assert answer.headers["date"] == "Tue, 24 Dec 2024 04:00:00 GMT"
        finally:
            process.terminate()


def test_a_clock_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "crawler.replica", "--folder", str(DEMO), "--clock", str(tmp_path / "none")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "the replica cannot start" in done.stderr


# --- what stands in the place of pages, and lists for programs ---

INSTEAD = {"captcha": "challenge", "firewall": "blocked", "login": "login", "repair": "closed", "shell": "empty shell"}


@pytest.fixture(scope="module")
def faulty() -> Site:
    """柳州's site with a feed and a sitemap, and with paths where something else answers, with status 200."""
    host = load(DEMO).sites["jyj.liuzhou.gov.cn"].host
    feed, sitemap = (
        host.column[0].model_copy(
            update={"path": f"/{name}/", "data_path": f"/{name}/{{n}}.xml", "data_template": f"common/{name}.xml"}
        )
        for name in ("feed", "sitemap")
    )
    host = host.model_copy(update={"column": (*host.column, feed, sitemap)})
    at = datetime(2024, 1, 1, tzinfo=CHINA)
    events = [Event(at=at, host=host.host, do="answer", page=page, under=f"/{page}/") for page in INSTEAD]
    return Site(
        DEMO / "templates", host, read_items(DEMO / "items"), read_documents(DEMO / "documents.toml", DOCUMENTS), events
    )


@pytest.mark.parametrize("page", INSTEAD)
def test_what_stands_in_the_place_of_a_page_is_told_apart(faulty: Site, page: str) -> None:
    answer = faulty.answer(f"/{page}/", {}, datetime(2024, 12, 1, tzinfo=CHINA))
    judged = judge(Page(url=f"http://{faulty.host.host}/{page}/", body=answer.body, status=answer.status))
    assert isinstance(judged, Rejected)
    assert (answer.status, kind_of(judged)) == (200, INSTEAD[page])


@pytest.mark.parametrize(("name", "titled"), [("feed", True), ("sitemap", False)])
def test_a_column_is_handed_to_programs(faulty: Site, name: str, titled: bool) -> None:
    address = f"/{name}/1.xml"
    answer = faulty.answer(address, {}, datetime(2024, 12, 1, tzinfo=CHINA))
    document = decode(Page(url=f"http://{faulty.host.host}{address}", body=answer.body, headers=dict(answer.headers)))
    assert isinstance(document, Document)
    found = cms.read_listing(document)
    assert (found.via, len(found.entries)) == (name, faulty.host.column[0].per_page)
    assert all(bool(entry.title) == titled and entry.listed_on for entry in found.entries)
