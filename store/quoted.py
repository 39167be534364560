"""What a report quotes of reviews that it knows by their keys alone, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import select

from store.database import Database, chunks
from store.models import Listing, Review, ReviewVersion

_COLUMNS = (
    Review.key.label("review_key"),
    Review.reviewer_key,
    Review.listing_key,
    Listing.name.label("listing_name"),
    ReviewVersion.rating,
    ReviewVersion.rating_worst,
    ReviewVersion.rating_best,
    ReviewVersion.title,
    ReviewVersion.text,
    ReviewVersion.text_positive,
    ReviewVersion.text_negative,
    ReviewVersion.language,
    ReviewVersion.published_from,
    ReviewVersion.published_to,
)


def read_quoted(database: Database, review_keys: Iterable[str]) -> pd.DataFrame:
    """The current version of these reviews, by key; keys that are stored no more have no row.

    The columns are among those of ``store.reading.read_listing_reviews``.
    """
    query = (
        select(*_COLUMNS)
        .join(ReviewVersion, (ReviewVersion.review_key == Review.key) & (ReviewVersion.number == Review.version))
        .join(Listing, Listing.key == Review.listing_key)
    )
    rows: list[tuple[object, ...]] = []
    with database.read() as connection:
        for part in chunks(sorted(set(review_keys))):
            rows += [tuple(row) for row in connection.execute(query.where(Review.key.in_(part)).order_by(Review.key))]
    return pd.DataFrame(rows, columns=[column.key for column in _COLUMNS])
