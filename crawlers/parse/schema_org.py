"""schema.org reviews of a page, in JSON-LD and microdata: bytes in, observations out."""

from __future__ import annotations

from collections import Counter

from crawlers.page import Context, Page
from crawlers.parse.html import base_url, canonical_url, next_urls, page_language, parse_html
from crawlers.parse.items import Item, Items, index
from crawlers.parse.json_ld import json_ld_items
from crawlers.parse.listings import Listings
from crawlers.parse.microdata import microdata_items
from crawlers.parse.readings import UnreadableError, read_language
from crawlers.parse.reviews import Draft, beside_reviews, is_review, observation, read_review
from store.canonical import Observation


def parse(body: bytes, context: Context) -> Page:
    """Reads the reviews, aggregate ratings and following pages of one HTML page; never raises, whatever the bytes."""
    drops: Counter[str] = Counter()
    root = parse_html(body, context.encoding)
    if root is None:
        return Page(drops={"no_html": 1})
    base = base_url(root, context.url)
    language = read_language(page_language(root)) or context.language
    found = index([*json_ld_items(root, drops), *microdata_items(root, base)], base)
    listings = Listings(found, canonical_url(root, base, context.url))
    drafts: list[Draft] = []
    for review in _reviews(found):
        try:
            drafts.append(read_review(found, listings, review, context, page_language=language))
        except UnreadableError as error:
            drops[str(error)] += 1
    observations = _observations(_without_echoes(drafts, drops), context.platform, drops)
    return Page(
        observations,
        listings.snapshots(context.platform),
        next_urls(root, base),
        dict(drops),
        order=tuple(each.published_to for each in observations),
    )


def _reviews(found: Items) -> list[Item]:
    """The reviews of a page; a JSON-LD review of one id may be open several times and is read where it says most."""
    beside = beside_reviews(found)
    no_reviews = {id(item) for item in beside}
    ids = {item.id for item in beside if item.id is not None}
    reviews = [item for item in found.items if is_review(item) and id(item) not in no_reviews and item.id not in ids]
    fullest: dict[str, Item] = {}
    for item in reviews:
        if item.id is not None:
            best = fullest.setdefault(item.id, item)
            if len(item.properties) > len(best.properties):
                fullest[item.id] = item
    return [item for item in reviews if item.id is None or fullest[item.id] is item]


def _without_echoes(drafts: list[Draft], drops: Counter[str]) -> list[Draft]:
    """Leaves out the microdata reviews that the page's JSON-LD says as well; each of those answers for one."""
    told = Counter(draft.words for draft in drafts if draft.syntax == "json-ld")
    kept = []
    for draft in drafts:
        if draft.syntax == "microdata" and told[draft.words] > 0:
            told[draft.words] -= 1
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
