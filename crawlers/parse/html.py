"""HTML bytes to an element tree, and what a page says about itself: base address, language, next pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from w3lib.encoding import html_to_unicode

from crawlers.parse.items import absolute_url


def parse_html(body: bytes, encoding: str | None) -> Any | None:
    """The root element, None where there is no element at all. ``encoding`` is what the server declared."""
    declared = f"text/html; charset={encoding}" if encoding else None
    _, text = html_to_unicode(declared, body, default_encoding="utf-8")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    try:
        return etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def base_url(root: Any, url: str) -> str:
    """The address that relative links start from: ``<base href>``, else the page's own."""
    href = root.xpath("string(//base[@href][1]/@href)")
    return (absolute_url(url, href) if href else None) or url


def canonical_url(root: Any, base: str, url: str) -> str:
    """The page's address as ``<link rel=canonical>`` states it, if that is on the page's own host; else ``url``."""
    for element in root.xpath("//link[@rel][@href]"):
        if "canonical" in element.get("rel").lower().split():
            address = absolute_url(base, element.get("href"))
            if address is not None and urlsplit(address).hostname == urlsplit(url).hostname:
                return address
    return url


def page_language(root: Any) -> str | None:
    """The ``lang`` of the page's outermost element that has one."""
    found = root.xpath("//html/@lang | //body/@lang")
    return str(found[0]) if found else None


def next_urls(root: Any, base: str) -> tuple[str, ...]:
    """Where ``<link rel=next>`` and ``<a rel=next>`` lead, absolute and without fragments, in document order."""
    found: dict[str, None] = {}
    for element in root.xpath("//*[self::link or self::a][@rel][@href]"):
        if "next" in element.get("rel").lower().split():
            address = absolute_url(base, element.get("href"))
            if address is not None:
                found[address.partition("#")[0]] = None
    return tuple(found)
