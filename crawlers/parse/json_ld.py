"""JSON-LD 1.1 in script blocks: each block by itself, so that a broken one costs nothing but itself."""

from __future__ import annotations

import html
from collections import Counter
from typing import Any

from crawlers.parse.items import Item, Reference, Value, local_types
from crawlers.parse.mending import BROKEN, load

_MAX_DEPTH = 200


def json_ld_items(root: Any, drops: Counter[str]) -> list[Item]:
    """The items of every JSON-LD block under ``root``; a block not wholly readable counts as ``bad_script``."""
    items: list[Item] = []
    for script in root.iter("script"):
        kind = (script.get("type") or "").partition(";")[0].strip().lower()
        if kind != "application/ld+json" or not (script.text or "").strip():
            continue
        try:
            data, is_whole = load(script.text)
        except ValueError:
            drops["bad_script"] += 1
        else:
            if not is_whole:
                drops["bad_script"] += 1
            _collect(data, items)
    return items


def _collect(data: Any, items: list[Item]) -> None:
    """Turns decoded JSON into items, parents before children, without recursion."""
    pending: list[tuple[Any, Item | None, str | None, int]] = [(data, None, None, 0)]
    while pending:
        node, parent, role, depth = pending.pop()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(node, list):
            pending.extend((child, parent, role, depth + 1) for child in reversed(node))
        elif not isinstance(node, dict):
            if parent is not None and role is not None and (value := _literal(node)) is not None:
                parent.properties.setdefault(role, []).append(value)
        elif "@value" in node:
            pending.append((node["@value"], parent, role, depth + 1))
        elif set(node) == {"@id"} and isinstance(node["@id"], str):
            if parent is not None and role is not None:
                parent.properties.setdefault(role, []).append(Reference(node["@id"].strip()))
        elif set(node) <= {"@list", "@set", "@graph", "@context", "@id"} and _is_container(node):
            pending.extend((node[key], parent, role, depth + 1) for key in ("@list", "@set", "@graph") if key in node)
        else:
            pending.extend(_open_item(node, parent, role, depth, items))


def _is_container(node: dict[str, Any]) -> bool:
    return any(key in node for key in ("@list", "@set", "@graph"))


def _open_item(
    node: dict[str, Any], parent: Item | None, role: str | None, depth: int, items: list[Item]
) -> list[tuple[Any, Item | None, str | None, int]]:
    """Makes the item of a JSON object and returns what is still to be read: its properties, last one first."""
    types = node.get("@type", node.get("type"))
    names = [name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]
    identity = node.get("@id", node.get("id"))
    item = Item(local_types(names), _identity(identity), "json-ld", parent, role, is_broken=BROKEN in node)
    items.append(item)
    if parent is not None and role is not None:
        parent.properties.setdefault(role, []).append(item)
    children: list[tuple[Any, Item | None, str | None, int]] = []
    for key, value in reversed(node.items()):
        if key == "@graph":
            children.append((value, None, None, depth + 1))
        elif key == "@reverse" and isinstance(value, dict):
            children.extend((child, None, None, depth + 1) for child in value.values())
        elif not key.startswith("@"):
            children.append((value, item, _property(key), depth + 1))
    return children


def _identity(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _property(key: str) -> str:
    return key.rpartition("/")[2] if key.startswith("http") else key.removeprefix("schema:")


def _literal(value: object) -> Value | None:
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value
