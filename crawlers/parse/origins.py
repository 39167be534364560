"""Where a review was written, and in which words: copies from other platforms, and machine translations."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from crawlers import values
from crawlers.parse.items import Item, Items, Reference, Value
from crawlers.parse.listings import Listing, text_of

_ROLES = ("isBasedOn", "isBasedOnUrl", "publisher", "isPartOf")
# Names without an address that leave no doubt, and registered names that belong to another one.
_BRANDS = {
    name: name.partition(" ")[0]
    for name in ("tripadvisor", "google", "google maps", "google reviews", "booking", "yelp", "expedia", "trustpilot")
} | {"facebook": "facebook", "fb": "facebook", "goo": "google"}
# Sites that publish reviews of their own users. A publisher that is none of these, such as a hotel group, says nothing
# about where a review was written.
_PLATFORMS = frozenset(
    (
        "agoda",
        "airbnb",
        "booking",
        "expedia",
        "facebook",
        "foursquare",
        "google",
        "holidaycheck",
        "hostelworld",
        "hotels",
        "kayak",
        "opentable",
        "orbitz",
        "priceline",
        "quandoo",
        "thefork",
        "tripadvisor",
        "trip",
        "trivago",
        "trustpilot",
        "yelp",
        "zomato",
        "zoover",
    )
)
# Labels under which countries register second-level names: example.co.uk, example.com.tr.
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "ac", "gov", "edu", "gob", "ne", "or"})


def syndicated_from(items: Items, review: Item, listing: Listing, *, url: str, platform: str) -> str | None:
    """The slug of the platform on which the page plainly says that the review was written, None where it does not.

    That is one with another registered name than the page's: tripadvisor.co.uk is tripadvisor.
    """
    here = {site_of(url), platform}
    for role in _ROLES:
        for stated in review.properties.get(role, ()):
            source = items.resolved(stated)
            if source is None and isinstance(stated, Reference):
                source = stated.target
            if isinstance(source, Item) and _is_listing(items, source, listing):
                continue
            slug = None if source is None else _slug(items, source)
            if slug in _PLATFORMS and slug not in here:
                return slug
    return None


def original_of(items: Items, review: Item) -> Item | None:
    """The review in the guest's own words, where the page has it beside a translation."""
    for original in items.values(review, "translationOfWork"):
        found = items.fullest(original) if isinstance(original, Item) else review
        if found is not review and text_of(items, found, "reviewBody", "description", "text"):
            return found
    return None


def site_of(url: str) -> str | None:
    """The registered name of an address without its suffix, as a slug: ``yelp`` for ``https://m.yelp.co.uk/biz``."""
    try:
        host = urlsplit(url).hostname or ""
        ipaddress.ip_address(host)
    except ValueError:
        labels = [label for label in (_host(url)).split(".") if label]
    else:
        return None
    if len(labels) < 2:
        return None
    is_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    name = labels[-3 if is_second_level else -2]
    name = _BRANDS.get(name, name)
    try:
        return values.platform(name)
    except ValueError:
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_listing(items: Items, source: Item, listing: Listing) -> bool:
    name = text_of(items, source, "name")
    return bool(name and listing.name and name.casefold() == listing.name.casefold())


def _slug(items: Items, source: Value) -> str | None:
    if not isinstance(source, Item):
        return _named(str(source))
    links = [source.id or "", *(str(link) for link in items.values(source, "url", "sameAs"))]
    sites = [site for link in links if link.startswith(("http://", "https://")) and (site := site_of(link))]
    return sites[0] if sites else _named(items.text(source, "name") or "")


def _named(name: str) -> str | None:
    """The slug that an address, a host (``Booking.com``) or the plain name of a known platform stands for."""
    name = name.strip().casefold()
    if name.startswith(("http://", "https://")):
        return site_of(name)
    return _BRANDS.get(name) or _BRANDS.get(site_of(f"https://{name}") or "") if name.isprintable() else None
