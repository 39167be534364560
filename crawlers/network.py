"""How a crawl speaks to the network: how long it waits, how much it takes, and what resolves names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Resolve = Callable[[str, int], Awaitable[list[Any]]]


@dataclass(frozen=True, slots=True)
class Network:
    """``timeout_s`` is for one answer from the first byte sent to the last received, ``max_bytes`` for its body.

    ``longest_wait_s`` is the longest Retry-After that is waited for; a longer one parks the host. ``sleep`` does that
    waiting. ``resolve`` takes a host name and a port and gives what ``socket.getaddrinfo`` gives; None asks the system.
    """

    timeout_s: float = 30.0
    max_bytes: int = 20 * 1024 * 1024
    longest_wait_s: float = 120.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    resolve: Resolve | None = None

    def __deepcopy__(self, _: object) -> Network:
        """Itself: Scrapy copies its settings, and a copied ``sleep`` would no longer be the caller's."""
        return self
