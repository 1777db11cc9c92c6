"""Trains the weights of crawler/despam: logistic regression on composed planted items against items of honest pages.

Usage: python -m bench.train_spam --pages FOLDER [--write]. FOLDER holds saved pages (`*.html`); every second one, by
the hash of its name, is trained on, the others are measured on. Only numbers leave this script: no text is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.spam_lines import KINDS, Composer
from crawler import despam, dom
from crawler.despam import lines, words
from crawler.despam.classifier import BUCKETS, Model, Scorer, buckets

_PARTS = re.compile(r"[|｜,，、_丨;；。！？!?:：\s]+")
_HONEST = Path(__file__).parent.parent / "tests" / "cases" / "spam_honest.txt"
ROUNDS, RATE, DECAY = 250, 0.5, 5e-6
HARD_WEIGHT = 10.0


def page_items(path: Path) -> set[str]:
    """The texts of a saved page that a rule might look at: lines, pieces and their clauses, 2 to 200 characters."""
    raw = path.read_bytes()
    try:
        html = raw.decode("utf-8")
    except UnicodeDecodeError:
        html = raw.decode("gb18030", "replace")
    page = lines.read(dom.parse(html))
    pieces = [page.text[piece.start : piece.end].strip() for piece in page.pieces]
    clauses = [clause for piece in pieces for clause in _PARTS.split(piece)]
    rows = [page.text[line.start : line.end].strip() for line in page.lines]
    return {item for item in pieces + clauses + rows if 2 <= len(item) <= 200}


def is_aside(path: Path) -> bool:
    """True for the half of the pages that is measured on."""
    return int(hashlib.sha256(path.name.encode()).hexdigest(), 16) % 2 == 1


def planted_items(part: str, seed: int, count: int) -> list[str]:
    """Composed items, some two in one as in a title, and short lines; to train on, the lexicon's strong words, too."""
    composer = Composer("train" if part == "train" else "aside", seed)
    items = words.strong() if part == "train" else []
    for number in range(count):
        kind = composer.random.choices(KINDS, (5, 4, 3, 2, 3))[0]
        if number % (2 if kind == "ads" else 5) == 0:
            items.append(composer.line(kind, items=composer.random.randint(2, 4)).text)
            continue
        items.append("".join(composer.item(kind) for _ in range(composer.random.choice((1, 1, 1, 2)))))
    return sorted(set(items))


def features(texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Bucket, row and value (1/√n-grams) of every n-gram of every text."""
    columns, rows, values = [], [], []
    for row, text in enumerate(texts):
        found = np.concatenate(buckets(words.fold(text)[1]))
        columns.append(found.astype(np.int64))
        rows.append(np.full(len(found), row))
        values.append(np.full(len(found), 1 / np.sqrt(max(len(found), 1))))
    return np.concatenate(columns), np.concatenate(rows), np.concatenate(values)


def train(planted: list[str], honest: list[str], hard: int) -> Model:
    """Full-batch gradient descent with AdaGrad steps; deterministic. The last `hard` of the honest texts count more."""
    texts = planted + honest
    columns, rows, values = features(texts)
    wanted = np.concatenate([np.ones(len(planted)), np.zeros(len(honest))])
    share = np.where(wanted == 1, 0.5 / len(planted), 0.5 / len(honest))
    share[len(texts) - hard :] *= HARD_WEIGHT
    weights, bias = np.zeros(BUCKETS), 0.0
    seen, seen_bias = np.full(BUCKETS, 1e-10), 1e-10
    for _ in range(ROUNDS):
        logits = np.bincount(rows, weights[columns] * values, len(texts)) + bias
        wrong = (1 / (1 + np.exp(-np.clip(logits, -30, 30))) - wanted) * share
        gradient = np.bincount(columns, wrong[rows] * values, BUCKETS) + DECAY * weights
        seen += gradient**2
        weights -= RATE * gradient / np.sqrt(seen)
        seen_bias += wrong.sum() ** 2
        bias -= RATE * wrong.sum() / np.sqrt(seen_bias)
    return Model(weights=weights.astype(np.float32), bias=float(bias))


def logits_of(model: Model, texts: list[str]) -> NDArray[np.float64]:
    """The score of each text by itself."""
    return np.array([Scorer(words.fold(text)[1], model).logit(0, len(text)) for text in texts])


def quantised(model: Model) -> tuple[NDArray[np.int8], float]:
    """The weights as eight-bit integers and their scale."""
    scale = float(np.abs(model.weights).max()) / 127
    return np.round(model.weights / scale).astype(np.int8), scale


def report(name: str, logits: NDArray[np.float64], planted: bool) -> None:
    """Print how many items lie above each threshold."""
    shares = "  ".join(f">{limit}: {np.mean(logits > limit):8.4%}" for limit in (-2, 0, 2, 4))
    print(f"{'planted' if planted else 'honest ':8s} {name:24s} {len(logits):7d} items  {shares}")


def main() -> None:
    """Train, print the figures, and write the weights when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.pages.rglob("*.html") if "noise" not in path.parent.name)
    honest: dict[bool, set[str]] = {False: set(), True: set()}
    for path in files:
        honest[is_aside(path)] |= page_items(path)
    own = {line.strip() for line in _HONEST.read_text("utf-8").splitlines() if line.strip() and line[0] != "#"}
    clauses = {clause for line in own for clause in _PARTS.split(line) if len(clause) > 1}
    planted = planted_items("train", 1, 60000)
    hard = sorted(own | clauses)
    model = train(planted, sorted(honest[False]) + hard, len(hard))
    packed, scale = quantised(model)
    model = Model(weights=packed.astype(np.float32) * scale, bias=model.bias)
    report("trained on", logits_of(model, planted), True)
    report("kept aside", logits_of(model, planted_items("aside", 2, 4000)), True)
    report("pages trained on", logits_of(model, sorted(honest[False])), False)
    report("pages kept aside", logits_of(model, sorted(honest[True] - honest[False])), False)
    if arguments.write:
        target = Path(despam.__file__).with_name("weights.npz")
        np.savez_compressed(target, weights=packed, scale=np.float32(scale), bias=np.float32(model.bias))
        print(f"written: {target.name}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
