"""A simulated platform's reviews as detectors see them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detection.simulate.platform import Platform
from store.canonical import listing_key, review_key
from store.frames import OWNERS, build
from store.snapshot import RAW_COLUMNS, derive


def review_frame(platform: Platform) -> pd.DataFrame:
    """The columns of ``frames.REVIEWS``; the simulator's reviewer ids stand for pseudonyms."""
    said = platform.reviews
    known = said["reviewer_id"].notna().to_numpy()
    ids = zip(said["platform"], said["listing_id"], said["review_id"], strict=True)
    stayed_from, stayed_to = _stays(said["stayed"])
    raw = pd.DataFrame(
        {
            "review_key": [review_key(*each) for each in ids],
            "listing_key": [listing_key(*each) for each in zip(said["platform"], said["listing_id"], strict=True)],
            "platform": said["platform"].to_numpy(),
            "kind": said["listing_kind"].to_numpy(),
            "city": said["city"].to_numpy(),
            "country": said["country"].to_numpy(),
            "latitude": said["latitude"].to_numpy(),
            "longitude": said["longitude"].to_numpy(),
            "reviewer_key": (said["platform"] + "/" + said["reviewer_id"].astype("str")).where(known).to_numpy(),
            "reviewer_review_count": said["reviewer_review_count"].to_numpy(),
            "rating": said["rating"].to_numpy(),
            "rating_worst": said["rating_worst"].to_numpy(),
            "rating_best": said["rating_best"].to_numpy(),
            "sub_mean": np.nan,
            "published_from": said["published"].to_numpy(),
            "published_to": said["published"].to_numpy(),
            "stayed_from": stayed_from,
            "stayed_to": stayed_to,
            "title": said["title"].to_numpy(),
            "text": said["text"].to_numpy(),
            "language": said["language"].to_numpy(),
            "text_is_translation": None,
            "verified_stay": said["verified_stay"].to_numpy(),
        },
        columns=list(RAW_COLUMNS),
    )
    return derive(raw)


def _stays(said: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of stays told as a day, a month (``2026-03``) or an interval of days."""
    told = said.astype("str")
    ends = (told.str.replace(other, "", regex=True) for other in ("/.*", ".*/"))
    first, last = (pd.to_datetime(end, format="ISO8601").to_numpy().astype("datetime64[D]") for end in ends)
    month_end = (last.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    is_month = (told.str.len() == len("2026-03")).to_numpy()
    return first.astype("datetime64[s]"), np.where(is_month, month_end, last).astype("datetime64[s]")


def true_events(platform: Platform) -> pd.DataFrame:
    """Columns ``review_key, event_id, kind, planted, strength`` of the reviews that belong to an event."""
    keys = platform.reviews[["platform", "listing_id", "review_id"]].merge(platform.truth, on="review_id")
    keys["review_key"] = [review_key(*each) for each in keys[["platform", "listing_id", "review_id"]].to_numpy()]
    events = platform.events[["event_id", "kind", "planted", "strength"]]
    return keys[["review_key", "event_id"]].merge(events, on="event_id")


def owner_frame(platform: Platform) -> pd.DataFrame:
    """The columns of ``frames.OWNERS``, with keys as ``review_frame`` makes them; sorted by listing and owner."""
    said = platform.owners
    frame = build(
        {
            "owner": said["owner"],
            "listing_key": [listing_key(*each) for each in zip(said["platform"], said["listing_id"], strict=True)],
            "reviewer_key": said["platform"] + "/" + said["reviewer_id"],
        },
        OWNERS,
    )
    return frame.sort_values(["listing_key", "owner"], ignore_index=True)
