"""Prints a composed story as another page would: eight kinds of change, each of which leaves it the same report."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from attrs import evolve, frozen
from opencc import OpenCC

from bench.stories import CITIES, GIVEN, SURNAMES, VERBS, WHAT, words

SPAM = words(
    """
    精品 国产 代练 在线 视频 澳门 彩票 平台 开户 直播 免费 高清 返利 棋牌 下载 官网
    """
)
SWAPS = (
    ("强调", "指出"),
    ("进一步", "更加"),
    ("推进", "推动"),
    ("全市", "本市"),
    ("召开", "举行"),
    ("加快", "加速"),
    ("的", ""),
)
PINYIN = words(
    """
    jiàn shè biāo zhì guǎn xué yè shí fā zhǎn quán lì xìn
    """
)


@frozen(kw_only=True)
class Copy:
    """A story as another page prints it."""

    title: str
    text: str


def header_footer(rng: random.Random, copy: Copy) -> Copy:
    source = f"来源：{rng.choice(CITIES)}日报 发布时间：2025-0{rng.randint(1, 9)}-11 浏览次数：{rng.randint(1, 999)}"
    head = f"首页 > 新闻中心 > 正文\n{source}"
    foot = "上一篇：关于做好近期校园安全工作的通知\n下一篇：没有了\n主办单位：教育局 版权所有 ICP备05000000号"
    return evolve(copy, text=f"{head}\n{copy.text}\n{foot}\n（责任编辑：{rng.choice(SURNAMES)}{rng.choice(GIVEN)}）")


def retitle(rng: random.Random, copy: Copy) -> Copy:
    return evolve(copy, title=f"【转载】{rng.choice(VERBS)}{rng.choice(WHAT)} 奋力书写教育新篇章")


def s2t(_rng: random.Random, copy: Copy) -> Copy:
    turn = OpenCC("s2t").convert
    return Copy(title=turn(copy.title), text=turn(copy.text))


def truncation(rng: random.Random, copy: Copy) -> Copy:
    return evolve(copy, text=copy.text[: int(len(copy.text) * rng.uniform(0.7, 0.9))])


def reorder(rng: random.Random, copy: Copy) -> Copy:
    parts = copy.text.split("\n")
    rng.shuffle(parts)
    return evolve(copy, text="\n".join(parts))


def light_edit(rng: random.Random, copy: Copy) -> Copy:
    text = copy.text
    for old, new in rng.sample(SWAPS, 3):
        text = new.join(text.split(old, rng.randint(2, 6)))
    sentences = text.split("。")
    if len(sentences) > 6:
        del sentences[rng.randrange(1, len(sentences) - 1)]
    return evolve(copy, text="。".join(sentences))


def mirror_noise(rng: random.Random, copy: Copy) -> Copy:
    """Traditional letters, pinyin notes, half-width punctuation, lost bytes that shift what follows, a planted line."""
    turned = s2t(rng, copy)
    text = turned.text.translate(str.maketrans("，。：；（）", ",.:;()"))
    letters = [
        letter + (f"({rng.choice(PINYIN)})" if "一" <= letter <= "龥" and rng.random() < 0.06 else "")
        for letter in text
    ]
    for _ in range(3):  # a lost byte shifts the letters behind it up to the next ASCII sign
        letters = list("".join(letters))
        spots = [found.start() for found in re.finditer("[一-龥]{5}", "".join(letters))]
        at = rng.choice(spots or [0])
        letters[at : at + 4] = list("??" + "".join(chr(rng.randrange(0x6000, 0x8FFF)) for _ in range(3)))
    return Copy(title=turned.title, text="".join(letters) + "\n" + "".join(rng.choice(SPAM) for _ in range(12)))


def spam_tail(rng: random.Random, copy: Copy) -> Copy:
    links = ["".join(rng.choice(SPAM) for _ in range(rng.randint(2, 5))) for _ in range(45)]
    return evolve(copy, text=copy.text + "\n" + rng.choice(("\n", " ", " | ")).join(links))


CHANGES: tuple[Callable[[random.Random, Copy], Copy], ...] = (
    header_footer, retitle, s2t, truncation, reorder, light_edit, mirror_noise, spam_tail,
)  # fmt: skip
