"""The tables. Keys are derived from the source's own names, never counted, so that two stores of one input agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class Listing(Base):
    """A hotel or restaurant on one platform; ``key`` is ``platform/listing_id``."""

    __tablename__ = "listing"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    platform: Mapped[str] = mapped_column(String(64), index=True)
    listing_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(16))
    city: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class ListingCount(Base):
    """Rating and number of reviews that a listing's page claimed on one day."""

    __tablename__ = "listing_count"
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), primary_key=True)
    seen_on: Mapped[dt.date] = mapped_column(primary_key=True)
    rating: Mapped[float | None]
    rating_best: Mapped[float | None]
    review_count: Mapped[int | None]


class Reviewer(Base):
    """An account on one platform; ``key`` is its keyed pseudonym, ``sealed`` opens only with the key file."""

    __tablename__ = "reviewer"
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    platform: Mapped[str] = mapped_column(String(64), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str | None] = mapped_column(Text)
    review_count: Mapped[int | None]
    since: Mapped[dt.date | None]


class Review(Base):
    """A review's identity; what it says stands in its versions."""

    __tablename__ = "review"
    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), index=True)
    reviewer_key: Mapped[str | None] = mapped_column(ForeignKey("reviewer.key"), index=True)
    review_id: Mapped[str] = mapped_column(String(200))
    synthetic_id: Mapped[bool]
    version: Mapped[int]
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime]
    syndicated_from: Mapped[str | None] = mapped_column(String(64))
    copy_of: Mapped[str | None] = mapped_column(String(24), index=True)


class ReviewVersion(Base):
    """What a review said from one moment on, with its source and the hash of the source's bytes.

    ``raw_sha256`` is the hash of this review's own part of the source, ``body_sha256`` that of the whole page or file.
    """

    __tablename__ = "review_version"
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[dt.datetime]
    source: Mapped[str] = mapped_column(Text)
    raw_sha256: Mapped[str] = mapped_column(String(64))
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    rating: Mapped[float]
    rating_worst: Mapped[float]
    rating_best: Mapped[float]
    title: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    text_positive: Mapped[str | None] = mapped_column(Text)
    text_negative: Mapped[str | None] = mapped_column(Text)
    subratings: Mapped[dict[str, Any] | None]
    language: Mapped[str | None] = mapped_column(String(35))
    text_is_translation: Mapped[bool | None]
    stayed_from: Mapped[dt.date | None]
    stayed_to: Mapped[dt.date | None]
    published_from: Mapped[dt.date]
    published_to: Mapped[dt.date]
    published_precision: Mapped[str] = mapped_column(String(8), server_default="day")
    edited: Mapped[dt.date | None]
    verified_stay: Mapped[bool | None]
    response_text: Mapped[str | None] = mapped_column(Text)
    response_published: Mapped[dt.date | None]
    response_state: Mapped[str | None] = mapped_column(Text)
    review_url: Mapped[str | None] = mapped_column(Text)


class ListingOwner(Base):
    """Who owns a listing and from which account, by an operator's table or by what the platform shows.

    ``owner`` is a keyed pseudonym like ``reviewer_key``; an account shown as a listing's own is its own owner. Neither
    the listing nor the account need be in the store otherwise.
    """

    __tablename__ = "listing_owner"
    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    platform: Mapped[str] = mapped_column(String(64))
    listing_key: Mapped[str] = mapped_column(String(300))
    owner: Mapped[str] = mapped_column(String(32), index=True)
    reviewer_key: Mapped[str | None] = mapped_column(String(32), index=True)
    source: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[dt.datetime]


class Embedding(Base):
    """A text's vector under one encoder: float16, little endian."""

    __tablename__ = "embedding"
    encoder: Mapped[str] = mapped_column(String(64), primary_key=True)
    text_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Run(Base):
    """One night: as of which day, and how it ended."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    as_of: Mapped[dt.date] = mapped_column(index=True)
    started: Mapped[dt.datetime]
    finished: Mapped[dt.datetime | None]
    status: Mapped[str] = mapped_column(String(16))


class RunStage(Base):
    """The ledger: one row for each stage of a night."""

    __tablename__ = "run_stage"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    started: Mapped[dt.datetime]
    finished: Mapped[dt.datetime | None]
    status: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(Text)


class State(Base):
    """Small facts that a later night needs, such as what was detected last."""

    __tablename__ = "state"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Evidence(Base):
    """One finding of one detector; ``key`` is a hash of detector, subject and window start."""

    __tablename__ = "evidence"
    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    detector: Mapped[str] = mapped_column(String(32), index=True)
    version: Mapped[int]
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(Text)
    window_start: Mapped[dt.date | None]
    window_end: Mapped[dt.date | None]
    score: Mapped[float]
    p_value: Mapped[float | None]
    q_value: Mapped[float | None]
    effect: Mapped[float | None]
    n_reviews: Mapped[int]
    facts: Mapped[dict[str, Any]]


class EvidenceReview(Base):
    """A review inside a finding, with its own weight from 0 to 1."""

    __tablename__ = "evidence_review"
    evidence_key: Mapped[str] = mapped_column(ForeignKey("evidence.key"), primary_key=True)
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    weight: Mapped[float]


class Abstention(Base):
    """What a detector could not judge, and why."""

    __tablename__ = "abstention"
    detector: Mapped[str] = mapped_column(String(32), primary_key=True)
    listing_key: Mapped[str] = mapped_column(ForeignKey("listing.key"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(64), primary_key=True)
    reviews: Mapped[int]


class ReviewScore(Base):
    """The fused score of a review: every review has one."""

    __tablename__ = "review_score"
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True)
    score: Mapped[float]
    p_value: Mapped[float]
    detectors: Mapped[list[str]]


class ReviewerScore(Base):
    """The fused score of an account."""

    __tablename__ = "reviewer_score"
    reviewer_key: Mapped[str] = mapped_column(ForeignKey("reviewer.key"), primary_key=True)
    reviews: Mapped[int]
    score: Mapped[float]
    p_value: Mapped[float]
    detectors: Mapped[list[str]]
    group_id: Mapped[str | None] = mapped_column(String(24))


class Case(Base):
    """The unit of a moderator's work: a campaign, a group, or a single review."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), index=True)
    priority: Mapped[float]
    strength: Mapped[str] = mapped_column(String(16))
    window_start: Mapped[dt.date | None]
    window_end: Mapped[dt.date | None]
    opened: Mapped[dt.date]
    updated: Mapped[dt.date]
    decision: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]]


class CaseReview(Base):
    """A review of a case, with the weight of the evidence on it."""

    __tablename__ = "case_review"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    review_key: Mapped[str] = mapped_column(ForeignKey("review.key"), primary_key=True, index=True)
    weight: Mapped[float]


class CaseEvidence(Base):
    """The evidence that stands in a case."""

    __tablename__ = "case_evidence"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    evidence_key: Mapped[str] = mapped_column(String(24), primary_key=True)


class CaseEvent(Base):
    """The trail of a case: appended to, never changed (triggers refuse)."""

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index("ix_case_event_case_id", "case_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    on: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
