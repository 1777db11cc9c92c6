"""`huixun sources add | repair` as a person and as a script meet them, and the catalogue's files that they write."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from crawler import catalog as catalogs
from crawler import seeding
from crawler.catalog import Listing, Selectors, Site
from crawler.cli import adding, app
from crawler.config import CHECKOUT
from crawler.seeding import SeedError
from tests.explored import CASES, NOW, Website
from tests.worlds import world

SEEDS = CHECKOUT / "seeds" / "sites"
OLD = """# 湖南. A comment that stays.

[[site]]  # the first
id = "hn-other"
name = "某市教育局"
region = "430200"
level = "city"
kind = "education"
homepage = "http://jyj.other-test.gov.cn/"
listings = ["http://jyj.other-test.gov.cn/a/"]  # plain
notes = "left as it is"
"""
Command = Callable[..., Result]


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "43-hunan.toml").write_text(OLD)
    return folder


@pytest.fixture
def huixun(sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command with a made-up website in the place of the network."""
    clock = tmp_path / "clock"
    clock.write_text(NOW.isoformat())
    for name, value in {"SITES": sites, "CLOCK": clock, "HOME": tmp_path / "var"}.items():
        monkeypatch.setenv(f"HUIXUN_{name}", str(value))

    def run(*args: str, website: Any = None) -> Result:
        monkeypatch.setattr(adding, "fetcher", lambda config: website or Website(CASES[0]))
        return CliRunner().invoke(app, ["sources", *args])

    return run


URL = "https://jyj.qiyang-test.gov.cn/"


def test_add_shows_lists_and_articles_and_appends_the_row(huixun: Command, sites: Path) -> None:
    done = huixun("add", URL, "--yes")
    assert done.exit_code == 0, done.output
    website = Website(CASES[0])
    shown = done.output.replace("\n", "")
    assert website.title(0) in shown
    assert website.day(1).isoformat() in shown
    assert "来源" not in shown.split("2024-11-18T10:20")[0].rpartition(website.title(0))[2]
    assert "第1项议程" in shown
    text = (sites / "43-hunan.toml").read_text()
    assert text.startswith(OLD.rstrip())
    site = catalogs.load(sites).by_id["hn-qiyang-jyj"]
    assert (site.region, site.level, site.kind, site.checked) == ("431181", "county", "education", "2024-11-20")
    assert site.listings[0].column == "教育要闻"
    assert site.evidence == ("read by `huixun sources add` on 2024-11-20",)
    assert not catalogs.load(sites).problems
    again = huixun("add", URL, "--yes")
    assert again.exit_code == 1
    assert "hn-qiyang-jyj" in again.stderr
    assert "43-hunan.toml" in again.stderr
    assert (sites / "43-hunan.toml").read_text() == text


@pytest.mark.parametrize("args", [(), ("--dry-run",), ("--dry-run", "--yes"), ("--json",), ("--json", "--dry-run")])
def test_nothing_is_written_unasked(huixun: Command, sites: Path, args: tuple[str, ...]) -> None:
    done = huixun("add", URL, *args)
    assert done.exit_code == 0, done.output
    assert [(path.name, path.read_text()) for path in sites.iterdir()] == [("43-hunan.toml", OLD)]


