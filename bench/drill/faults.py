"""What may happen to a site: the events of the replica's own script, and a world that answers as broken sites do."""

from __future__ import annotations

import json
import re
import threading
import tomllib
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from crawler.replica.values import Event
from crawler.replica.world import Answer, World, plain

HANG = 60.0  # seconds, far above the crawl's time-out
SLOW = 0.7
_HTML = ("Content-Type", "text/html; charset=utf-8")
_LINK = re.compile(r'<a [^>]*?href="([^"]+)"[^>]*>([^<]{6,})</a>')


@frozen(kw_only=True)
class Fault:
    """One fault of one site. The keys are explained in faults.toml."""

    do: str
    status: int = 200
    expect: frozenset[str] = field(default=frozenset(), converter=frozenset)
    hides: bool = False
    lost: bool = False
    days: float | None = None
    believed: float = 0
    host: str = ""
    column: str = ""  # the path of the list
    at: datetime = datetime.max
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """True from `at` on and before `until`."""
        return self.at <= now and (self.until is None or now < self.until)


def read_faults() -> list[Fault]:
    """All faults in the order of the file, without place and time."""
    rows = tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))["fault"]
    return [Fault(**row) for row in rows]


def events_of(fault: Fault) -> list[Event]:
    """What the replica's own script knows; empty for the faults that `Struck` plays."""
    whole: dict[str, dict[str, Any]] = {
        "challenge": {"do": "answer", "status": fault.status},
        "blocked": {"do": "answer", "status": fault.status},
        "gone": {"do": "answer", "status": fault.status},
        "busy": {"do": "answer", "status": fault.status, "retry_after": 1800},
        "hijack": {"do": "hijack"},
        "redesign": {"do": "redesign", "family": "gdcloud"},
        "rebuild": {"do": "rebuild"},
        "slow": {"do": "slow", "seconds": SLOW},
        "robots": {"do": "robots", "robots": "User-agent: *\nDisallow: /\n"},
        "moved": {"do": "redirect", "status": 301, "to": f"http://{moved_host(fault.host)}/{{rest}}"},
    }
    if fault.do not in whole:
        return []
    return [Event.model_validate({"at": fault.at, "until": fault.until, "host": fault.host} | whole[fault.do])]


def moved_host(host: str) -> str:
    """Where a site moves to."""
    return f"new-{host}"


@frozen(kw_only=True)
class Asked:
    """A request as it came in, answered or not."""

    at: datetime
    host: str
    path: str


class Struck(World):
    """A world some of whose hosts answer as broken sites do. `asked` is every request."""

    def __init__(self, world: World, faults: list[Fault]) -> None:
        super().__init__(world.sites)
        self._faults = {fault.host: fault for fault in faults}
        self._flaps: dict[str, tuple[datetime, bool]] = {}
        self._lock = threading.Lock()
        self.asked: deque[Asked] = deque()

    def answer(self, host: str, address: str, headers: Mapping[str, str], now: datetime) -> Answer:
        """As `World.answer`. Raises ConnectionError where the host hangs up without a word."""
        self.asked.append(Asked(at=now, host=host, path=address))
        fault = self._faults.get(host)
        if fault is None or not fault.holds(now):
            return super().answer(host, address, headers, now)
        return self._struck(fault, address, headers, now)

    def _struck(self, fault: Fault, address: str, headers: Mapping[str, str], now: datetime) -> Answer:
        if fault.do == "drop":
            raise ConnectionResetError(fault.host)
        if fault.do == "dns":
            return plain(502, f"no such host: {fault.host}\n")
        if fault.do == "hang":
            return Answer(status=200, wait=HANG)
        usual = super().answer(fault.host, address, headers, now)
        is_list = address == fault.column
        if address == "/robots.txt":
            return usual
        if fault.do == "liar" and is_list:
            return _liar(super().answer(fault.host, address, {}, now), headers)
        if fault.do == "flap" and is_list and self._is_down(fault.host, now):
            return plain(500, "Internal Server Error\n")
        if fault.do == "charset":
            return evolve(
                usual, headers=(*_without(usual, "content-type"), ("Content-Type", "text/html; charset=big5"))
            )
        if fault.do in ("empty", "never", "shell") and is_list:
            return _hollow(super().answer(fault.host, address, {}, now), with_script=fault.do == "shell")
        if fault.do in _PAGES:
            return Answer(status=200, headers=(_HTML,), body=_PAGES[fault.do].encode())
        return usual

    def _is_down(self, host: str, now: datetime) -> bool:
        """Every second look fails, and all requests of that look."""
        with self._lock:
            moment, down = self._flaps.get(host, (datetime.min.replace(tzinfo=now.tzinfo), True))
            if now - moment > timedelta(minutes=5):
                down = not down
            self._flaps[host] = (now, down)
            return down


def _liar(usual: Answer, headers: Mapping[str, str]) -> Answer:
    """A cache in front of the site that calls every state of the page by one name."""
    named = (*_without(usual, "etag", "last-modified"), ("ETag", '"1a2b-0"'))
    if "if-none-match" in headers:
        return Answer(status=304, headers=(("ETag", '"1a2b-0"'),))
    return evolve(usual, headers=named)


def _hollow(usual: Answer, *, with_script: bool) -> Answer:
    """The list without its rows; ``with_script``: a script on the page writes them."""
    try:
        text = usual.body.decode("utf-8")
    except UnicodeDecodeError:
        text = usual.body.decode("gb18030")
    rows = _LINK.findall(text)
    script = f"<script>var rows={json.dumps(rows)};{_WRITER}</script>" if with_script else ""
    page = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>列表</title></head>{_HOLLOW}{script}</html>"
    return Answer(status=200, headers=(_HTML,), body=page.encode())


def _without(answer: Answer, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in answer.headers if pair[0].lower() not in names)


_HOLLOW = "<body><div class='head'><a href='/'>首页</a></div><div class='main'><ul id='rows'></ul></div></body>"
_WRITER = (
    "document.getElementById('rows').innerHTML=rows.map(function(r){"
    "return '<li><a href=\"'+r[0]+'\">'+r[1]+'</a></li>'}).join('')"
)
_PAGE = "<!DOCTYPE html><html><head><meta charset='utf-8'><title>{}</title></head><body>{}</body></html>"
_PAGES = {
    "captcha": _PAGE.format(
        "安全验证",
        "<form action='/captcha/verify' method='post'><p>访问过于频繁，请输入验证码后继续</p>"
        "<img src='/captcha/image'><input name='captcha'></form>",
    ),
    "login": _PAGE.format(
        "统一身份认证",
        "<form action='/login' method='post'><p>请登录后访问</p>用户名<input name='username'>"
        "密码<input type='password' name='password'><button>登录</button></form>",
    ),
    "soft404": _PAGE.format(
        "页面不存在", "<h2>抱歉，您访问的页面不存在或已被删除！</h2><p><a href='/'>返回首页</a></p>"
    ),
}
