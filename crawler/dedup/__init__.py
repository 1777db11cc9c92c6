"""Finds the same text again: fingerprints for the store to look up, and the verdict on a pair of texts.

Looking the fingerprints up is the store's work; whoever asks it ignores those that more than fifty reports share.
"""

from __future__ import annotations

import hashlib

from attrs import evolve

from crawler.dedup.altered import put_in
from crawler.dedup.grams import winnow
from crawler.dedup.normal import normalise
from crawler.dedup.relate import Fingerprinted, Kind, Relation, compare, grams_of
from crawler.items import Report

__all__ = ["Fingerprinted", "Kind", "Relation", "compare", "fingerprint", "normalise", "put_in", "winnow"]


def fingerprint(report: Report) -> Report:
    """The report with the hash of its normalised body and its fingerprints, about 38 for 1,000 letters."""
    body = grams_of(report.article.text_hans).text
    return evolve(
        report, body_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(), fingerprints=winnow(body)
    )
