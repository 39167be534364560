"""Everything that the database holds of people who asked to be forgotten: found, and deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, delete, func, or_, select, update

from store.base import Base
from store.database import Database, chunks, table_of
from store.models import (
    Case,
    CaseEvent,
    CaseEvidence,
    CaseReview,
    Embedding,
    Evidence,
    EvidenceReview,
    ListingOwner,
    Review,
    Reviewer,
    ReviewVersion,
)
from store.provenance import Body, BodyReview, Fetch, PageMemory
from store.tombstones import Tombstones, review_token

OPEN = ("open", "claimed")
_SAID = (ReviewVersion.title, ReviewVersion.text, ReviewVersion.text_positive, ReviewVersion.text_negative)
# Texts in one statement, which holds them once for each of the four columns.
_TEXTS = 5_000


@dataclass(frozen=True, slots=True)
class Why:
    """When, by whom and why reviews go; ``kind`` is what a case's trail calls it."""

    on: dt.date
    by: str
    kind: str = "erased"
    reason: str = "erased at a person's request"


@dataclass(frozen=True, slots=True)
class Traces:
    """What is stored of somebody: keys of reviews, accounts, and what shows them.

    ``listings`` are those whose reports may show a review, ``accounts`` pairs of platform and sealed id, ``review_ids``
    the platform's ids of reviews (none that were made up here), ``texts`` what the reviews said in any version,
    ``owners`` are keys of what says that somebody owns a listing, ``quoting`` the cases of other reviews whose pages
    show these beside them.
    """

    reviews: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    listings: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    accounts: frozenset[tuple[str, bytes]] = frozenset()
    names: frozenset[str] = frozenset()
    review_ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    quoting: frozenset[str] = frozenset()


@dataclass(slots=True)
class Erased:
    """How many rows of each kind went, and the cases whose trail still holds what a person wrote into it."""

    reviews: int = 0
    versions: int = 0
    accounts: int = 0
    evidence: int = 0
    cases_closed: int = 0
    embeddings: int = 0
    ownerships: int = 0
    trails: list[str] = field(default_factory=list)


def find(database: Database, tombstones: Tombstones) -> Traces:
    """What is stored under tombstones, and the same reviews on other platforms."""
    with database.read() as connection:
        accounts = _keys(connection, select(Reviewer.key), Reviewer.key, tombstones.reviewers)
        reviews = _keys(connection, select(Review.key), Review.reviewer_key, accounts)
        reviews = _with_copies(connection, reviews | _under(connection, tombstones))
        return _traces(connection, reviews, accounts | _left_without(connection, reviews), tombstones.reviewers)


def sealed_on(database: Database, platform: str) -> bytes | None:
    """The sealed id of one of a platform's accounts: it tells whether a key is the one that they were stored under."""
    with database.read() as connection:
        return connection.scalar(select(Reviewer.sealed).where(Reviewer.platform == platform).limit(1))


def find_reviews(connection: Connection, reviews: Iterable[str]) -> Traces:
    """What is stored of reviews, by their keys, and of the accounts that have no others."""
    keys = frozenset(reviews)
    return _traces(connection, keys, _left_without(connection, keys))


def remove(
    connection: Connection,
    traces: Traces,
    why: Why,
    *,
    needles: Collection[str],
    text_sha256: Callable[[str], str],
) -> Erased:
    """Delete the traces' rows. Bodies stay known by their hash, cases by their id and their trail.

    ``needles`` are ids; fetches of the traces' bodies whose address or headers hold one go too. ``text_sha256`` is
    the hash under which embeddings are kept.
    """
    erased = Erased(reviews=len(traces.reviews), accounts=len(traces.reviewers), evidence=len(traces.evidence))
    erased.ownerships = _delete(connection, table_of(ListingOwner).c.key, traces.owners)
    erased.trails = _telling_trails(connection, traces.cases, {*needles, *traces.names})
    erased.versions = _count(connection, ReviewVersion.review_key, traces.reviews)
    _delete_evidence(connection, traces)
    _forget_alike(connection, traces.reviews)
    _forget_bodies(connection, traces.bodies, why, needles)
    for part in chunks(sorted(traces.reviews)):
        connection.execute(update(Review).where(Review.copy_of.in_(part)).values(copy_of=None))
    delete_with_children(connection, table_of(Review).c.key, traces.reviews)
    delete_with_children(connection, table_of(Reviewer).c.key, traces.reviewers)
    erased.cases_closed = _tell_cases(connection, traces.cases, why)
    erased.embeddings = _delete_embeddings(connection, traces.texts, text_sha256)
    return erased


def delete_with_children(connection: Connection, parent: Column[Any], keys: Collection[str]) -> None:
    """Delete rows by their key, after the rows of every table that refers to them."""
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            if column.references(parent):
                _delete(connection, column, keys)
    _delete(connection, parent, keys)


def _keys(connection: Connection, query: Select[Any], column: Any, values: Iterable[str]) -> frozenset[str]:
    """The first column of ``query`` where ``column`` is one of ``values``, without NULL."""
    found: set[str] = set()
    for part in chunks(sorted(values)):
        found.update(key for key in connection.scalars(query.where(column.in_(part))) if key is not None)
    return frozenset(found)


