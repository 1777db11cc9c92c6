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

_LONGEST = 6  # characters in a word
_MOST_HEADS = 30_000  # strings tried as words from one place: two unknown characters side by side
_UNKNOWN = -17.0  # nats, a Han character that no word list knows
_OTHER = {**dict.fromkeys("，。、的", -4.0), **dict.fromkeys("“”《》；：（）！？,.:;()", -7.0), "a": -8.0, "0": -7.0}
_ODD = -14.0  # nats, a character that Chinese prose does not use
_PAIR_WEIGHT = 0.6
_PAIR_PRIOR = 30.0  # pseudo-count: how much an unseen pair is forgiven
_SEEN = 1.5  # nats for a pair that the same page writes elsewhere


@frozen
class Model:
    """Log probabilities of words and the log of how much likelier a character becomes behind another."""

    words: Mapping[str, float]
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
            for word, value in self._words_at(slots, start):
                score, text = max(
                    (before + self._tie(text, word, seen), text) for before, text in states[start].values()
                )
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
        return found

    def char(self, char: str) -> float:
        """The log probability of one character alone."""
        value = self.words.get(char)
        if value is None:
            value = _OTHER.get(char, _UNKNOWN if "\u3400" <= char <= "\u9fff" else _ODD)
        return value

    def _tie(self, text: str, word: str, seen: frozenset[str]) -> float:
        if not text:
            return 0.0
        pair = text[-1] + word[0]
        tie = self.ties.get(pair)
        if tie is None:
            tie = self.untied.get(pair[0], 0.0) if word[0] in self.untied else 0.0
        return _PAIR_WEIGHT * tie + (_SEEN if pair in seen else 0.0)


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
        words={word: math.log(count / total) for word, count in counts.items()},
        ties=ties,
        untied={char: math.log(_PAIR_PRIOR / (count + _PAIR_PRIOR)) for char, count in first.items()},
    )
