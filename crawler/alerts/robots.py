"""Sends alerts to group robots of WeCom, DingTalk and Feishu (Lark), as plain text.

A robot answers HTTP 200 to what it refuses, so the code in the answer's body decides. Text and not markdown: WeChat
shows no markdown of WeCom, and in text a crawled title can forge no link. Robots know no idempotency key; each message
ends in eight characters of its own, so that a reader knows a repeat.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

from crawler.alerts.channel import Failed, Letter, Sent, scrub
from crawler.alerts.digest import message_of
from crawler.alerts.post import Answer, Poster, refused
from crawler.alerts.split import split
from crawler.subscriptions import ConfigError, Subscription

MOST_PARTS = 10  # of one message
_MARK = len(b"(10/10)\\n")  # as JSON writes it
_TOO_FAST = ("frequency", "too fast", "too many", "rate limit", "限流", "频率")

Signed = tuple[dict[str, str], dict[str, Any]]  # what is added to the address, and to the body


@frozen(kw_only=True)
class Robot:
    """What one maker documents."""

    limit: int  # bytes of text in one message
    code: tuple[str, str]  # the keys of code and words in an answer
    busy: frozenset[int]  # codes that mean: not now
    dead: frozenset[int]  # codes that mean: never so; any other is tried again
    wait: float  # seconds to keep away after a busy code
    pause: float = 0  # seconds between two parts of one message
    envelope: Callable[[str], dict[str, Any]]
    sign: Callable[[str, float], Signed] | None = None  # of secret and Unix time


def _text(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


def _feishu_text(text: str) -> dict[str, Any]:
    return {"msg_type": "text", "content": {"text": text}}


def sign_dingtalk(secret: str, now: float) -> Signed:
    """Milliseconds and secret, signed with the secret; both stand in the address."""
    stamp = str(round(now * 1000))
    return {"timestamp": stamp, "sign": _hmac(secret, f"{stamp}\n{secret}")}, {}


def sign_feishu(secret: str, now: float) -> Signed:
    """Nothing, signed with seconds and secret; both stand in the body."""
    stamp = str(int(now))
    return {}, {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret}", "")}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


# developer.work.weixin.qq.com/document/path/91770 and /90313, open.dingtalk.com/document/robots/custom-robot-access,
# open.feishu.cn/document "custom bot usage guide". The two last bound the whole request, to 20,000 bytes and to 20 KB.
_ROBOTS = {
    "wecom": Robot(
        limit=2048,
        code=("errcode", "errmsg"),
        busy=frozenset({-1, 45009, 45033}),
        dead=frozenset({40008, 40058, 93000, 93004, 93008}),
        wait=60,
        envelope=_text,
    ),
    "dingtalk": Robot(
        limit=19_000,
        code=("errcode", "errmsg"),
        busy=frozenset({-1, 130101, 410100}),
        dead=frozenset(
            {
                40035,
                43004,
                300001,
                300005,
                310000,
                400013,
                400101,
                400102,
                400105,
                400106,
                430101,
                430102,
                430104,
                460101,
            }
        ),
        wait=600,  # so long is a robot silenced that said more than twenty things in a minute
        envelope=_text,
        sign=sign_dingtalk,
    ),
    "feishu": Robot(
        limit=19_000,
        code=("code", "msg"),
        busy=frozenset({11232}),
        dead=frozenset({9499, 19001, 19002, 19021, 19022, 19024}),
        wait=60,
        pause=0.25,  # five in a second are allowed
        envelope=_feishu_text,
        sign=sign_feishu,
    ),
}


class RobotChannel:
    """One robot."""

    def __init__(self, subscription: Subscription, *, timeout: float) -> None:
        self._robot = _ROBOTS[subscription.channel]
        self._subscription = subscription
        self._poster = Poster(subscription, timeout=timeout)

    async def send(self, letter: Letter) -> Sent | Failed:
        """Post the parts of one letter in order; the first that is refused ends it, and a new try begins anew."""
        posts = 0
        for text in texts(letter):
            if posts:
                await asyncio.sleep(self._robot.pause)
            posts += 1
            answer = await self._post(text)
            if isinstance(answer, Failed):
                return evolve(answer, posts=posts)
        return Sent(trace=f"{posts} parts" if posts > 1 else "code 0", posts=posts)

    def posts(self, letter: Letter) -> int:
        """A request for each part."""
        return len(texts(letter))

    async def close(self) -> None:
        """Hang up."""
        await self._poster.close()

    async def _post(self, text: str) -> Sent | Failed:
        secret, body = "", self._robot.envelope(text)
        params: dict[str, str] = {}
        try:
            if self._subscription.secret is not None and self._robot.sign is not None:
                secret = self._subscription.secret.read()
                params, added = self._robot.sign(secret, time.time())  # the robot compares it with its own clock
                body |= added
        except ConfigError as error:
            return Failed(reason=f"ConfigError: {error}", unreachable=True)
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        answer = await self._poster.post(content, headers={}, params=params, read=True)
        return answer if isinstance(answer, Failed) else judged(answer, self._robot, secret)


def texts(letter: Letter) -> list[str]:
    """The letter in parts that its robot takes. What could call people (`<@all>`) is made harmless."""
    robot = _ROBOTS[letter.subscription.channel]
    whole = f"{message_of(letter).text.strip()} · {letter.key[-8:]}".replace("<", "＜")
    parts = split(whole, robot.limit - _MARK, most=MOST_PARTS)
    if len(parts) == 1:
        return parts
    return [f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, 1)]


def judged(answer: Answer, robot: Robot, secret: str = "") -> Sent | Failed:
    """What a robot's answer means: its code decides, then the status."""
    found = _json(answer.body)
    code, said = found.get(robot.code[0]), str(found.get(robot.code[1], ""))
    if type(code) is not int:
        unclear = Failed(reason="the answer is none of such a robot's", retry_after=robot.wait)
        return unclear if 200 <= answer.status < 300 else refused(answer)
    if code == 0 and 200 <= answer.status < 300:
        return Sent(trace=f"{robot.code[0]} 0")
    reason = scrub(f"{robot.code[0]} {code} {said}", [secret])
    if code in robot.busy or any(word in said.lower() for word in _TOO_FAST):
        return Failed(reason=reason, retry_after=max(robot.wait, answer.retry_after))
    return Failed(reason=reason, permanent=code in robot.dead, retry_after=answer.retry_after)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
