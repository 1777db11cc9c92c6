"""Websites explored: what a row is made of, over the markup of every system; what is refused, and why."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import catalog as catalogs
from crawler import cms
from crawler.catalog import Catalog, Selectors, Site
from crawler.config import CHECKOUT
from crawler.decode import decode
from crawler.discover import Asked, candidates, column_name, listed, owner_of, steady
from crawler.items import Article, Document, Page
from crawler.replica.world import load
from crawler.schedule.discovering import Found, discover
from crawler.schedule.exploring import MAX_PAGES, DiscoverError, KnownSite
from crawler.schedule.repairing import repair
from crawler.topics import Topics
from crawler.topics import load as load_topics
from tests.explored import CASES, NOW, OnReplica, Website

DEMO = CHECKOUT / "seeds" / "demo"
TODAY = NOW.date()


@pytest.fixture(scope="module")
def topics() -> Topics:
    return load_topics(CHECKOUT / "seeds" / "topics.toml")


def document(html: str, url: str = "https://jyj.test.gov.cn/") -> Document:
    made = decode(Page(url=url, body=html.encode(), headers={"content-type": "text/html; charset=utf-8"}))
    assert isinstance(made, Document)
    return made


def explore(website: Any, url: str, topics: Topics, today: date = TODAY, **asked: Any) -> Found:
    return discover(url, website, catalog=Catalog(), topics=topics, today=today, asked=Asked(**asked))


@pytest.mark.parametrize("start", ["homepage", "list", "article"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_family_from_any_of_its_pages(case: dict[str, str], start: str, topics: Topics) -> None:
    website = Website(case)
    url = website.root + {"homepage": "/", "list": case["first"], "article": website.path(3)}[start]
    found = explore(website, url, topics)
    site = found.site
    assert [(one.url, one.column) for one in site.listings] == [(website.root + case["first"], case["column"])]
    assert [(entry.url, entry.title, entry.listed_on) for entry in found.lists[0].read.entries] == website.entries()
    assert (site.id, site.name, site.region, site.family or "") == (
        case["id"],
        case["owner"],
        case["region"],
        case["family"],
    )
    assert (site.site_code or "", site.icp) == (case["code"], case["icp"])
    assert site.selectors.list_item == (case["item"] or None)
    assert site.encoding == ("gb18030" if case.get("charset") == "gbk" else "utf-8")
    assert found.further == (6 if case["second"] else None)
    for read in found.articles:
        assert isinstance(read.article, Article)
        assert (read.article.title, (read.article.date or "")[:10]) == (read.entry.title, read.entry.listed_on)
    assert len(found.articles) == 2
    assert len(website.asked) <= 8
    assert site.checked == TODAY.isoformat()


@pytest.mark.parametrize("moment", ["2023-10-20T09:00", "2024-06-05T09:00", "2024-11-20T09:00"])
def test_the_demo_sites_are_read_as_their_own_rows_read_them(moment: str, topics: Topics) -> None:
    rows = [site for site in catalogs.load(DEMO / "sites").sites if not site.needs_js]
    fetch = OnReplica(load(DEMO), moment)
    for row in rows:
        asked = {"region": row.region} if row.id == "js-hexizx" else {}
        found = explore(fetch, row.homepage, topics, fetch.now.date(), **asked)
        reads = [_entries(fetch, listing.url, row) for listing in row.listings]
        mine = [_entries(fetch, listing.url, found.site) for listing in found.site.listings]
        assert [one for one in mine if one and one in reads], row.id
        assert (found.site.level, found.site.kind) == (row.level, row.kind)
        if row.kind != "media":  # whose region their pages do not always tell
            assert (found.site.id, found.site.region) == (row.id, row.region)


def _entries(fetch: OnReplica, url: str, site: Site) -> set[tuple[str, str, str | None]]:
    page = fetch.answer(url, url)
    assert isinstance(page, Page)
    made = decode(page)
    assert isinstance(made, Document)
    return {(entry.url, entry.title, entry.listed_on) for entry in cms.read_listing(made, site).entries}


@pytest.mark.parametrize(
    ("moment", "url", "said"),
    [
        ("2024-12-27T09:00", "http://jyt.hubei.gov.cn/", "challenge, http 412"),
        ("2024-12-27T09:00", "http://jyt.hunan.gov.cn/", "server error, http 503"),
        ("2025-04-23T09:00", "http://www.hexizx.example/", "planted text"),
        ("2024-11-20T09:00", "http://jyj.liuzhou.gov.cn/nothing/here.html", "gone, http 404"),
        ("2024-11-20T09:00", "ftp://jyj.liuzhou.gov.cn/", "is no http or https address"),
    ],
)
def test_what_cannot_be_explored_is_said(moment: str, url: str, said: str, topics: Topics) -> None:
    fetch = OnReplica(load(DEMO), moment)
    with pytest.raises(DiscoverError, match=said):
        explore(fetch, url, topics, fetch.now.date())


def test_a_host_that_is_watched_is_refused_and_one_below_it_is_not(topics: Topics) -> None:
    website = Website(CASES[0])
    known = Catalog([explore(website, website.root, topics).site])
    with pytest.raises(KnownSite, match="watched already: hn-qiyang-jyj"):
        discover(website.root, website, catalog=known, topics=topics, today=TODAY)
    below = Website(CASES[0] | {"host": "zsb.jyj.qiyang-test.gov.cn"})
    assert discover(below.root, below, catalog=known, topics=topics, today=TODAY).site.id == "hn-qiyang-zsb"


def test_a_public_host_that_leads_to_a_stranger_is_refused(topics: Topics) -> None:
    def fetch(urls: Any, rendered: bool) -> dict[str, Page | str]:
        body = b"<html><body>" + b"<p>\xe4\xbd\xa0\xe5\xa5\xbd</p>" * 300
        return {url: Page(url="https://www.shop-test.com/", requested_url=url, body=body) for url in urls}

    with pytest.raises(DiscoverError, match=r"leads to shop-test\.com, a stranger"):
        explore(fetch, "https://jyj.qiyang-test.gov.cn/", topics)


def test_a_site_without_any_list_is_said_and_the_search_is_bounded(topics: Topics) -> None:
    website = Website(CASES[0])
    links = "".join(f'<li><a href="/c{n}/">教育新闻{n}</a></li>' for n in range(500))
    website.pages = {"/": website.page("祁阳市教育局", links)} | {
        f"/c{n}/": website.page("栏目", "<p>本栏目暂无内容。</p>" * 40) for n in range(500)
    }
    with pytest.raises(DiscoverError, match="no list of news was found"):
        explore(website, website.root, topics)
    assert len(website.asked) <= MAX_PAGES


@pytest.mark.parametrize(
    "reason", ["network: ConnectionRefused", "time-out", "TLS: unsafe legacy renegotiation disabled"]
)
def test_http_is_tried_where_https_is_not_answered(reason: str, topics: Topics) -> None:
    website = Website(CASES[0])
    website.root = website.root.replace("https:", "http:")

    def fetch(urls: Any, rendered: bool) -> Any:
        return {url: website.answer(url) if url.startswith("http:") else reason for url in urls}

    site = explore(fetch, "jyj.qiyang-test.gov.cn", topics).site
    assert (site.http_only, site.homepage) == (True, "http://jyj.qiyang-test.gov.cn/")


def test_a_page_that_scripts_fill_is_asked_for_with_a_browser(topics: Topics) -> None:
    website = Website(CASES[7])

    def fetch(urls: Any, rendered: bool) -> Any:
        shell = b'<html><body><div id="app"></div><script src="/app.js"></script></body></html>'
        return {url: made(url) if rendered else Page(url=url, body=shell) for url in urls}

    def made(url: str) -> Page | str:
        answer = website.answer(url)
        return evolve(answer, rendered=True) if isinstance(answer, Page) else answer

    found = explore(fetch, website.root, topics)
    assert found.site.needs_js
    assert len(found.lists[0].read.entries) == 12


def test_a_page_above_columns_leads_to_them_and_is_not_watched_itself(topics: Topics) -> None:
    website, other = Website(CASES[0]), Website(CASES[0] | {"article": "/jyxw/gzdt/{month}/t{digits}_{n}.html"})
    heads = "".join(
        f'<div class="box"><h3>{name}</h3><a class="m" href="{path}">更多</a><ul class="gl_list">{rows}</ul></div>'
        for name, path, rows in (
            ("教育要闻", "/jyxw/jyyw/", website.rows(0, 6)),
            ("工作动态", "/jyxw/gzdt/", other.rows(0, 6)),
        )
    )
    website.pages |= {
        "/": website.page("祁阳市教育局", '<a href="/jyxw/">新闻中心</a>'),
        "/jyxw/": website.page("新闻中心_祁阳市教育局", heads),
        "/jyxw/gzdt/": other.pages[other.case["first"]],
    } | {path: page for path, page in other.pages.items() if path.startswith("/jyxw/gzdt/")}
    found = explore(website, website.root, topics)
    assert [(one.url.removeprefix(website.root), one.column) for one in found.site.listings] == [
        ("/jyxw/jyyw/", "教育要闻"),
        ("/jyxw/gzdt/", "工作动态"),
    ]
    assert found.site.selectors.list_item == "ul.gl_list > li"


def test_an_address_that_answers_json_is_a_list(topics: Topics) -> None:
    website = Website(CASES[0])
    rows = [{"title": title, "url": url, "publishedTimeStr": day} for url, title, day in website.entries()]
    website.pages["/common/search/abc"] = json.dumps({"data": {"page": 1, "results": rows}}, ensure_ascii=False)
    found = explore(website, f"{website.root}/common/search/abc?page=1", topics)
    assert [entry.listed_on for entry in found.lists[0].read.entries] == [day for _, _, day in website.entries()]


def test_a_feed_is_a_list(topics: Topics) -> None:
    website = Website(CASES[0])
    items = "".join(
        f"<item><title>{title}</title><link>{url}</link><pubDate>{day}T08:00:00+08:00</pubDate></item>"
        for url, title, day in website.entries()
    )
    website.pages["/rss.xml"] = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    found = explore(website, f"{website.root}/rss.xml", topics)
    assert [one.url for one in found.site.listings] == [f"{website.root}/rss.xml"]
    assert [entry.title for entry in found.lists[0].read.entries] == [title for _, title, _ in website.entries()]
    assert found.site.selectors == Selectors()


def test_what_a_person_says_stands(topics: Topics) -> None:
    website = Website(CASES[0])
    site = explore(website, website.root, topics, id="my-own", name="某某网", region="110105", kind="portal").site
    assert (site.id, site.name, site.region, site.level, site.kind) == (
        "my-own",
        "某某网",
        "110105",
        "county",
        "portal",
    )


def test_a_region_that_is_not_told_is_asked_for_with_candidates(topics: Topics) -> None:
    case = CASES[0] | {"host": "jyj.liuzhou.gov.cn", "owner": "本市教育局", "code": "", "icp": "桂ICP备06001234号"}
    with pytest.raises(DiscoverError, match=r"--region .* 450200 柳州市"):
        explore(Website(case), "https://jyj.liuzhou.gov.cn/", topics)


# --- proposals for a site that broke ----------------------------------------------------------------------------------


def known_site(website: Website, topics: Topics) -> Site:
    return explore(website, website.root, topics).site


def mended(site: Site, website: Website, topics: Topics) -> Any:
    return repair(site, website, catalog=Catalog([site]), topics=topics, today=TODAY)


def test_a_site_that_is_read_well_is_left_alone(topics: Topics) -> None:
    website = Website(CASES[0])
    site = known_site(website, topics)
    assert mended(site, website, topics).new == site


def test_new_selectors_after_a_redesign(topics: Topics) -> None:
    site = known_site(Website(CASES[0]), topics)
    site = site.model_copy(update={"selectors": site.selectors.model_copy(update={"body": ".TRS_Editor"})})
    changed = Website(
        CASES[0]
        | {
            "list": '<div class="news-wall">{rows}</div>',
            "row": '<div class="card"><b>{day}</b><h4><a href="{href}">{title}</a></h4></div>',
        }
    )
    found = mended(site, changed, topics)
    assert found.lists[0].trouble == "selectors.list_item finds nothing"
    assert found.new.selectors == Selectors(list_item="div.card", list_date="b")
    assert found.new.listings == site.listings
    assert [entry.title for entry in found.lists[0].new.read.entries] == [title for _, title, _ in changed.entries()]
    assert "selectors.body" in found.notes[0]


def test_selectors_that_read_a_menu_are_found_out(topics: Topics) -> None:
    website = Website(CASES[0])
    site = known_site(website, topics)
    wrong = site.model_copy(update={"selectors": Selectors(list_item="div.links li")})
    found = mended(wrong, website, topics)
    assert "0 rows with a day" in found.lists[0].trouble
    assert found.new.selectors == site.selectors


def test_a_list_that_moved_is_found_again_by_its_name(topics: Topics) -> None:
    site = known_site(Website(CASES[0]), topics)
    case = CASES[0] | {
        "first": "/2025/yaowen/",
        "home": '<a href="/tzgg/">通知公告</a><a href="/2025/yaowen/">教育要闻</a>',
    }
    found = mended(site, Website(case), topics)
    assert found.lists[0].trouble.startswith("gone")
    assert [(one.url, one.column) for one in found.new.listings] == [
        ("https://jyj.qiyang-test.gov.cn/2025/yaowen/", "教育要闻")
    ]


def test_a_short_list_and_a_json_list_are_no_trouble(topics: Topics) -> None:
    website = Website(CASES[0])
    site = known_site(website, topics)
    website.pages[CASES[0]["first"]] = website.page("教育要闻", f"<ul class='gl_list'>{website.rows(0, 3)}</ul>")
    assert mended(site, website, topics).new == site
    rows = [{"id": number, "title": website.title(number), "time": str(website.day(number))} for number in range(12)]
    website.pages["/api/list"] = json.dumps({"data": rows}, ensure_ascii=False)
    api = {"url": f"{website.root}/api/list", "article_url": f"{website.root}/{{id}}.html"}
    both = Site.model_validate(site.model_dump() | {"listings": [site.listings[0].model_dump(), api]})
    assert mended(both, website, topics).new == both


def test_a_list_that_leads_to_a_stranger_is_looked_for_at_home(topics: Topics) -> None:
    website = Website(CASES[0])
    site = known_site(website, topics)

    def fetch(urls: Any, rendered: bool) -> Any:
        return {url: evolve(website.answer(url), url="https://www.shop-test.com/a/") for url in urls}

    with pytest.raises(DiscoverError, match=r"leads to shop-test\.com, and no other list was found"):
        mended(site, fetch, topics)


def test_a_site_that_only_refuses_us_has_lost_nothing(topics: Topics) -> None:
    website = Website(CASES[0])
    site = known_site(website, topics)

    def fetch(urls: Any, rendered: bool) -> Any:
        return {url: Page(url=url, body=b"<script>__jsl_clearance</script>", status=521) for url in urls}

    with pytest.raises(DiscoverError, match="cannot be tried: challenge"):
        mended(site, fetch, topics)


# --- the parts --------------------------------------------------------------------------------------------------------


def test_links_are_ranked_by_name_heading_and_address() -> None:
    page = document(
        '<a href="/a/">教育要闻</a><a href="/b/">通知公告</a><a href="/c/">政策解读</a><a href="/d/">图片新闻</a>'
        '<a href="/gzdt/">栏目一</a><div><h3>市州动态</h3><ul><li>x</li></ul><a href="/e/">更多&gt;&gt;</a></div>'
        '<a href="http://other.gov.cn/">教育新闻</a><a href="/202411/t20241101_1.html">教育动态一则</a>'
        '<a href="/a/2.html">2</a><a href="javascript:void(0)">教育动态</a>'
    )
    assert [(one.url.removeprefix("https://jyj.test.gov.cn"), one.name) for one in candidates(page)] == [
        ("/a/", "教育要闻"),
        ("/e/", "市州动态"),
        ("/b/", "通知公告"),
        ("/d/", "图片新闻"),
        ("/gzdt/", "栏目一"),
    ]


def test_a_column_is_named_by_its_page() -> None:
    assert column_name(document("<title>基层动态_某市教育局</title>")) == "基层动态"
    assert column_name(document("<title>某市教育局 - 基层动态</title>")) == "基层动态"
    assert column_name(document("<title>某市教育局</title>")) == ""


def test_a_wrong_site_code_does_not_move_a_site() -> None:
    page = document(
        '<meta name="SiteName" content="河南省人民政府门户网站"><meta name="SiteIDCode" content="4500000001">'
        "<p>主办：河南省人民政府办公厅 豫ICP备05002413号</p>",
        "https://www.henan-test.gov.cn/",
    )
    owner = owner_of([page])
    assert (owner.name, owner.region_code, owner.level, owner.kind, owner.agreed) == (
        "河南省人民政府",
        "410000",
        "province",
        "portal",
        False,
    )


def test_names_that_a_build_tool_or_a_state_made_are_no_selectors() -> None:
    rows = "".join(
        f'<li class="on r{n}8231"><a href="/{n}.html">关于第{n}次教育工作会议的报道</a><i>2024-05-{n:02}</i></li>'
        for n in range(1, 13)
    )
    page = document(f'<div id="list-88213"><div class="wrap"><ul class="cur on">{rows}</ul></div></div>')
    found = listed(page, None, url=page.page.url, column="", weight=1)
    assert found
    assert steady([found], {}) == Selectors(list_item="div.wrap li", list_date="i")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from('<>/="ul li a href class div 教育要闻更多2024-05-0123'), max_size=400))
def test_no_markup_breaks_the_parts(text: str) -> None:
    page = document(f"<html><body><p>字</p>{text}</body></html>")
    found = listed(page, None, url=page.page.url, column="", weight=1)
    if found:
        steady([found], {})
    assert all(one.weight > 0 for one in candidates(page))
    column_name(page)
    owner_of([page])


@pytest.mark.timeout(30)
def test_a_page_of_nothing_but_links_does_not_hold_us_up() -> None:
    more = "".join(f'<li><a href="/x{number}">更多</a></li>' for number in range(5000))
    assert candidates(document(f"<div><h3>{'字' * 100_000}</h3>{more}</div>")) == ()
    nested = f'{"<div class=position>" * 3000}<a href="/">首页</a>'
    assert column_name(document(nested)) == ""