def _under(connection: Connection, tombstones: Tombstones) -> frozenset[str]:
    if not tombstones.reviews:
        return frozenset()
    keys = connection.scalars(select(Review.key))
    return frozenset(key for key in keys if review_token(key) in tombstones.reviews)


def _with_copies(connection: Connection, reviews: frozenset[str]) -> frozenset[str]:
    """The reviews, and the same ones on other platforms."""
    while True:
        originals = _keys(connection, select(Review.copy_of), Review.key, reviews)
        there = _keys(connection, select(Review.key), Review.key, originals)
        more = reviews | there | _keys(connection, select(Review.key), Review.copy_of, reviews | originals)
        if more == reviews:
            return reviews
        reviews = more


def _left_without(connection: Connection, reviews: frozenset[str]) -> frozenset[str]:
    """The accounts of these reviews that have no others."""
    accounts = _keys(connection, select(Review.reviewer_key), Review.key, reviews)
    others: set[str] = set()
    for part in chunks(sorted(accounts)):
        found = connection.execute(select(Review.reviewer_key, Review.key).where(Review.reviewer_key.in_(part)))
        others.update(account for account, key in found if account is not None and key not in reviews)
    return accounts - others


def _traces(
    connection: Connection,
    reviews: frozenset[str],
    reviewers: frozenset[str],
    tokens: frozenset[str] = frozenset(),
) -> Traces:
    """What is stored of reviews and accounts, and what owners and accounts of these ``tokens`` own."""
    touched = _keys(connection, select(EvidenceReview.evidence_key), EvidenceReview.review_key, reviews)
    cases = _keys(connection, select(CaseReview.case_id), CaseReview.review_key, reviews)
    beside = reviews | _keys(connection, select(EvidenceReview.review_key), EvidenceReview.evidence_key, touched)
    beside |= _keys(connection, select(CaseReview.review_key), CaseReview.case_id, cases)
    # Whose evidence shows these reviews as like its own quotes them in its reports.
    showing = frozenset(_showing(connection, reviews))
    beside |= _keys(connection, select(EvidenceReview.review_key), EvidenceReview.evidence_key, showing)
    bodies = _keys(connection, select(BodyReview.body_sha256), BodyReview.review_key, reviews)
    bodies |= _keys(connection, select(ReviewVersion.body_sha256), ReviewVersion.review_key, reviews)
    accounts: set[tuple[str, bytes]] = set()
    names: set[str] = set()
    for part in chunks(sorted(reviewers)):
        query = select(Reviewer.platform, Reviewer.sealed, Reviewer.name).where(Reviewer.key.in_(part))
        for platform, sealed, name in connection.execute(query):
            accounts.add((platform, sealed))
            names.update([name] if name else [])
    theirs = select(Review.review_id).where(Review.synthetic_id.is_(False))
    return Traces(
        reviews=reviews,
        reviewers=reviewers,
        listings=_keys(connection, select(Review.listing_key), Review.key, beside),
        cases=cases,
        evidence=_telling(connection, touched, reviews),
        bodies=bodies,
        accounts=frozenset(accounts),
        names=frozenset(names),
        review_ids=_keys(connection, theirs, Review.key, reviews),
        texts=_texts(connection, reviews),
        owners=_owned(connection, reviewers | tokens),
        quoting=_keys(connection, select(CaseEvidence.case_id), CaseEvidence.evidence_key, showing) - cases,
    )


def _owned(connection: Connection, tokens: frozenset[str]) -> frozenset[str]:
    of_accounts = _keys(connection, select(ListingOwner.key), ListingOwner.reviewer_key, tokens)
    return of_accounts | _keys(connection, select(ListingOwner.key), ListingOwner.owner, tokens)


def _telling(connection: Connection, touched: frozenset[str], reviews: frozenset[str]) -> frozenset[str]:
    """Evidence that must go: it speaks of single reviews or accounts, or has no other review.

    What is said of a listing counts its reviews and names none.
    """
    about: set[str] = set()
    for part in chunks(sorted(touched)):
        query = select(Evidence.key).where(Evidence.key.in_(part), Evidence.subject_kind != "listing")
        about.update(connection.scalars(query))
    others: set[str] = set()
    for part in chunks(sorted(touched - about)):
        members = select(EvidenceReview.evidence_key, EvidenceReview.review_key)
        found = connection.execute(members.where(EvidenceReview.evidence_key.in_(part)))
        others.update(key for key, review in found if review not in reviews)
    return frozenset(touched - others)


