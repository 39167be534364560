"""What one crawl of a source may spend: pages, bytes and time."""

from __future__ import annotations

from collections.abc import Callable


class Budget:
    """Pages, bytes as received and seconds, counted from the first thing admitted.

    ``exhausted`` names the first budget that refused something; a crawl that ends exactly at a limit has lost nothing.
    """

    def __init__(self, *, max_pages: int, max_bytes: int, max_seconds: float, monotonic: Callable[[], float]) -> None:
        self._max_pages = max_pages
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._monotonic = monotonic
        self._start: float | None = None
        self._pages = 0
        self._bytes = 0
        self._exhausted: str | None = None

    @property
    def exhausted(self) -> str | None:
        """Which budget is used up, as a phrase, None while everything asked for was admitted."""
        return self._exhausted

    def admit_page(self) -> bool:
        """Whether one more page may be asked for; counts it."""
        if self._pages >= self._max_pages:
            return self._refuse(f"the budget of {self._max_pages:,} page{'s' * (self._max_pages != 1)}")
        if not self.admit_request():
            return False
        self._pages += 1
        return True

    def admit_request(self) -> bool:
        """Whether bytes and time are left for one more request, whatever it is for."""
        if self._bytes >= self._max_bytes:
            return self._refuse(f"the budget of {self._max_bytes:,} bytes")
        return self.admit_wait(0.0)

    def admit_wait(self, seconds: float) -> bool:
        """Whether there is time left after waiting so long."""
        if self._start is None:
            self._start = self._monotonic()
        if self._monotonic() + seconds - self._start >= self._max_seconds:
            return self._refuse(f"the budget of {self._max_seconds:g} seconds")
        return True

    def add_bytes(self, n: int) -> None:
        """Counts bytes that were received."""
        self._bytes += n

    def _refuse(self, what: str) -> bool:
        self._exhausted = self._exhausted or what
        return False
