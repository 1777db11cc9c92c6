"""What a host is at a time: the one place where the events of the script take effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import evolve, frozen

from crawler.replica.filling import Article
from crawler.replica.values import Event, Host, Validators


@frozen(kw_only=True)
class State:
    """A host between two changes."""

    family: str
    validators: Validators
    robots: str | None
    built: datetime | None  # when all its pages were last written anew
    articles: tuple[Article, ...]  # those that can be seen, newest first
    changed: dict[str, datetime]  # by path: when an article appeared or was edited
    events: tuple[Event, ...]  # in force: answer, hijack, slow, redirect

    def of(self, do: str, path: str) -> Event | None:
        """The latest event of a kind in force for a path, if there is one."""
        return next((one for one in reversed(self.events) if one.do == do and path.startswith(one.under)), None)


def instants(articles: Iterable[Article], events: Sequence[Event]) -> tuple[datetime, ...]:
    """The moments at which something changes, in order: between two of them a host stays as it is."""
    appear = _appearances(events)
    found = {appear.get(article.key, article.printed) for article in articles}
    found |= {event.at for event in events} | {event.until for event in events if event.until}
    return tuple(sorted(found))


def _appearances(events: Iterable[Event]) -> dict[str, datetime]:
    """When the articles with a `publish` event appear; the others do so on the date that they print."""
    return {event.article: event.at for event in events if event.do == "publish"}


def state_at(now: datetime, host: Host, articles: Iterable[Article], events: Sequence[Event]) -> State:
    """The state of a host at a time; `events` are those of this host, in order."""
    appear = _appearances(events)
    held = [event for event in events if event.holds(now)]
    changed: dict[str, datetime] = {}
    seen = []
    for article in articles:
        since = appear.get(article.key, article.printed)
        mine = [event for event in held if event.article == article.key]
        if since > now or any(event.do == "withdraw" for event in mine):
            continue
        edits = [event for event in mine if event.do == "edit"]
        for edit in edits:
            article = edited(article, edit)
        changed[article.path] = max([since, *(edit.at for edit in edits)])
        seen.append(article)
    latest = {event.do: event for event in held}
    validators, robots = latest.get("validators"), latest.get("robots")
    redesign = latest.get("redesign")
    return State(
        family=redesign.family if redesign else host.family,
        validators=validators.validators if validators else host.validators,
        robots=robots.robots if robots else host.robots,
        built=max((event.at for event in held if event.do in ("redesign", "rebuild")), default=None),
        articles=tuple(seen),
        changed=changed,
        events=tuple(event for event in held if event.do in ("answer", "hijack", "slow", "redirect")),
    )


def edited(article: Article, event: Event) -> Article:
    """The article after an edit: phrases replaced in title, row and body, and paragraphs added at the end."""

    def mend(text: str) -> str:
        for old, new in event.replace:
            text = text.replace(old, new)
        return text

    body = (*(mend(paragraph) for paragraph in article.text.body), *event.append)
    text = evolve(article.text, title=mend(article.text.title), body=body)
    return evolve(article, text=text, row_title=mend(article.row_title))
