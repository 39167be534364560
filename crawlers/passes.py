"""What a crawl says of its listings and of the chains of pages that it read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawlers.chains import Chain


@dataclass(frozen=True, slots=True)
class Taken:
    """What the store made of a page: reviews that were new, and reviews that had changed."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class ListingPass:
    """How completely a crawl saw one listing. ``listed`` holds the review ids that were shown.

    ``status`` is ``complete`` (every page read, nothing dropped, and no more claimed than was shown), ``shortened``
    (stopped where the rest was known), ``unchanged`` (the source says so; nothing was asked for) or ``partial``.
    """

    listing_id: str
    status: str
    pages: int
    claimed: int | None
    listed: frozenset[str]
    errors: int
    dropped: int


@dataclass(frozen=True, slots=True)
class ChainPass:
    """What became of one start address and the pages after it: what the next night may build on."""

    start_url: str
    status: str
    ordered: bool
    claimed: int | None
    cursor: str | None
    listing_ids: tuple[str, ...]


def listing_passes(chains: Iterable[Chain]) -> tuple[ListingPass, ...]:
    """One pass for each listing that a page of a chain spoke of, in the order in which they came up."""
    by_listing: dict[str, list[Chain]] = {}
    for chain in chains:
        for listing_id in chain.listed:
            by_listing.setdefault(listing_id, []).append(chain)
    return tuple(_listing_pass(listing_id, group) for listing_id, group in by_listing.items())


def _listing_pass(listing_id: str, chains: list[Chain]) -> ListingPass:
    listed = frozenset().union(*(chain.listed[listing_id] for chain in chains))
    claims = [chain.claims[listing_id] for chain in chains if listing_id in chain.claims]
    claimed = max(claims, default=None)
    return ListingPass(
        listing_id=listing_id,
        status=_status(chains, claimed, len(listed)),
        pages=sum(chain.pages_of[listing_id] for chain in chains),
        claimed=claimed,
        listed=listed,
        errors=sum(chain.errors for chain in chains),
        dropped=sum(chain.dropped for chain in chains),
    )


def _status(chains: list[Chain], claimed: int | None, listed: int) -> str:
    of_chains = {chain.status for chain in chains}
    if "partial" in of_chains:
        return "partial"
    if of_chains == {"unchanged"}:
        return "unchanged"
    if not all(chain.is_whole for chain in chains):
        return "shortened"
    is_all = claimed <= listed if claimed is not None else all(chain.is_proof for chain in chains)
    return "complete" if is_all else "partial"
