"""Puts a source's credentials on requests to its API, and on nothing else."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from crawlers.address import host_key
from crawlers.credentials import AuthorisationError, Grant, Keyring
from crawlers.reasons import plain

_TOKEN_REQUEST = "is_token_request"  # noqa: S105  (a key of request.meta)
# Answers of a token endpoint that may be better a moment later.
_PASSING = {408, 429}
# Response headers that belong to whoever signed in, and are nothing to keep.
_NOT_KEPT = ("Set-Cookie", "Authorization")


class _GrantRefusedError(IgnoreRequest):
    """The token endpoint's answer where it is no token."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


class ListingRefusedError(IgnoreRequest):
    """The credentials are good, but not for this listing."""


class OffApiError(IgnoreRequest):
    """The address is not the API's own; no request is made."""


class Signer:
    """Downloader middleware of an API spider, nearer to the network than retries and the host gate.

    The spider's ``secrets`` go out in headers to the ``origin`` of the API alone. An access token that is refused
    (HTTP 401) is renewed once for a request; refused again, it is an error, and no other request is made.
    """

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._keyring: Keyring | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> Signer:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Signs a request. Raises ``IgnoreRequest`` for a strange address and for credentials that are refused."""
        if request.meta.get(_TOKEN_REQUEST):
            return
        if origin(request.url) != self._crawler.spider.origin:
            raise OffApiError(f"leads to {urlsplit(request.url).netloc}, which is not the API's own host")
        for name, value in (await self._keys().headers()).items():
            request.headers[name] = value

    def process_response(self, request: Any, response: Any) -> Any:
        """The response, or the request with a new token. Raises ``IgnoreRequest`` where the API refuses it."""
        if request.meta.get(_TOKEN_REQUEST):
            if 300 <= response.status < 500 and response.status not in _PASSING:
                raise _GrantRefusedError(response.status, response.body)
            return response
        for name in _NOT_KEPT:
            response.headers.pop(name, None)
        if response.status == 401:
            if not request.meta.get("is_renewed") and self._keys().renew():
                return request.replace(dont_filter=True, meta={**request.meta, "is_renewed": True})
            raise self._keys().refuse("the API does not accept the credentials (HTTP 401)")
        if response.status == 403:
            raise ListingRefusedError("the credentials do not reach this listing (HTTP 403)")
        return response

    def _keys(self) -> Keyring:
        if self._keyring is None:
            self._keyring = Keyring(self._crawler.spider.secrets, ask=self._ask, monotonic=time.monotonic)
        return self._keyring

    async def _ask(self, grant: Grant) -> tuple[int, bytes]:
        try:
            response = await self._crawler.engine.download_async(_token_request(grant))
        except _GrantRefusedError as error:
            return error.status, error.body
        except Exception as error:  # noqa: BLE001 - whatever kept the answer away
            reason = f"the token endpoint at {host_key(grant.token_uri)} cannot be asked: {plain(error)}"
            raise AuthorisationError(reason) from None
        return response.status, response.body


def origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address. Raises ``ValueError`` for one that is not http or https."""
    return urlsplit(url).scheme, host_key(url)


def _token_request(grant: Grant) -> Request:
    return Request(
        grant.token_uri,
        method="POST",
        headers={**grant.headers, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        body=urlencode(dict(grant.form)),
        meta={_TOKEN_REQUEST: True, "authorised": True},
        callback=NO_CALLBACK,
        dont_filter=True,
    )
