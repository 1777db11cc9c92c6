"""The extract stage."""

from __future__ import annotations
from crawler import hans, dom
from crawler.catalog import Catalog
from crawler.items import Article, Document, Outcome, Rejected
from crawler.extract import body, words
from crawler.extract.flow import flow


def extract(document: Document, catalog: Catalog) -> Article | Rejected:
    f = flow(document.tree)
    keys = [line.text for line in f.lines]
    if document.script == "Hant":
        keys = hans.to_hans("\n".join(keys)).split("\n")
    sums = body.weigh(f, keys)
    block = body.densest(f, sums)
    kept = body.kept_lines(f, sums, block, keys)
    # trim
    total = sum(sums.worth[i] for i in kept) or 1
    out = []
    seen = 0.0
    for i in kept:
        if words.ends_article(keys[i]):
            if seen >= total / 2:
                break
            continue
        if words.is_furniture(keys[i]):
            continue
        seen += sums.worth[i]
        out.append(i)
    text = "\n".join(f.lines[i].text for i in out)
    t = document.tree.findtext(".//title") or ""
    return Article(document=document, title=t, title_hans=t, text=text, text_hans=text)
