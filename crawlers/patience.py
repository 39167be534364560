"""Retry-After (RFC 9110, 10.2.3): a short wait is waited, a long one parks the host."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any

from crawlers.network import Network

# The next nightly run starts within 24 h of this one; 20 h let it ask again even if it starts somewhat earlier.
UNTIL_NEXT_NIGHT = dt.timedelta(hours=20)
# A mistyped year must not silence a source for good: it is asked again once a month.
LONGEST_PARKING = dt.timedelta(days=30)
MAX_WAITS = 2
STATUSES = frozenset({429, 503})

_SECONDS = re.compile(r"[0-9]{1,12}")


class Patience:
    """Downloader middleware: where a host asks to come back soon, waits and asks once more, twice at most.

    What it does not wait for it passes on; ``crawlers.hosts.HostGate`` then parks the host.
    """

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._network: Network = crawler.settings["NETWORK"]

    @classmethod
    def from_crawler(cls, crawler: Any) -> Patience:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_response(self, request: Any, response: Any) -> Any:
        """The response, or the request again once the time is over."""
        waits = request.meta.get("waits", 0)
        if response.status not in STATUSES or waits >= MAX_WAITS:
            return response
        visit = self._crawler.spider.visit
        asked = retry_after(response.headers.getlist("Retry-After"), visit.clock())
        if asked is None or asked.total_seconds() > self._network.longest_wait_s:
            return response
        if not visit.budget.admit_wait(asked.total_seconds()):
            return response
        await self._network.sleep(asked.total_seconds())
        return request.replace(dont_filter=True, meta={**request.meta, "waits": waits + 1})


def retry_after(values: Iterable[bytes], now: dt.datetime) -> dt.timedelta | None:
    """How long a host asks to be left alone from ``now`` (UTC, without an offset): the longest of its Retry-After.

    Seconds or an HTTP date; a date that has passed is no time at all. None where nothing of it can be read.
    """
    read = [_read(value.decode("latin-1").strip(), now) for value in values]
    return max((one for one in read if one is not None), default=None)


def park_until(values: Iterable[bytes], now: dt.datetime, *, waited: bool) -> dt.datetime:
    """Until when a host is left alone: as long as it asks, until the next night where it does not say.

    A host that was asked again after a wait (``waited``), and still refuses, is left alone until the next night at
    least.
    """
    asked = retry_after(values, now)
    if asked is None:
        return now + UNTIL_NEXT_NIGHT
    return now + min(max(asked, UNTIL_NEXT_NIGHT) if waited else asked, LONGEST_PARKING)


def _read(value: str, now: dt.datetime) -> dt.timedelta | None:
    if _SECONDS.fullmatch(value):
        return min(dt.timedelta(seconds=int(value)), LONGEST_PARKING)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(moment - now, dt.timedelta(0)), LONGEST_PARKING)
