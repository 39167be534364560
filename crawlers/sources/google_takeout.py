"""Google Takeout, "Business Profile": the file of a location's reviews, ``{"reviews": [...]}``.

https://support.google.com/accounts/answer/3024190 (how to export). The layout of the file is not documented; its
records are those of https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews, and any
field of them may be absent. A review without an id goes by the moment of its creation, which no edit changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawlers import values
from crawlers.page import Context, Page
from crawlers.records import Record, RecordFormat, read_page, records_under
from crawlers.rows import RowError
from crawlers.sources.google_business import review_row


def _row(record: Record, context: Context) -> Mapping[str, object]:
    row = review_row(record, context)
    if values.is_absent(row["listing_id"]):
        raise RowError("listing_id", "is in no review of this file; give it with --listing")
    if values.is_absent(row["review_id"]) and isinstance(created := record.get("createTime"), str):
        row["review_id"] = f"created-{created.strip()}"
    return row


FORMAT = RecordFormat("google-takeout", "google", records_under("reviews"), _row)


def parse(body: bytes, context: Context) -> Page:
    """The reviews of an export, in no promised order."""
    return read_page(FORMAT, body, context, order=None)