def _texts(connection: Connection, reviews: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for part in chunks(sorted(reviews)):
        found |= _said(connection, ReviewVersion.review_key.in_(part))
    return frozenset(found)


def _said(connection: Connection, where: ColumnElement[bool]) -> set[str]:
    """What some versions say: each part of theirs, and the parts put together as detectors read them."""
    found: set[str] = set()
    for title, whole, positive, negative in connection.execute(select(*_SAID).where(where)):
        together = "\n".join(each for each in (whole, positive, negative) if each)
        bodies = {each for each in (whole, positive, negative, together) if each}
        found |= bodies | {f"{title or ''}\n{each}" for each in bodies} | ({title} if title else set())
    return found


def _delete_embeddings(connection: Connection, texts: Collection[str], text_sha256: Callable[[str], str]) -> int:
    """Deletes the vectors of texts that no review that is left has."""
    still_said: set[str] = set()
    for part in chunks(sorted(texts), _TEXTS):
        still_said |= _said(connection, or_(*(column.in_(part) for column in _SAID)))
    gone = {text_sha256(each) for each in texts} - {text_sha256(each) for each in still_said}
    return _delete(connection, table_of(Embedding).c.text_sha256, gone)


def _telling_trails(connection: Connection, cases: Iterable[str], needles: Collection[str]) -> list[str]:
    found: set[str] = set()
    for part in chunks(sorted(cases)):
        trail = select(CaseEvent.case_id, CaseEvent.actor, CaseEvent.note).where(CaseEvent.case_id.in_(part))
        for case_id, actor, note in connection.execute(trail):
            if any(needle in said for said in (actor, note or "") for needle in needles):
                found.add(case_id)
    return sorted(found)


def _showing(connection: Connection, reviews: frozenset[str]) -> dict[str, dict[str, Any]]:
    """By key the facts of evidence that shows these reviews as like its own."""
    query = select(Evidence.key, Evidence.facts).where(Evidence.detector == "mismatch")
    found = {key: dict(facts) for key, facts in connection.execute(query)}
    return {key: facts for key, facts in found.items() if any(each[0] in reviews for each in facts.get("alike", []))}


def _forget_alike(connection: Connection, reviews: frozenset[str]) -> None:
    """Take these reviews out of what other reviews' evidence shows beside them."""
    for key, facts in _showing(connection, reviews).items():
        kept = {**facts, "alike": [each for each in facts["alike"] if each[0] not in reviews]}
        connection.execute(update(Evidence).where(Evidence.key == key).values(facts=kept))


def _delete_evidence(connection: Connection, traces: Traces) -> None:
    kept = _keys(connection, select(EvidenceReview.evidence_key), EvidenceReview.review_key, traces.reviews)
    _delete(connection, table_of(CaseEvidence).c.evidence_key, traces.evidence)
    _delete(connection, table_of(EvidenceReview).c.evidence_key, traces.evidence)
    _delete(connection, table_of(Evidence).c.key, traces.evidence)
    _delete(connection, table_of(EvidenceReview).c.review_key, traces.reviews)
    left = select(func.count()).where(EvidenceReview.evidence_key == Evidence.key).scalar_subquery()
    for part in chunks(sorted(kept - traces.evidence)):
        connection.execute(update(Evidence).where(Evidence.key.in_(part)).values(n_reviews=left))


def _forget_bodies(connection: Connection, bodies: Iterable[str], why: Why, needles: Collection[str]) -> None:
    keys = sorted(bodies)
    for part in chunks(keys):
        gone = {"kept": False, "removed_on": why.on, "removed_why": why.reason}
        connection.execute(update(Body).where(Body.sha256.in_(part)).values(**gone))
        asked = select(Fetch.key, Fetch.url, Fetch.headers).where(Fetch.body_sha256.in_(part))
        telling = [
            key
            for key, url, headers in connection.execute(asked)
            if any(needle in said for said in (url, str(headers)) for needle in needles)
        ]
        _delete(connection, table_of(Fetch).c.key, telling)
    _delete(connection, table_of(PageMemory).c.body_sha256, keys)


def _tell_cases(connection: Connection, cases: Iterable[str], why: Why) -> int:
    """Enters into the trails that reviews went, closes open cases that lost all; how many have none left."""
    closed = 0
    for case_id in sorted(cases):
        left = connection.scalar(select(func.count()).where(CaseReview.case_id == case_id)) or 0
        closed += not left
        note = f"reviews were {why.reason}; {left} are left" if left else f"all of its reviews were {why.reason}"
        last = connection.scalar(select(func.max(CaseEvent.number)).where(CaseEvent.case_id == case_id)) or 0
        row = {"case_id": case_id, "number": last + 1, "on": why.on, "kind": why.kind, "actor": why.by, "note": note}
        connection.execute(table_of(CaseEvent).insert(), [row])
        if not left:
            ended = update(Case).where(Case.id == case_id, Case.status.in_(OPEN))
            connection.execute(ended.values(status="closed", decision="closed", updated=why.on))
    return closed


def _count(connection: Connection, column: Any, values: Collection[str]) -> int:
    return sum(connection.scalar(select(func.count()).where(column.in_(part))) or 0 for part in chunks(sorted(values)))


def _delete(connection: Connection, column: Column[Any], values: Collection[str]) -> int:
    return sum(
        connection.execute(delete(column.table).where(column.in_(part))).rowcount for part in chunks(sorted(values))
    )
