"""Reads the sitemap of a source, or the sitemaps of its index (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import scrapy
from lxml import etree
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http.request import NO_CALLBACK
from w3lib.url import safe_url_string

from crawlers.address import host_key
from crawlers.errors import note_failure
from crawlers.visit import Visit

# The protocol's own limits for one sitemap.
MAX_BYTES = 50 * 2**20
MAX_PAGES = 50_000
# An index may name 50,000 sitemaps; a source that needs more than these is read without.
MAX_FILES = 20

_FETCH_ERRORS = (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    OSError,
    ValueError,
)


class SitemapError(ValueError):
    """A sitemap that cannot be used; the message is one line."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """``pages`` maps addresses to what is said of their last change, ``sitemaps`` are those that an index names."""

    pages: dict[str, str]
    sitemaps: tuple[str, ...] = ()


async def fetch_sitemap(crawler: Any, visit: Visit) -> dict[str, str] | None:
    """The last changes that a source's sitemap states, None where it has none or it cannot be used whole.

    What went wrong is noted as one error of the visit.
    """
    if visit.source.sitemap is None:
        return None
    pages: dict[str, str] = {}
    following = [visit.source.sitemap]
    for number, url in enumerate(following):
        try:
            sitemap = read_sitemap(await _fetch(crawler, url), url)
            if sitemap.sitemaps and number > 0:
                raise SitemapError("an index of sitemaps names another index")
            if len(sitemap.sitemaps) > MAX_FILES:
                raise SitemapError(f"the index names more than {MAX_FILES} sitemaps")
        except SitemapError as error:
            visit.add_error(url, f"{error}; the crawl goes on without the sitemap")
            return None
        except _FETCH_ERRORS as error:
            note_failure(visit, url, error)
            return None
        pages |= sitemap.pages
        following += sitemap.sitemaps
    return pages


async def _fetch(crawler: Any, url: str) -> bytes:
    response = await crawler.engine.download_async(scrapy.Request(url, callback=NO_CALLBACK, dont_filter=True))
    if response.status != 200:
        raise SitemapError(f"the sitemap cannot be read (HTTP {response.status})")
    return bytes(response.body)


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Reads a ``urlset`` or a ``sitemapindex``, plain or gzip; pages of other hosts are left out.

    Raises ``SitemapError``. No entity is expanded and nothing is loaded from elsewhere.
    """
    pages: dict[str, str] = {}
    sitemaps: list[str] = []
    host = host_key(url)
    for kind, location, lastmod in _entries(_unpacked(body)):
        if kind == "sitemap":
            sitemaps.append(safe_url_string(location))
        elif lastmod and _is_on(location, host):
            pages[safe_url_string(location)] = lastmod
    return Sitemap(pages, tuple(dict.fromkeys(sitemaps)))


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(BytesIO(body)) as file:
            unpacked = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SitemapError(f"the sitemap cannot be unpacked ({error})") from None
    if len(unpacked) > MAX_BYTES:
        raise SitemapError(f"the sitemap has more than {MAX_BYTES // 2**20} MiB")
    return unpacked


def _entries(body: bytes) -> Iterator[tuple[str, str, str]]:
    """Kind, ``loc`` and ``lastmod`` of each entry; each element is let go when it was read."""
    events = etree.iterparse(
        BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
    )
    root, count = None, 0
    try:
        for event, element in events:
            if root is None:
                root = element
                _check_root(root)
            kind = _name(element)
            if event != "end" or kind not in {"url", "sitemap"} or element.getparent() is not root:
                continue
            count += 1
            if count > MAX_PAGES:
                raise SitemapError(f"the sitemap names more than {MAX_PAGES:,} addresses")
            said = {_name(child): (child.text or "").strip() for child in element}
            if said.get("loc"):
                yield kind, said["loc"], said.get("lastmod", "")
            root.remove(element)
    except etree.XMLSyntaxError as error:
        raise SitemapError(f"the sitemap is broken XML ({error.msg or 'it is empty'})") from None


def _check_root(root: Any) -> None:
    if root.getroottree().docinfo.doctype:
        raise SitemapError("the sitemap has a document type, which sitemaps do not have")
    if _name(root) not in {"urlset", "sitemapindex"}:
        raise SitemapError(f"this is no sitemap but <{_name(root)[:50]}>")


def _name(element: Any) -> str:
    """The local name; comments and processing instructions have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _is_on(url: str, host: str) -> bool:
    try:
        return host_key(url) == host
    except ValueError:
        return False
