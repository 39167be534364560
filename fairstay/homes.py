"""Under which id a listing is kept: one whose address only changed its scheme or last slash is the same listing."""

from __future__ import annotations

from dataclasses import replace

from crawlers.page import Page
from store.canonical import listing_key
from store.database import Database
from store.presence import known_listings

_SCHEMES = ("https://", "http://")


class Homes:
    """Finds the id under which the store knows a listing, and remembers it for the time of a run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, str], str] = {}

    def id_of(self, platform: str, listing_id: str) -> str:
        """The id itself where it is known or no other spelling of it is, else the spelling that is known."""
        wanted = platform, listing_id
        if wanted not in self._known:
            spellings = _spellings(listing_id)
            keys = known_listings(self._database, [listing_key(platform, each) for each in spellings])
            found = (each for each in spellings if listing_key(platform, each) in keys)
            self._known[wanted] = next(found, listing_id)
        return self._known[wanted]

    def moved(self, page: Page) -> Page:
        """The page with each listing under the id that is known."""
        observations = tuple(
            replace(each, listing_id=self.id_of(each.platform, each.listing_id)) for each in page.observations
        )
        snapshots = tuple(
            replace(each, listing_id=self.id_of(each.platform, each.listing_id)) for each in page.snapshots
        )
        return replace(page, observations=observations, snapshots=snapshots)


def _spellings(listing_id: str) -> tuple[str, ...]:
    """The id, then its other spellings."""
    scheme = next((each for each in _SCHEMES if listing_id.startswith(each)), None)
    if scheme is None:
        return (listing_id,)
    rest = listing_id.removeprefix(scheme)
    other_scheme = _SCHEMES[scheme == _SCHEMES[0]]
    other_rest = rest if "?" in rest or "#" in rest else rest[:-1] if rest.endswith("/") else f"{rest}/"
    found = (scheme + rest, scheme + other_rest, other_scheme + rest, other_scheme + other_rest)
    return tuple(dict.fromkeys(found))
