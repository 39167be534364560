"""Tells a challenge page ("prove that you are human") from a page that only speaks of one."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree, html

# Headers, with the values of them that mean a challenge.
HEADERS: Mapping[str, tuple[bytes, ...]] = {
    "cf-mitigated": (b"challenge",),
    "x-amzn-waf-action": (b"challenge", b"captcha"),
}
# What the title begins with, in lower case.
TITLES = ("just a moment", "attention required! | cloudflare", "access to this page has been denied")
# Words of a script of the page's own; a script that only holds data is not read.
SCRIPTS = ("_cf_chl_opt", "awswafcookiedomainlist", "gokuprops")
# Where a script or a frame is loaded from.
SOURCES = {
    "script": (
        "captcha-delivery.com/c.js",
        "/challenge-platform/h/b/orchestrate/",
        "/challenge-platform/h/g/orchestrate/",
    ),
    "iframe": ("captcha-delivery.com/captcha", "_incapsula_resource"),
}
IDS = ("px-captcha", "cf-challenge-running")

# Challenges are small pages; a longer one is content.
LARGEST = 64 * 1024

_ALL_MARKS = tuple(mark.encode() for mark in (*TITLES, *SCRIPTS, *SOURCES["script"], *SOURCES["iframe"], *IDS))
_DATA = ("application/ld+json", "application/json", "text/template", "text/plain")


def is_challenge(headers: Mapping[str, bytes | None], body: bytes) -> bool:
    """Whether an answer is a challenge, by its headers or by elements of its page; never by its text."""
    for name, values in HEADERS.items():
        if (headers.get(name) or b"").strip().lower() in values:
            return True
    if len(body) > LARGEST or not any(mark in body.lower() for mark in _ALL_MARKS):
        return False
    try:
        root = html.document_fromstring(body)
    except (etree.LxmlError, ValueError):
        return False
    return not _shows_content(root) and (_title(root).startswith(TITLES) or _is_marked(root))


def _shows_content(root: html.HtmlElement) -> bool:
    """A page with schema.org markup shows what it has, whatever else it loads."""
    is_json_ld = any("ld+json" in element.get("type", "").lower() for element in root.iter("script"))
    return is_json_ld or bool(root.xpath("boolean(//*[@itemscope])"))


def _title(root: html.HtmlElement) -> str:
    return " ".join((root.findtext(".//title") or "").split()).lower()


def _is_marked(root: html.HtmlElement) -> bool:
    for element in root.iter("script", "iframe", "div", "form", "section"):
        source = element.get("src", "").lower()
        if any(mark in source for mark in SOURCES.get(element.tag, ())):
            return True
        if element.get("id", "").lower() in IDS:
            return True
        if element.tag == "script" and not element.get("type", "").lower().startswith(_DATA):
            text = (element.text or "").lower()
            if any(mark in text for mark in SCRIPTS):
                return True
    return False
