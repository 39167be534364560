"""Frames for the reports and exports: listings, reviews, scores, abstentions."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select

from store.database import Database, table_of
from store.models import Abstention, Listing, Review, Reviewer, ReviewerScore, ReviewScore, ReviewVersion
from store.provenance import Sighting


def read_listings(database: Database) -> pd.DataFrame:
    """One row for each listing: its columns and ``reviews``, the number of its reviews; sorted by key."""
    counts = select(Review.listing_key, func.count().label("reviews")).group_by(Review.listing_key).subquery()
    query = (
        select(table_of(Listing), func.coalesce(counts.c.reviews, 0).label("reviews"))
        .outerjoin(counts, counts.c.listing_key == Listing.key)
        .order_by(Listing.key)
    )
    return _frame(database, query)


def read_listing_reviews(database: Database, listing_key: str | None = None) -> pd.DataFrame:
    """The current version of each review of a listing (of all listings for ``None``), by day and key.

    Columns: those of the tables review, review_version and listing that a report shows, and ``removed``, since when no
    source shows the review any more; dates are ``datetime.date``, moments UTC.
    """
    gone = (
        select(Sighting.review_key, func.max(Sighting.removed).label("removed"))
        .group_by(Sighting.review_key)
        .having(func.count() == func.count(Sighting.removed))
        .subquery()
    )
    query = (
        select(
            Review.key.label("review_key"),
            Review.listing_key,
            Listing.platform,
            Listing.listing_id,
            Listing.name.label("listing_name"),
            Review.review_id,
            Review.reviewer_key,
            Review.version,
            Review.first_seen,
            Review.last_seen,
            Review.syndicated_from,
            gone.c.removed,
            ReviewVersion.rating,
            ReviewVersion.rating_worst,
            ReviewVersion.rating_best,
            ReviewVersion.title,
            ReviewVersion.text,
            ReviewVersion.text_positive,
            ReviewVersion.text_negative,
            ReviewVersion.subratings,
            ReviewVersion.language,
            ReviewVersion.text_is_translation,
            ReviewVersion.stayed_from,
            ReviewVersion.stayed_to,
            ReviewVersion.published_from,
            ReviewVersion.published_to,
            ReviewVersion.edited,
            ReviewVersion.verified_stay,
            ReviewVersion.response_text,
            ReviewVersion.response_published,
            ReviewVersion.response_state,
            ReviewVersion.review_url,
            ReviewVersion.source,
            ReviewVersion.raw_sha256,
        )
        .join(ReviewVersion, (ReviewVersion.review_key == Review.key) & (ReviewVersion.number == Review.version))
        .join(Listing, Listing.key == Review.listing_key)
        .outerjoin(gone, gone.c.review_key == Review.key)
        .order_by(Review.listing_key, ReviewVersion.published_to, Review.key)
    )
    if listing_key is not None:
        query = query.where(Review.listing_key == listing_key)
    return _frame(database, query)


def read_review_scores(database: Database) -> pd.DataFrame:
    """Columns ``review_key, score, p_value, detectors`` (a list), by key."""
    return _frame(database, select(table_of(ReviewScore)).order_by(ReviewScore.review_key))


def read_reviewer_scores(database: Database) -> pd.DataFrame:
    """Scores of accounts with ``platform`` and ``sealed``, by key."""
    query = (
        select(table_of(ReviewerScore), Reviewer.platform, Reviewer.sealed)
        .join(Reviewer, Reviewer.key == ReviewerScore.reviewer_key)
        .order_by(ReviewerScore.reviewer_key)
    )
    return _frame(database, query)


def read_sealed_reviewers(database: Database) -> pd.DataFrame:
    """Columns ``reviewer_key, platform, sealed`` (what the key file opens), ``name, review_count, since``."""
    query = select(
        Reviewer.key.label("reviewer_key"),
        Reviewer.platform,
        Reviewer.sealed,
        Reviewer.name,
        Reviewer.review_count,
        Reviewer.since,
    ).order_by(Reviewer.key)
    return _frame(database, query)


def read_abstentions(database: Database) -> pd.DataFrame:
    """Columns ``detector, listing_key, reason, reviews``."""
    query = select(table_of(Abstention)).order_by(Abstention.listing_key, Abstention.detector, Abstention.reason)
    return _frame(database, query)


def _frame(database: Database, query: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    with database.read() as connection:
        result = connection.execute(query)
        # Plain tuples: a frame takes twice as long over the driver's rows.
        return pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()))
