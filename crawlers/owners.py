"""One row of an operator's table of owners becomes one ownership, or one plain reason why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawlers import values
from crawlers.rows import RowError
from store.canonical import Ownership

OWNER_COLUMNS = ("platform", "listing_id", "owner", "reviewer_id")
REQUIRED_OWNER_COLUMNS = ("listing_id", "owner")
# Labels for nobody: as one owner's they would make strangers one person who praises what is its own.
_NOBODY = frozenset(
    {"unknown", "n/a", "na", "none", "null", "nan", "-", "--", "?", "tbd", "unbekannt", "anonymous", "private"}
)

_READERS: Mapping[str, Callable[[object], str]] = dict.fromkeys(OWNER_COLUMNS, values.identifier) | {
    "platform": values.platform
}


def parse_owner(row: Mapping[str, object], *, platform: str | None, raw: bytes) -> Ownership:
    """The ownership that a row of ``OWNER_COLUMNS`` stands for; other columns are not looked at.

    ``platform`` fills in where the row names none. ``raw``, the row's bytes, is kept nowhere.
    Raises ``RowError`` for the first column that cannot be taken.
    """
    del raw
    fields: dict[str, str] = {} if platform is None else {"platform": platform}
    for column, reader in _READERS.items():
        if values.is_absent(value := row.get(column)):
            continue
        try:
            fields[column] = reader(value)
        except ValueError as error:
            raise RowError(column, str(error)) from None
    for column in ("platform", *REQUIRED_OWNER_COLUMNS):
        if column not in fields:
            raise RowError(column, "is missing")
    if fields["owner"].casefold() in _NOBODY:
        raise RowError("owner", f"'{fields['owner']}' names nobody; leave the row out")
    return Ownership(**fields)