def test_a_program_gets_one_object(huixun: Command, sites: Path) -> None:
    done = huixun("add", URL, "--json", "--yes")
    data = json.loads(done.stdout)
    assert data["written"]
    assert data["file"] == str(sites / "43-hunan.toml")
    assert (data["site"]["id"], data["further"]) == ("hn-qiyang-jyj", 6)
    assert (len(data["lists"][0]["entries"]), data["lists"][0]["next"]) == (12, f"{URL}jyxw/jyyw/index_1.html")
    assert [article["title"] for article in data["articles"]] == [Website(CASES[0]).title(n) for n in range(2)]
    assert data["articles"][0]["lines"]
    assert Site.model_validate(data["site"]) == catalogs.load(sites).by_id["hn-qiyang-jyj"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((URL, "--region", "999999"), 2, "999999 is no division of GB/T 2260"),
        ((URL, "--region", "朝阳区"), 2, "110105 朝阳区"),
        ((URL, "--kind", "newspaper"), 2, "--kind is one of education, portal, school, media"),
        ((URL, "--id", "hn-other"), 2, "the id hn-other is taken"),
        ((URL, "--id", "No Good"), 1, "id: "),
        (("https://no-such-host-test.gov.cn/",), 1, "network: no such host"),
        (("http://jyj.other-test.gov.cn/x/",), 1, "hn-other"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(huixun: Command, args: tuple[str, ...], code: int, said: str) -> None:
    done = huixun("add", *args)
    assert (done.exit_code, said in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


@pytest.mark.parametrize(
    ("number", "name"), [(4, "schools.toml"), (18, "media.toml"), (0, "43-hunan.toml"), (9, "61-sn.toml")]
)
def test_the_row_goes_into_the_right_file(huixun: Command, sites: Path, number: int, name: str) -> None:
    website = Website(CASES[number])
    assert huixun("add", website.root, "--yes", website=website).exit_code == 0
    assert seeding.file_of(sites, CASES[number]["id"]) == sites / name


def test_text_of_strangers_does_not_steer_the_terminal(huixun: Command) -> None:
    website = Website(CASES[0])
    website.title = lambda number: f"[red]\x1b[31m第{number}次教育工作会议[/red]\u202e召开[/nothing]"
    website.pages[CASES[0]["first"]] = website.page("教育要闻", f"<ul class='gl_list'>{website.rows(0, 12)}</ul>")
    done = huixun("add", f"{website.root}{CASES[0]['first']}", "--dry-run", website=website)
    assert done.exit_code == 0, done.output
    assert "[red]" in done.output
    assert not {"\x1b", "\u202e"} & set(done.output)


def test_repair_shows_both_and_changes_only_what_it_must(huixun: Command, sites: Path) -> None:
    assert huixun("add", URL, "--yes").exit_code == 0
    assert "nothing is proposed" in huixun("repair", "hn-qiyang-jyj").output
    before = (sites / "43-hunan.toml").read_text()
    changed = Website(
        CASES[0]
        | {
            "list": '<div class="wall">{rows}</div>',
            "row": '<p class="card"><b>{day}</b><a href="{href}">{title}</a></p>',
        }
    )
    shown = huixun("repair", "hn-qiyang-jyj", website=changed)
    assert shown.exit_code == 0, shown.output
    assert '- selectors.list_item = "ul.gl_list > li"' in shown.output
    assert '+ selectors.list_item = "p.card"' in shown.output
    assert (sites / "43-hunan.toml").read_text() == before
    done = huixun("repair", "hn-qiyang-jyj", "--yes", website=changed)
    assert done.exit_code == 0, done.output
    after = (sites / "43-hunan.toml").read_text()
    assert after.startswith(OLD.rstrip())
    assert catalogs.load(sites).by_id["hn-qiyang-jyj"].selectors == Selectors(list_item="p.card", list_date="b")
    data = json.loads(huixun("repair", "hn-qiyang-jyj", "--json", website=changed).stdout)
    assert (data["needed"], data["written"]) == (False, False)
    assert huixun("repair", "no-such-site").exit_code == 2


# --- the files --------------------------------------------------------------------------------------------------------


def test_every_row_of_the_catalogue_survives_being_written(tmp_path: Path) -> None:
    for site in catalogs.load(SEEDS).sites:
        [back] = tomllib.loads(seeding.row(site))["site"]
        assert Site.model_validate(back) == site


def test_a_change_leaves_comments_and_other_rows(sites: Path) -> None:
    [site] = catalogs.load(sites).sites
    path = sites / "43-hunan.toml"
    more = site.model_copy(update={"selectors": Selectors(list_item="ul > li", list_date="i"), "family": "trs"})
    seeding.change(sites, path, more)
    assert catalogs.load(sites).sites == (more,)
    text = path.read_text()
    for line in OLD.splitlines():
        assert line in text
    moved = [{"url": f"http://jyj.other-test.gov.cn/{name}/", "column": name} for name in "bc"]
    fewer = Site.model_validate(
        more.model_dump() | {"selectors": {"list_date": "b"}, "family": None, "listings": moved}
    )
    seeding.change(sites, path, fewer)
    assert catalogs.load(sites).sites == (fewer,)
    seeding.change(sites, path, site)
    assert catalogs.load(sites).sites == (site,)
    assert "left as it is" in path.read_text()


def test_a_file_that_would_break_is_not_written(sites: Path) -> None:
    [site] = catalogs.load(sites).sites
    path = sites / "43-hunan.toml"
    with pytest.raises(SeedError, match="hn-other"):
        seeding.add(sites, path, site.model_copy(update={"name": "another by the same id"}))
    path.write_text(OLD + "\nbroken = [")
    with pytest.raises(SeedError):
        seeding.add(sites, path, site.model_copy(update={"id": "hn-third"}))
    assert path.read_text() == OLD + "\nbroken = ["
    assert [one.name for one in sites.iterdir()] == ["43-hunan.toml"]


# --- over real HTTP ---------------------------------------------------------------------------------------------------


def test_a_site_of_the_replica_is_added_by_the_crawls_own_rules(sites: Path, tmp_path: Path) -> None:
    with world(tmp_path, "2024-11-20T09:00", sites=str(sites)) as there:
        kept_out = there.huixun("sources", "add", "http://www.benxi.gov.cn/gkml/hygk/", timeout=200)
        assert (kept_out.returncode, "robots.txt" in kept_out.stderr) == (1, True), kept_out.stderr
        done = there.huixun("sources", "add", "http://www.benxi.gov.cn/xw/bmdt/", "--yes", "--json", timeout=200)
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        assert data["site"]["encoding"] == "gb18030"
        assert [one["url"] for one in data["site"]["listings"]] == ["http://www.benxi.gov.cn/xw/bmdt/"]
        assert not [one for one in there.replica.requests if one.path.startswith("/gkml/")]
        assert not (there.home / "var" / "huixun.db").exists()
    assert catalogs.load(sites).by_id["ln-benxi-portal"].region == "210500"


def test_two_commands_at_once_lose_no_row(sites: Path) -> None:
    [site] = catalogs.load(sites).sites
    path = sites / "43-hunan.toml"
    news = [
        site.model_copy(
            update={
                "id": f"hn-new{number}",
                "homepage": f"http://new{number}.gov.cn/",
                "listings": (Listing(url=f"http://new{number}.gov.cn/a/"),),
            }
        )
        for number in range(12)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: seeding.add(sites, path, one), news))
    assert {one.id for one in catalogs.load(sites).sites} == {site.id, *(one.id for one in news)}
