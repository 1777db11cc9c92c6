"""Works out how a website is to be watched from pages of it that are already here: lists, selectors, owner. Pure."""

from crawler.discover.columns import candidates, column_name, crumbs, is_own, own_host, weight
from crawler.discover.lists import Listed, chosen, family_of, listed
from crawler.discover.owner import owner_of
from crawler.discover.selectors import Proof
from crawler.discover.site import Asked, Seen, Undecided, article_of, is_article, proof_of, site_of, steady

__all__ = [
    "Asked",
    "Listed",
    "Proof",
    "Seen",
    "Undecided",
    "article_of",
    "candidates",
    "chosen",
    "column_name",
    "crumbs",
    "family_of",
    "is_article",
    "is_own",
    "listed",
    "own_host",
    "owner_of",
    "proof_of",
    "site_of",
    "steady",
    "weight",
]
