"""One shape for structured data, whichever syntax it was written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

_PREFIXES = (
    "http://schema.org/",
    "https://schema.org/",
    "http://www.schema.org/",
    "https://www.schema.org/",
    "schema:",
)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """``{"@id": ...}``: stands for the item of that id on the same page."""

    target: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One item: local schema.org type names, its id, and its properties, each a list of values.

    ``parent`` is the item that it stands in and ``role`` the property under which it does. ``is_broken`` says that the
    page's syntax error lies in it and properties are missing. Compared by identity, since items may contain each other.
    """

    types: frozenset[str]
    id: str | None
    syntax: str
    parent: Item | None = None
    role: str | None = None
    properties: dict[str, list[Value]] = field(default_factory=dict)
    is_broken: bool = False


Value = str | int | float | Item | Reference


@dataclass(frozen=True, slots=True)
class Items:
    """All items of a page in document order, and the items by their id, made absolute against ``base``."""

    items: tuple[Item, ...]
    base: str
    by_id: Mapping[str, Item]

    def resolved(self, value: Value) -> Value | None:
        """The item that a reference stands for, None for one that leads nowhere; other values as they are."""
        return self.by_id.get(_id_key(self.base, value.target)) if isinstance(value, Reference) else value

    def fullest(self, item: Item) -> Item:
        """The item of the same id that says most: a page may name a thing in one place and describe it in another."""
        return item if item.id is None else self.by_id.get(_id_key(self.base, item.id), item)

    def values(self, item: Item, *names: str) -> list[Value]:
        """The values of the first of the named properties that has any, references resolved."""
        for name in names:
            found = [value for value in map(self.resolved, item.properties.get(name, ())) if value is not None]
            if found:
                return found
        return []

    def text(self, item: Item, *names: str) -> str | None:
        """The first text or number among the values of the first of the named properties that has any."""
        for value in self.values(item, *names):
            if not isinstance(value, Item | Reference) and (found := str(value).strip()):
                return found
        return None


def index(items: list[Item], base: str) -> Items:
    """Indexes items by id; of several with one id the one that says most stands for all."""
    by_id: dict[str, Item] = {}
    for item in items:
        if item.id is None:
            continue
        key = _id_key(base, item.id)
        if key not in by_id or _weight(item) > _weight(by_id[key]):
            by_id[key] = item
    return Items(tuple(items), base, by_id)


def _weight(item: Item) -> tuple[bool, int]:
    """What has a type comes before what has none, and a thing before a review that took its id by mistake."""
    return any(not name.endswith("Review") for name in item.types), len(item.properties)


def _id_key(base: str, identity: str) -> str:
    return identity if identity.startswith("_:") else absolute_url(base, identity) or identity


def local_types(names: list[str]) -> frozenset[str]:
    """Type names without the schema.org prefix; types of other vocabularies are left out."""
    local = set()
    for name in names:
        prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
        short = name[len(prefix) :].strip("/# ")
        if short.isalnum():
            local.add(short)
    return frozenset(local)


@lru_cache(maxsize=4096)
def absolute_url(base: str, link: str) -> str | None:
    """``link`` as an absolute http or https address without blanks around it; None where it is none."""
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return joined if usable and joined.isprintable() and " " not in joined and len(joined) <= 2000 else None
