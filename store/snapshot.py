"""Frames out: the reviews as detectors see them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from sqlalchemy import not_, select

from store.database import Database
from store.frames import REVIEWS, check
from store.models import Listing, Review, Reviewer, ReviewVersion
from store.presence import is_under_other_id

# What ``derive`` reads; other columns are left aside.
RAW_COLUMNS = (
    "review_key",
    "listing_key",
    "platform",
    "kind",
    "city",
    "country",
    "latitude",
    "longitude",
    "reviewer_key",
    "reviewer_review_count",
    "rating",
    "rating_worst",
    "rating_best",
    "sub_mean",
    "published_from",
    "published_to",
    "stayed_from",
    "stayed_to",
    "title",
    "text",
    "language",
    "text_is_translation",
    "verified_stay",
)

_TEXTS = (
    "review_key",
    "listing_key",
    "platform",
    "kind",
    "city",
    "country",
    "reviewer_key",
    "title",
    "text",
    "language",
)
# What a source asks for apart from each other is read as one text.
_PARTS = ("text_positive", "text_negative")
_AT_ONCE = 20_000


def read_reviews(database: Database) -> pd.DataFrame:
    """Every review's current version, in the columns of ``frames.REVIEWS``.

    Left out are reviews of which their source says that they were written on another platform, since they count there,
    and those that their listing has under another id.
    """
    query = (
        select(
            Review.key.label("review_key"),
            Review.listing_key,
            Listing.platform,
            Listing.kind,
            Listing.city,
            Listing.country,
            Listing.latitude,
            Listing.longitude,
            Review.reviewer_key,
            Reviewer.review_count.label("reviewer_review_count"),
            ReviewVersion.rating,
            ReviewVersion.rating_worst,
            ReviewVersion.rating_best,
            ReviewVersion.subratings.label("sub_mean"),
            ReviewVersion.published_from,
            ReviewVersion.published_to,
            ReviewVersion.stayed_from,
            ReviewVersion.stayed_to,
            ReviewVersion.title,
            ReviewVersion.text,
            ReviewVersion.language,
            ReviewVersion.text_is_translation,
            ReviewVersion.verified_stay,
            ReviewVersion.text_positive,
            ReviewVersion.text_negative,
        )
        # What the source says was written on another platform belongs there.
        .where(Review.syndicated_from.is_(None), not_(is_under_other_id()))
        .join(ReviewVersion, (ReviewVersion.review_key == Review.key) & (ReviewVersion.number == Review.version))
        .join(Listing, Listing.key == Review.listing_key)
        .outerjoin(Reviewer, Reviewer.key == Review.reviewer_key)
    )
    with database.read() as connection:
        result = connection.execution_options(yield_per=_AT_ONCE).execute(query)
        parts = [_compact([tuple(row) for row in rows]) for rows in result.partitions()]
    return derive(pd.concat([_compact([]), *parts], ignore_index=True))


def _compact(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows as a frame whose columns hold values and not Python objects: all of a store's reviews must fit."""
    frame = pd.DataFrame(rows, columns=[*RAW_COLUMNS, *_PARTS], dtype=object)
    for name in _PARTS:
        part = frame.pop(name)
        said = part.notna()
        frame.loc[said, "text"] = [
            f"{text}\n{more}" if text else more for text, more in zip(frame.loc[said, "text"], part[said], strict=True)
        ]
    frame["sub_mean"] = _sub_means(frame)
    for name in _TEXTS:
        frame[name] = frame[name].astype("str")
    for name in ("published_from", "published_to", "stayed_from", "stayed_to"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    for name in ("latitude", "longitude", "rating", "rating_worst", "rating_best", "reviewer_review_count"):
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    for name in ("text_is_translation", "verified_stay"):
        frame[name] = frame[name].astype("boolean")
    return frame


def _sub_means(rows: pd.DataFrame) -> np.ndarray:
    """The mean of each review's sub-ratings (column ``sub_mean``), normalised; those off its scale don't count."""
    found = np.full(len(rows), np.nan)
    said = np.flatnonzero(rows["sub_mean"].notna())
    columns = (rows[name].iloc[said] for name in ("sub_mean", "rating_worst", "rating_best"))
    for place, aspects, worst, best in zip(said, *columns, strict=True):
        inside = [value for value in aspects.values() if worst <= value <= best]
        if inside:
            # An exact sum: databases need not keep the aspects' order.
            found[place] = (math.fsum(inside) / len(inside) - worst) / (best - worst)
    return found.clip(0.0, 1.0)


def derive(raw: pd.DataFrame) -> pd.DataFrame:
    """From ``RAW_COLUMNS`` to ``frames.REVIEWS``: normalised ratings, days, and what the account had done before.

    A stay from the first to the last day of a month is read as that month, in which the guest was there on some day.

    Sorted by listing, day and key, so that the order in which reviews arrived leaves no trace.
    """
    stay_from, stay_to, stay_exact = _stays(raw["stayed_from"], raw["stayed_to"])
    frame = pd.DataFrame(
        {
            "review_key": raw["review_key"].astype("str"),
            "listing_key": raw["listing_key"].astype("str"),
            "platform": raw["platform"].astype("str"),
            "kind": _filled(raw["kind"], "other"),
            "city": _filled(raw["city"], ""),
            "country": _filled(raw["country"], ""),
            "latitude": raw["latitude"].astype("float64"),
            "longitude": raw["longitude"].astype("float64"),
            "reviewer_key": raw["reviewer_key"].astype("str"),
            "rating": _normalised(raw),
            "rating_worst": raw["rating_worst"].astype("float64"),
            "rating_best": raw["rating_best"].astype("float64"),
            "sub_mean": raw["sub_mean"].astype("float64"),
            "day_from": days(raw["published_from"]),
            "day_to": days(raw["published_to"]),
            "stay_from": stay_from,
            "stay_to": stay_to,
            "stay_exact": stay_exact,
            "text": (_filled(raw["title"], "") + "\n" + _filled(raw["text"], "")).str.strip(),
            "language": _filled(raw["language"], "und"),
            "translated": _true(raw["text_is_translation"]),
            "verified": _true(raw["verified_stay"]),
        }
    )
    frame["claimed"] = pd.to_numeric(raw["reviewer_review_count"]).to_numpy(dtype="float64")
    frame = frame.sort_values(["listing_key", "day_to", "review_key"], kind="stable", ignore_index=True)
    return check(_with_history(frame), REVIEWS, "reviews")


def days(column: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of a column of dates."""
    stamps = pd.to_datetime(column).to_numpy().astype("datetime64[D]")
    return stamps.astype("int64").astype("int32")


def _stays(first: pd.Series, last: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last day of each stay, -1 where one isn't known, and whether the guest was there on all of them."""
    start, end = (pd.to_datetime(column).to_numpy().astype("datetime64[D]") for column in (first, last))
    known = ~(np.isnat(start) | np.isnat(end))
    month = start.astype("datetime64[M]")
    is_month = (start == month.astype("datetime64[D]")) & (end + 1 == (month + 1).astype("datetime64[D]"))
    stay_from, stay_to = (np.where(known, stamps.astype("int64"), -1).astype("int32") for stamps in (start, end))
    return stay_from, stay_to, known & ~is_month


def _filled(column: pd.Series, default: str) -> pd.Series:
    return column.astype("str").fillna(default)


def _true(column: pd.Series) -> pd.Series:
    return column.astype("boolean").fillna(False).astype("bool")


def _normalised(raw: pd.DataFrame) -> pd.Series:
    width = raw["rating_best"].astype("float64") - raw["rating_worst"].astype("float64")
    return ((raw["rating"].astype("float64") - raw["rating_worst"].astype("float64")) / width).clip(0.0, 1.0)


def _with_history(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame["reviewer_key"].notna().to_numpy()
    accounts, _ = pd.factorize(frame["reviewer_key"])
    order = np.lexsort((frame["review_key"].to_numpy(dtype=object), frame["day_to"].to_numpy(), accounts))
    sorted_accounts = accounts[order]
    starts = np.flatnonzero(np.r_[True, sorted_accounts[1:] != sorted_accounts[:-1]]) if len(order) else order
    sizes = np.diff(np.r_[starts, len(order)])
    nth = np.empty(len(order), dtype="int32")
    nth[order] = np.arange(len(order)) - np.repeat(starts, sizes) + 1
    total = np.empty(len(order), dtype="int32")
    total[order] = np.repeat(sizes, sizes)
    frame["nth"] = np.where(known, nth, 0).astype("int32")
    frame["reviewer_reviews"] = np.where(known, total, 0).astype("int32")
    claimed = frame["claimed"].to_numpy()
    # A profile that claims clearly more reviews than the store holds belongs to an account that was there before.
    older = claimed >= frame["reviewer_reviews"].to_numpy() + 3
    first = np.where(known, nth == 1, True) & ~older
    frame["newborn"] = np.where(known | ~np.isnan(claimed), first, -1).astype("int8")
    return frame
