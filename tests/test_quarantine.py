"""What was refused can be looked at, let through and confirmed, and the choice is kept for its like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from crawler import quarantine
from crawler.filing.likeness import marks_of
from crawler.items import Outcome, Rejected
from crawler.quarantine import NotReleased
from crawler.run import Run
from crawler.store import choices, outbox, outcomes, reports
from crawler.store.choices import Choice, Marks, best
from crawler.store.outcomes import LoggedPage
from tests.factories import NOW, body
from tests.quarantined import article, file_at, page_at, planted, run_in

HOST = "http://jyj.yunxi.gov.cn"
SOON = "关于召开2024年全市教育大会的通知"  # a notice: a near miss of the topic
FOOTER = "主办：云溪市教育局 网站标识码：4502000051 桂ICP备05000001号 桂公网安备45020002000001号"
MARKS = Marks(outcome=Outcome.SPAM, place="yunxi-jyj", reason_kind="planted text only", body_sha256="a" * 64)


@pytest.fixture
def run(tmp_path: Path, store_url: str) -> Iterator[Run]:
    with run_in(tmp_path, store_url) as opened:
        yield opened


def last(run: Run, outcome: Outcome) -> LoggedPage:
    with run.store.read() as conn:
        return outcomes.quarantine(conn, outcome=outcome)[0]


def open_ones(run: Run) -> list[str]:
    with run.store.read() as conn:
        return [page.url for page in outcomes.quarantine(conn, undecided=True)]


def told(run: Run) -> list[str]:
    with run.store.read() as conn:
        return [row.payload["event"] for row in outbox.rows(conn)]


def choice(number: int, **marks: object) -> Choice:
    return Choice(id=number, verdict="confirm", marks=evolve(MARKS, **marks), made_at=NOW)


def test_a_page_follows_the_choice_on_its_text_then_the_one_on_its_place() -> None:
    text = choice(1, place="elsewhere.cn", reason_kind="x")
    place = choice(2, body_sha256="b" * 64)
    later = choice(3, body_sha256="c" * 64)
    assert best(MARKS, [place, text, later]) == text
    assert best(MARKS, [place, later]) == later
    assert best(MARKS, [choice(1, outcome=Outcome.OFF_TOPIC)]) is None
    assert best(MARKS, [choice(1, place="other", body_sha256="b" * 64)]) is None
    assert best(MARKS, [choice(1, reason_kind="other", body_sha256="b" * 64)]) is None
    assert best(evolve(MARKS, body_sha256="", place=""), [choice(1, body_sha256="", place="")]) is None


@given(st.lists(st.sampled_from([choice(1), choice(2, place="x"), choice(3, body_sha256=""), choice(4, place="")])))
def test_the_order_of_the_choices_does_not_matter(known: list[Choice]) -> None:
    assert best(MARKS, known) == best(MARKS, reversed(known))


def test_the_numbers_in_a_reason_are_no_mark_of_it(run: Run) -> None:
    pages = [
        Rejected(outcome=Outcome.SPAM, reason=f"planted text only: {share} of the page", stage="despam", last=page)
        for share, page in (("93%", page_at(f"{HOST}/1", "a")), ("61%", page_at(f"{HOST}/2", "b")))
    ]
    first, second = (marks_of(page, run.catalog) for page in pages)
    assert (first.place, first.reason_kind) == (second.place, second.reason_kind) == ("yunxi-jyj", "planted text only")
    assert first.body_sha256 != second.body_sha256


def test_a_page_off_topic_is_let_through_and_its_like_follow(run: Run) -> None:
    assert file_at(run, f"{HOST}/1.html", article(title=SOON)) is Outcome.OFF_TOPIC
    done = quarantine.release(run, last(run, Outcome.OFF_TOPIC))
    assert done.outcome is Outcome.NEW
    assert done.conference_id is not None
    assert told(run) == ["conference"]
    other = article(title=SOON.replace("2024", "2025"), text=body(seed=2))
    assert file_at(run, f"{HOST}/2.html", other) is Outcome.NEW, "the same site, the same kind of reason"
    assert open_ones(run) == []
    with run.store.begin() as conn:
        assert choices.forget(conn, done.choice_id)
        assert not choices.forget(conn, done.choice_id)
    assert file_at(run, f"{HOST}/3.html", article(title=SOON, text=body(seed=3))) is Outcome.OFF_TOPIC
    assert open_ones(run)[0] == f"{HOST}/3.html"


def test_what_names_no_conference_cannot_be_let_through(run: Run) -> None:
    text = "\n".join(line for line in body().split("\n")[1:])
    file_at(run, f"{HOST}/1.html", article(title="关于校车线路的说明", text=text))
    with pytest.raises(NotReleased, match="no conference is named"):
        quarantine.release(run, last(run, Outcome.OFF_TOPIC))
    with run.store.read() as conn:
        assert choices.remembered(conn) == []
    assert open_ones(run) == [f"{HOST}/1.html"]


def test_a_judgement_of_spam_is_lifted_where_a_record_can_be_made(run: Run) -> None:
    assert file_at(run, f"{HOST}/1.html", planted()) is Outcome.SPAM
    with pytest.raises(NotReleased, match=r"off_topic|empty"):
        quarantine.release(run, last(run, Outcome.SPAM))
    brief = "10月31日，云溪市教育大会召开。市委书记方远山出席并讲话。"
    mixed = planted().replace("<ul>", f"<h1>我市召开全市教育大会</h1><p>{brief}</p><ul>")
    assert file_at(run, f"{HOST}/2.html", mixed) is Outcome.SPAM
    done = quarantine.release(run, last(run, Outcome.SPAM))
    with run.store.read() as conn:
        filed = reports.get(conn, done.report_id)
    assert filed is not None
    assert (filed.verdict, filed.provenance.marks) == ("official", ("released",))
    assert filed.record.region_code == "450200"


def test_a_mirror_is_let_through_by_its_host_alone(run: Run) -> None:
    assert file_at(run, "http://www.copies.com/1.html", article(footer=FOOTER)) is Outcome.MIRROR
    assert told(run) == []
    done = quarantine.release(run, last(run, Outcome.MIRROR))
    assert done.conference_id is not None
    with run.store.read() as conn:
        filed = reports.get(conn, done.report_id)
        assert filed is not None
        assert (filed.verdict, filed.shown_url) == ("unknown", "http://www.copies.com/1.html")
        (made,) = choices.remembered(conn)
        assert (made.verdict, made.marks.place) == ("release", "www.copies.com"), "not the site that linked to it"
    other = article(text=body(seed=4), footer=FOOTER)
    assert file_at(run, "http://www.others.com/2.html", other) is Outcome.MIRROR


def test_a_confirmed_refusal_is_not_asked_about_again(run: Run) -> None:
    file_at(run, f"{HOST}/1.html", planted())
    quarantine.confirm(run, last(run, Outcome.SPAM))
    assert open_ones(run) == []
    file_at(run, "http://www.strange.com/x.html", planted())
    assert open_ones(run) == [], "the very same text elsewhere"
    file_at(run, "http://www.strange.com/y.html", planted().replace("六合彩", "百家乐"))
    assert open_ones(run) == ["http://www.strange.com/y.html"]
    with run.store.read() as conn:
        assert len(outcomes.quarantine(conn)) == 3, "nothing is lost from the list of everything"


def test_a_choice_that_cannot_be_made_says_why(run: Run) -> None:
    gone = Rejected(outcome=Outcome.FAILED, reason="time-out", stage="fetch", last=page_at(f"{HOST}/1", ""))
    run.file(gone)
    for act in (quarantine.release, quarantine.confirm):
        with pytest.raises(NotReleased, match="no bytes of it were kept"):
            act(run, last(run, Outcome.FAILED))


def test_a_release_is_remembered_on_both_databases_for_a_later_run(tmp_path: Path, store_url: str) -> None:
    with run_in(tmp_path, store_url) as run:
        file_at(run, f"{HOST}/1.html", article(title=SOON))
        made = quarantine.release(run, last(run, Outcome.OFF_TOPIC))
    with run_in(tmp_path, store_url) as run:
        with run.store.read() as conn:
            assert [one.id for one in choices.remembered(conn, Outcome.OFF_TOPIC)] == [made.choice_id]
            assert choices.remembered(conn, Outcome.SPAM) == []
        assert file_at(run, f"{HOST}/9.html", article(title=SOON, text=body(seed=9))) is Outcome.NEW
