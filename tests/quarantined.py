"""Pages for the tests of the quarantine and of lost hosts, as websites print them, and a run that files them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.clean import clean
from crawler.config import Config
from crawler.items import Outcome, Page
from crawler.run import Run
from tests.factories import NOW, body

SITES = """
[[site]]
id = "yunxi-jyj"
name = "云溪市教育局"
region = "450200"
level = "city"
kind = "education"
homepage = "http://jyj.yunxi.gov.cn/"
listings = ["http://jyj.yunxi.gov.cn/list.html"]
site_code = "4502000051"

[[site]]
id = "hexi"
name = "河西中学"
region = "320100"
level = "school"
kind = "school"
homepage = "http://www.hexi.example/"
listings = ["http://www.hexi.example/list.html"]
"""
OPERATOR = {"channel": "email", "to": ["operator@example.cn", "deputy@example.cn"]}
READER = {"name": "reader", "channel": "email", "to": ["reader@example.cn"], "baseline": True}
GAMES = ("开元棋牌", "真人百家乐", "彩票平台", "电竞投注", "捕鱼达人", "老虎机", "六合彩", "时时彩")
ENDS = ("官网登录入口", "app下载安装", "最新网址", "送彩金", "手机版", "代理开户")


@contextmanager
def run_in(home: Path, store_url: str) -> Iterator[Run]:
    """A run over two made-up sites, with a reader who hears of everything and an operator."""
    (home / "sites").mkdir(exist_ok=True)
    (home / "sites" / "sites.toml").write_text(SITES, "utf-8")
    (home / "clock").write_text(NOW.isoformat(), "ascii")
    settings = {"home": home, "store": store_url, "sites": home / "sites", "clock": home / "clock"}
    config = Config.model_validate(settings | {"subscription": [READER], "operator": OPERATOR})
    with Run(config, kind="import") as run:
        yield run


def article(title: str = "我市召开2024年全市教育大会", text: str | None = None, footer: str = "") -> str:
    """A page with a headline, a date, a body and the owner's footer."""
    lines = "".join(f"<p>{line}</p>" for line in (text or body()).split("\n"))
    return (
        f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>"
        f"<p>发布时间：2024-11-02 来源：云溪日报</p><div class='content'>{lines}</div><div>{footer}</div></body></html>"
    )


def planted() -> str:
    """A page of nothing but links to gambling."""
    rows = "".join(
        f"<li><a href='http://go.qipai-888.example/{number}{ending}.html'>{game}{ending}</a></li>"
        for number, game in enumerate(GAMES)
        for ending in ENDS
    )
    return f"<html><head><meta charset='utf-8'><title>{GAMES[0]}</title></head><body><ul>{rows}</ul></body></html>"


def page_at(url: str, html: str, *, site_id: str | None = "yunxi-jyj") -> Page:
    """The page as it was fetched."""
    headers = {"content-type": "text/html; charset=utf-8"}
    return Page(url=url, body=html.encode(), headers=headers, fetched_at=NOW, site_id=site_id)


def file_at(run: Run, url: str, html: str, *, site_id: str | None = "yunxi-jyj", baseline: bool = False) -> Outcome:
    """Clean and file a page as the pipelines do."""
    kept = run.keep(page_at(url, html, site_id=site_id))
    return run.file(clean(kept, catalog=run.catalog, topics=run.topics), baseline=baseline)
