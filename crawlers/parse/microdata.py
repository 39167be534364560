"""Microdata (WHATWG HTML, section 5) in one walk over the element tree."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from lxml import etree

from crawlers.parse.itemref import gather_references
from crawlers.parse.items import Item, Value, local_types

_SOURCES = {"audio", "embed", "iframe", "img", "source", "track", "video"}
_LINKS = {"a", "area", "link"}
_BLOCKS = {"br", "p", "li", "div", "ul", "ol", "blockquote", "tr"}

_MAX_TEXT = 1_000_000
_LONGEST_WORD = 40
# Texts of nested properties overlap; the limit keeps a hostile page from costing more than a large honest one.
_MAX_TEXT_NODES = 1_000_000

# Of a link that carries one of these, the text is meant and not where the link leads.
_TEXT_PROPERTIES = {
    "name", "reviewBody", "description", "headline", "ratingValue", "datePublished", "dateCreated", "inLanguage",
    "text", "positiveNotes", "negativeNotes",
}  # fmt: skip
_WANTED = _TEXT_PROPERTIES | {
    "about", "addressCountry", "addressLocality", "alternateName", "author", "bestRating", "dateModified", "identifier",
    "creator", "isBasedOn", "isBasedOnUrl", "isPartOf", "itemListElement", "itemReviewed", "latitude", "longitude",
    "publisher", "ratingCount", "reviewAspect", "reviewCount", "reviewRating", "reviewReply", "sameAs",
    "translationOfWork", "url", "value", "worstRating",
}  # fmt: skip


def microdata_items(root: Any, base: str) -> list[Item]:
    """The items under ``root`` in document order; of their texts only the properties that are looked at."""
    gather_references(root)
    return _Walk(base).walk(root)


class _Walk:
    """One walk over one tree: the items so far, and how much text was read."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._items: list[Item] = []
        self._text_nodes = 0

    def walk(self, root: Any) -> list[Item]:
        scopes: list[tuple[Any, Item]] = []
        for event, element in etree.iterwalk(root, events=("start", "end"), tag="*"):
            if event == "end":
                if scopes and scopes[-1][0] is element:
                    self._close(*scopes.pop())
                continue
            around = scopes[-1][1] if scopes else None
            names = (element.get("itemprop") or "").split()
            if element.get("itemscope") is not None:
                scopes.append((element, self._open(element, around, names)))
            elif around is not None:
                for name in names:
                    if name in _WANTED and (value := self._value(element, name, around)) is not None:
                        around.properties.setdefault(name, []).append(value)
        return self._items

    def _open(self, element: Any, around: Item | None, names: list[str]) -> Item:
        types = local_types((element.get("itemtype") or "").split())
        role = names[0] if names and around is not None else None
        item = Item(types, _absolute(self._base, element.get("itemid")), "microdata", around, role)
        self._items.append(item)
        if around is not None:
            for name in names:
                around.properties.setdefault(name, []).append(item)
        return item

    def _close(self, element: Any, item: Item) -> None:
        """A rating without a number may be said in a word, which is then its name."""
        if "Rating" in item.types and not item.properties and len(said := self._text(element)) <= _LONGEST_WORD:
            item.properties["name"] = [said]

    def _value(self, element: Any, name: str, around: Item) -> Value | None:
        if (content := element.get("content")) is not None:
            return str(content)
        tag = element.tag
        if tag in _SOURCES:
            return _absolute(self._base, element.get("src"))
        if tag in _LINKS and element.get("href") is not None:
            if name == "author" and tag != "link":
                return self._linked_author(element, around)
            if name not in _TEXT_PROPERTIES or tag == "link":
                return _absolute(self._base, element.get("href"))
        machine = element.get("value" if tag in ("data", "meter") else "datetime")
        return self._text(element) if machine is None else str(machine)

    def _linked_author(self, element: Any, around: Item) -> Item:
        """``<a itemprop="author" href="/user/7">Ann</a>``: a person with a name and an address."""
        person = Item(frozenset({"Person"}), None, "microdata", around, "author")
        person.properties["name"] = [self._text(element)]
        if address := _absolute(self._base, element.get("href")):
            person.properties["url"] = [address]
        self._items.append(person)
        return person

    def _text(self, element: Any) -> str:
        """The text as a browser would show it: blanks collapsed, blocks on lines of their own."""
        lines: list[list[str]] = [[]]
        size = 0
        for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
            self._text_nodes += 1
            if size > _MAX_TEXT or self._text_nodes > _MAX_TEXT_NODES:
                break
            is_start = event == "start"
            if event != "comment" and node.tag in _BLOCKS and (is_start or node.tag != "br"):
                lines.append([])
            if is_start:
                said = "" if node.tag in ("script", "style") else node.text
            else:
                said = "" if node is element else node.tail
            if said:
                lines[-1].append(said)
                size += len(said)
        collapsed = (" ".join("".join(line).split()) for line in lines)
        return "\n".join(line for line in collapsed if line)


def _absolute(base: str, link: str | None) -> str | None:
    if not link or not link.strip():
        return None
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return None
