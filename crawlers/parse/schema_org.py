"""schema.org reviews of a page, in JSON-LD and microdata: bytes in, observations out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawlers.parse.html import base_url, next_urls, page_language, parse_html
from crawlers.parse.items import Item, index
from crawlers.parse.json_ld import json_ld_items
from crawlers.parse.listings import Listings
from crawlers.parse.microdata import microdata_items
from crawlers.parse.readings import UnreadableError, read_language
from crawlers.parse.reviews import Draft, is_review, observation, read_review
from store.canonical import ListingSnapshot, Observation


@dataclass(frozen=True, slots=True)
class Page:
    """What one page gave. ``drops`` counts, by name, the reviews and script blocks that could not be taken."""

    observations: tuple[Observation, ...] = ()
    snapshots: tuple[ListingSnapshot, ...] = ()
    next_urls: tuple[str, ...] = ()
    drops: Mapping[str, int] = field(default_factory=dict)


def parse(body: bytes, *, url: str, platform: str, seen: dt.date, encoding: str | None = None) -> Page:
    """Reads the reviews, aggregate ratings and following pages of one HTML page; never raises, whatever the bytes.

    ``url`` is where the page was fetched, ``seen`` the day of the fetch (a date that is only relative to it is not
    read yet and counts as ``date_unreadable``), ``encoding`` the character set that the server declared.
    """
    del seen
    drops: Counter[str] = Counter()
    root = parse_html(body, encoding)
    if root is None:
        return Page(drops={"no_html": 1})
    base = base_url(root, url)
    language = read_language(page_language(root))
    found = index([*json_ld_items(root, drops), *microdata_items(root, base)], base)
    listings = Listings(found, url)
    drafts: list[Draft] = []
    for review in _reviews(found.items):
        try:
            drafts.append(read_review(found, listings, review, url=url, page_language=language))
        except UnreadableError as error:
            drops[str(error)] += 1
    observations = _observations(_without_echoes(drafts, drops), platform, drops)
    return Page(observations, listings.snapshots(platform), next_urls(root, base), dict(drops))


def _reviews(items: tuple[Item, ...]) -> list[Item]:
    """The reviews of a page; a JSON-LD review of one id may be open several times and is read where it says most."""
    fullest: dict[str, Item] = {}
    for item in items:
        if is_review(item) and item.id is not None:
            best = fullest.setdefault(item.id, item)
            if len(item.properties) > len(best.properties):
                fullest[item.id] = item
    return [item for item in items if is_review(item) and (item.id is None or fullest[item.id] is item)]


def _without_echoes(drafts: list[Draft], drops: Counter[str]) -> list[Draft]:
    """Leaves out the microdata reviews that the page's JSON-LD says as well; each of those answers for one."""
    told = Counter(draft.said for draft in drafts if draft.syntax == "json-ld")
    kept = []
    for draft in drafts:
        if draft.syntax == "microdata" and told[draft.said] > 0:
            told[draft.said] -= 1
            drops["duplicate"] += 1
        else:
            kept.append(draft)
    return kept


def _observations(drafts: list[Draft], platform: str, drops: Counter[str]) -> tuple[Observation, ...]:
    """The drafts under their ids. An id that several different reviews claim names none of them."""
    claims: dict[tuple[str, str], set[object]] = {}
    for draft in drafts:
        if draft.stated_id is not None:
            claims.setdefault((draft.listing.listing_id, draft.stated_id), set()).add(draft.said)
    found: dict[tuple[str, str], Observation] = {}
    for draft in drafts:
        is_own = draft.stated_id is not None and len(claims[draft.listing.listing_id, draft.stated_id]) == 1
        one = observation(draft, platform=platform, stated_id=draft.stated_id if is_own else None)
        if (one.listing_id, one.review_id) in found:
            drops["duplicate"] += 1
        else:
            found[one.listing_id, one.review_id] = one
    return tuple(found.values())
