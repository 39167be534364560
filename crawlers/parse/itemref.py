"""``itemref`` of microdata (WHATWG HTML, section 5.2.2): properties that stand elsewhere are put under their item."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_MAX_REFERENCES = 10_000
# Several items may name one element, which is then read several times; the limit holds for the whole page.
_MAX_COPIED = 200_000


def gather_references(root: Any) -> None:
    """Moves each element that an ``itemref`` names to the end of its item; copies it where another item has it too."""
    scopes = root.xpath("//*[@itemscope][@itemref]")
    if not scopes:
        return
    by_id: dict[str, Any] = {}
    for element in root.iter("*"):
        if identity := element.get("id"):
            by_id.setdefault(identity, element)
    references = [(scope, by_id.get(name)) for scope in scopes for name in dict.fromkeys(scope.get("itemref").split())]
    copied = 0
    for scope, element in references[:_MAX_REFERENCES]:
        if element is None or element is scope or any(each is element for each in scope.iterancestors()):
            continue
        if any(each is scope for each in element.iterancestors()):
            continue
        placed = element
        if any(each.get("itemscope") is not None for each in element.iterancestors()):
            copied += sum(1 for _ in element.iter("*"))
            if copied > _MAX_COPIED:
                return
            placed = deepcopy(element)
        placed.tail = None
        scope.append(placed)
