"""A start address, or a listing of an API, and the pages after it: what of it was read, and when that is enough."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

from crawlers.memory import ChainMemory
from crawlers.page import Page
from crawlers.passes import ChainPass, Taken

# A drop that loses nothing: the same review stands elsewhere on the page.
_HARMLESS_DROPS = frozenset({"duplicate"})
# So many pages in a row must bring nothing before the rest counts as known.
_CALM_PAGES = 2


class Chain:
    """One chain while it is read. Pages come in the order in which they are linked, one at a time.

    ``is_due`` says that all of it is to be read, whatever is known; ``is_proof`` that the end of its paging proves that
    there is no more; ``is_check`` that it is read to test what the source says of it.
    """

    def __init__(
        self, start_url: str, known: ChainMemory | None, *, day: dt.date, whole_every: int, is_proof: bool = False
    ) -> None:
        self.start_url = start_url
        self.is_proof = is_proof
        self.is_due = known is None or known.pending or _is_old(known.read_whole, day, whole_every)
        self._known = known
        self.start_over()

    def start_over(self, *, is_check: bool = False) -> None:
        """Forgets what was read tonight."""
        self.is_check = is_check
        self.waiting = 0
        self.pages = 0
        self.recalled = 0
        self.errors = 0
        self.dropped = 0
        self._claims: dict[str, int] = {}
        self._old_claims: dict[str, int] = {}
        self.listed: dict[str, set[str]] = {}
        self.pages_of: Counter[str] = Counter()
        self._cursor: str | None = None
        self._joined: list[Chain] = []
        self._is_cut = False
        self._is_shortened = False
        self._is_ordered = True
        self._oldest: dt.date | None = None
        self._new = 0
        self._calm = 0

    def resume(self) -> str | None:
        """The address from which a source goes on that gives only what changed; None where all is to be read."""
        if self.is_due or self._known is None or self._known.cursor is None:
            return None
        self._is_shortened = True
        return self._known.cursor

    def add(self, page: Page, *, is_recalled: bool = False) -> None:
        """Takes in the next page; ``is_recalled`` says that it was not asked for, and is as an earlier night saw it."""
        self.recalled += is_recalled
        self.pages += not is_recalled
        self.dropped += sum(count for name, count in page.drops.items() if name not in _HARMLESS_DROPS)
        self._cursor = page.cursor or self._cursor
        for observation in page.observations:
            self.listed.setdefault(observation.listing_id, set()).add(observation.review_id)
        for snapshot in page.snapshots:
            self.listed.setdefault(snapshot.listing_id, set())
            if snapshot.review_count is not None:
                claims = self._old_claims if is_recalled else self._claims
                claims[snapshot.listing_id] = max(claims.get(snapshot.listing_id, 0), snapshot.review_count)
        spoken_of = {each.listing_id for each in page.observations} | {each.listing_id for each in page.snapshots}
        self.pages_of.update(spoken_of)
        if not page.observations and not self._may_be_empty(page):
            self._is_cut = True
        self._check_order(page)

    def _may_be_empty(self, page: Page) -> bool:
        """Whether a page without reviews loses none: the last of several, or the only one of a listing without any."""
        is_last = not page.next_urls
        says_none = bool(page.snapshots) and all(each.review_count == 0 for each in page.snapshots)
        return is_last and (self.pages + self.recalled > 1 or self.is_proof or says_none)

    def _check_order(self, page: Page) -> None:
        days = page.order if self._oldest is None else (self._oldest, *page.order)
        is_falling = all(earlier >= later for earlier, later in pairwise(days))
        if not is_falling or len(page.order) < len(page.observations) or len(page.next_urls) > 1:
            self._is_ordered = False
        self._oldest = days[-1] if days else None

    def stops_here(self, page: Page, taken: Taken | None) -> bool:
        """Whether what follows this page is known and stands as it did. ``taken`` None says nothing, so never."""
        self._new += taken.new if taken else 0
        brought_nothing = taken is not None and taken.new == taken.changed == 0 and bool(page.observations)
        self._calm = self._calm + 1 if brought_nothing else 0
        known = self._known
        if known is None or self.is_due or self.is_check or not known.ordered or not self._is_ordered or not self._calm:
            return False
        # Fewer claimed than there were with tonight's new ones: some are gone. More: some were not read, as after a
        # night that was stopped.
        fits = self.claimed == known.claimed + self._new if known.claimed is not None else self._calm >= _CALM_PAGES
        self._is_shortened |= fits
        return fits

    def join(self, other: Chain) -> None:
        """Notes that the chain leads to a page of another one (or back to one of its own)."""
        if other is not self:
            self._joined.append(other)
            self._is_ordered = False

    def cut(self) -> None:
        """Notes that there are pages that were not asked for."""
        self._is_cut = True

    @property
    def claims(self) -> dict[str, int]:
        """The number of reviews that each listing claims; an earlier night's pages count where tonight's say none."""
        return self._claims or self._old_claims

    @property
    def claimed(self) -> int | None:
        """The sum of the claims, None where there is none."""
        return sum(self.claims.values()) if self.claims else None

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing of the chain was asked for, since its source says that it is as it was."""
        return self.recalled > 0 and self.pages == self.waiting == 0 and self._is_sound()

    @property
    def status(self) -> str:
        """As in ``ChainPass``; ``complete`` only where every page was asked for tonight."""
        if not self._is_sound():
            return "partial"
        if self.is_unchanged:
            return "unchanged"
        is_partly_known = any(chain._is_shortened or chain.recalled for chain in self._reached())
        return "shortened" if is_partly_known else "complete"

    @property
    def is_whole(self) -> bool:
        """Whether all that the chain shows is known: every page was read, tonight or when it last changed."""
        return self._is_sound() and not any(chain._is_shortened for chain in self._reached())

    def _is_sound(self) -> bool:
        return not any(chain._is_flawed() for chain in self._reached())

    def _is_flawed(self) -> bool:
        unread = self.waiting > 0 or (self.pages + self.recalled == 0 and not self._joined)
        return bool(self._is_cut or self.errors or self.dropped or unread)

    def _reached(self) -> list[Chain]:
        found = [self]
        for chain in found:
            found += [other for other in chain._joined if other not in found]
        return found

    def result(self) -> ChainPass:
        """What the next night may build on."""
        return ChainPass(
            self.start_url, self.status, self._is_ordered, self.claimed, self._cursor, tuple(sorted(self.listed))
        )


def _is_old(read_whole: dt.date | None, day: dt.date, whole_every: int) -> bool:
    return read_whole is None or (day - read_whole).days >= whole_every
