"""Sends each request once."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler


class DownloadHandler(AiohttpDownloadHandler):
    """Scrapy's own, except that aiohttp does not ask again by itself when a connection breaks.

    That second request would go out at once, without the delay that the host is owed, and uncounted; Scrapy's retry
    middleware asks again with the delay.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._session._retry_connection = False
