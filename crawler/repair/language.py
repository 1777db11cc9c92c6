"""A small language model of Simplified Chinese: words one by one, joined where character pairs say they may join.

``words.tsv.gz`` holds word counts from jieba's dictionary (MIT), ``pairs.tsv.gz`` the character pairs of 3,504 PRC
statutes (public law). They are read when the first damaged place is met; most pages never need them.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from attrs import frozen

LINE_END = "␤"  # how the table of pairs writes it
_LONGEST = 6  # characters in a word
_MOST_HEADS = 30_000  # strings tried as words from one place: two unknown characters side by side
_UNKNOWN = -17.0  # nats, a Han character that no word list knows
_SIGNS = {"，": -4.0, "。": -4.0, "、": -5.5, "“": -7.0, "”": -6.0, "《": -8.0, "》": -8.5, "：": -6.5, "␤": 0.0}
_OTHER = {
    **dict.fromkeys("；（）！？…—,.:;()!?", -8.0),
    **dict.fromkeys("‘’「」『』【】·", -10.0),
    **_SIGNS,
    "a": -8.0,
    "0": -7.0,
}
_ODD = -14.0  # nats, a character that Chinese prose does not use
_PAIR_WEIGHT = 0.6
_LEAST_TIE = -2.5  # nats: statutes are not all of Chinese, so what they never write is not impossible
_MOST_TIE = 2.0
_PROSE = {
    "。“": 2.5,
    "。《": 0.6,
    "，“": 2.0,
    "”（": 1.7,
    "，《": 0.8,
    "》（": 3.0,
    "。（": 1.2,
}  # which statutes write little
_TWICE = -10.0  # the same sign twice running
_STOPS = frozenset("，。、；：␤")  # two of these side by side are as rare in all Chinese as they are in statutes
_PAIR_PRIOR = 30.0  # pseudo-count: how much an unseen pair is forgiven
_SEEN = 2.2  # nats for a pair that the same page writes elsewhere


@frozen
class Model:
    """Log probabilities of words and the log of how much likelier a character becomes behind another."""

    words: Mapping[str, float]
    starts: frozenset[str]  # what longer words begin with, two characters and more
    ties: Mapping[str, float]
    untied: Mapping[str, float]  # by first character: the tie of a pair never seen

    def best(self, slots: Sequence[Sequence[str]], seen: frozenset[str] = frozenset()) -> tuple[float, str]:
        """The likeliest text where each slot offers characters to choose from, and its log probability in nats.

        ``seen`` are character pairs that the page writes elsewhere. Exact: Viterbi over words, the state being the
        last character.
        """
        states: list[dict[str, tuple[float, str]]] = [{} for _ in range(len(slots) + 1)]
        states[0][""] = (0.0, "")
        for start in range(len(slots)):
            heads: dict[str, tuple[float, str]] = {}  # the best way to a word, by its first character
            for word, value in self._words_at(slots, start):
                head = word[0]
                if head not in heads:
                    heads[head] = max(
                        (before + self._tie(last, head, seen), text) for last, (before, text) in states[start].items()
                    )
                score, text = heads[head]
                score += value + _SEEN * sum(word[at : at + 2] in seen for at in range(len(word) - 1))
                ends = states[start + len(word)]
                if word[-1] not in ends or score > ends[word[-1]][0]:
                    ends[word[-1]] = (score, text + word)
        return max(states[-1].values())

    def _words_at(self, slots: Sequence[Sequence[str]], start: int) -> list[tuple[str, float]]:
        """Every word that begins in a slot, and every single character of it."""
        found = [(char, self.char(char)) for char in slots[start]]
        heads = list(slots[start])
        for slot in slots[start + 1 : start + _LONGEST]:
            if len(heads) * len(slot) > _MOST_HEADS:
                break
            heads = [head + char for head in heads for char in slot]
            found += [(head, self.words[head]) for head in heads if head in self.words]
            heads = [head for head in heads if head in self.starts]
        return found

    def char(self, char: str) -> float:
        """The log probability of one character alone."""
        value = self.words.get(char)
        if value is None:
            value = _OTHER.get(char, _UNKNOWN if "\u3400" <= char <= "\u9fff" else _ODD)
        return value

    def _tie(self, last: str, char: str, seen: frozenset[str]) -> float:
        if not last:
            return 0.0
        tie = self.ties.get(last + char)
        if tie is None:
            tie = self.untied.get(last, 0.0)
        if last == char and char in _SIGNS:
            tie = _TWICE
        elif last + char in _PROSE:
            tie = _PROSE[last + char]
        elif last in _SIGNS and char not in _SIGNS:
            tie = 0.0
        elif last not in _STOPS or char not in _STOPS:
            tie = min(max(tie, _LEAST_TIE), _MOST_TIE)
        return _PAIR_WEIGHT * tie + (_SEEN if last + char in seen else 0.0)


def _rows(name: str) -> list[tuple[str, float]]:
    """Each entry of a table with its count, which the file keeps in fifths of a nat."""
    packed = resources.files(__package__).joinpath(name).read_bytes()
    found = []
    for line in gzip.decompress(packed).decode("utf-8").splitlines()[1:]:
        step, _, entries = line.partition("\t")
        found += [(entry, math.exp(int(step) / 5)) for entry in entries.split(" ")]
    return found


@cache
def model() -> Model:
    """The model, read on first use: about 0.4 s and 50 MB."""
    counts = dict(_rows("words.tsv.gz"))
    total = sum(counts.values())
    pairs = _rows("pairs.tsv.gz")
    first: dict[str, float] = {}
    second: dict[str, float] = {}
    for pair, count in pairs:
        first[pair[0]] = first.get(pair[0], 0.0) + count
        second[pair[1]] = second.get(pair[1], 0.0) + count
    whole = sum(first.values())
    ties = {}
    for pair, count in pairs:
        chance = second[pair[1]] / whole
        ties[pair] = math.log((count + _PAIR_PRIOR * chance) / (first[pair[0]] + _PAIR_PRIOR) / chance)
    return Model(
        starts=frozenset(word[:end] for word in counts for end in range(2, len(word))),
        words={word: math.log(count / total) for word, count in counts.items()},
        ties=ties,
        untied={char: math.log(_PAIR_PRIOR / (count + _PAIR_PRIOR)) for char, count in first.items()},
    )
