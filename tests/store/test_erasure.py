"""store.erasure: all rows of somebody go, everybody else's stay as they are."""

import datetime as dt
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import func, select, update

from store.base import Base
from store.cases import CaseRow, read_cases, read_events, write_cases
from store.database import table_of
from store.embeddings import read_vectors, write_vectors
from store.erasure import Traces, Why, find, find_reviews, remove, sealed_on
from store.fetches import FetchRow, KnownPage, known_page, remember_page, write_fetch
from store.findings import read_evidence, replace_findings
from store.models import Review, Reviewer
from store.observations import write_observations
from store.provenance import Body, Fetch, PageMemory, ReviewEvent, Sighting
from store.reading import read_listing_reviews
from store.snapshot import read_reviews
from store.tombstones import Tombstones, review_token
from tests.conftest import SEEN, observation
from tests.store.filled import KEYS, TOKENS, fill, findings

DAY = dt.date(2026, 4, 1)
WHY = Why(DAY, "A. Perez")
NEXT_NIGHT = SEEN + dt.timedelta(days=1)
BODIES = ["1" * 64, "2" * 64]
CASE = CaseRow("C-1", "campaign", "open", 1.0, "strong", None, None, DAY, DAY, {KEYS[0]: 1.0, KEYS[1]: 1.0}, ("e1",))


def text_sha256(text):
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def of_reviewers(*tokens):
    return Tombstones(frozenset(tokens), frozenset())


def of_reviews(*keys):
    return Tombstones(frozenset(), frozenset(map(review_token, keys)))


def erase(database, tombstones, *needles):
    traces = find(database, tombstones)
    with database.write() as connection:
        return remove(connection, traces, WHY, needles=needles, text_sha256=text_sha256)


def count(database, model):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table_of(model)))


def rows(database):
    """Every row of every table, by table."""
    with database.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def show(database, sha256, *keys, url="https://lake.example/hotel", at=SEEN, kept=True):
    """A fetched body that shows reviews."""
    row = FetchRow("lake", url, at, 200, (("etag", '"1"'),), sha256, 9, "text/html")
    write_fetch(database, row, kept=kept, reviews=keys, listings=["google/hotel-1"])


@pytest.fixture
def filled(database, pseudonymiser):
    """Three reviews by three guests; the first two are a finding, a case, on one page each, and embedded."""
    fill(database)
    edited = observation(review_id="r0", reviewer_id="guest-0", text="The second text of the first guest, and longer.")
    write_observations(database, [edited], source="lake", seen_at=NEXT_NIGHT, pseudonymiser=pseudonymiser, sighted=True)
    replace_findings(database, **findings())
    write_cases(database, [CASE], {"C-1": [("opened", "2 reviews")]})
    show(database, BODIES[0], KEYS[0], KEYS[2])
    show(database, BODIES[1], KEYS[1])
    remember_page(database, "lake", "https://lake.example/hotel", KnownPage(BODIES[0], None, '"1"', None, None))
    return database


def test_nothing_stored_is_nothing_found(filled):
    assert find(filled, of_reviewers("f" * 32)) == Traces()
    assert find(filled, of_reviews("f" * 24)) == Traces()
    before = rows(filled)
    assert erase(filled, of_reviewers("f" * 32)).reviews == 0
    assert rows(filled) == before


def test_what_is_found_of_an_account(filled, pseudonymiser):
    found = find(filled, of_reviewers(TOKENS[0]))
    assert (found.reviews, found.reviewers) == ({KEYS[0]}, {TOKENS[0]})
    assert (found.listings, found.cases, found.bodies) == ({"google/hotel-1"}, {"C-1"}, {BODIES[0]})
    assert found.evidence == frozenset()
    assert found.review_ids == {"r0"}
    ((platform, sealed),) = found.accounts
    assert pseudonymiser.open(platform, sealed) == "guest-0"
    assert "The second text of the first guest, and longer." in found.texts
    assert "We slept well and the breakfast was good." in found.texts


def test_no_row_of_the_person_is_left_and_no_other_row_is_touched(filled):
    before = rows(filled)
    erased = erase(filled, of_reviewers(TOKENS[0]))
    assert (erased.reviews, erased.versions, erased.accounts) == (1, 2, 1)
    after = rows(filled)
    told = [line for lines in after.values() for line in lines]
    assert not any(KEYS[0] in line or TOKENS[0] in line or "second text" in line for line in told)
    for name in ("review", "review_version", "reviewer", "review_score", "reviewer_score", "listing", "abstention"):
        kept = [line for line in before[name] if KEYS[0] not in line and TOKENS[0] not in line]
        assert after[name] == kept, name
    assert set(read_listing_reviews(filled)["review_id"]) == {"r1", "r2"}
    assert count(filled, Sighting) == count(filled, ReviewEvent) == 0


def test_a_body_that_showed_the_review_is_known_by_its_hash_alone(filled):
    erase(filled, of_reviewers(TOKENS[0]))
    with filled.read() as connection:
        found = {row.sha256: row for row in connection.execute(select(table_of(Body)))}
    gone, kept = found[BODIES[0]], found[BODIES[1]]
    assert (gone.kept, gone.removed_on, gone.removed_why) == (False, DAY, "erased at a person's request")
    assert (kept.kept, kept.removed_on, kept.removed_why) == (True, None, None)
    assert known_page(filled, "lake", "https://lake.example/hotel") is None
    assert count(filled, PageMemory) == 0
    assert count(filled, Fetch) == 2


def test_a_body_that_only_a_version_names_is_found_too(database, pseudonymiser):
    write_observations(
        database, [observation()], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser, body_sha256="3" * 64
    )
    assert find(database, of_reviewers(pseudonymiser.token("google", "guest-1"))).bodies == {"3" * 64}


def test_a_fetch_whose_address_or_headers_name_the_person_goes(filled):
    show(filled, BODIES[0], KEYS[0], url="https://lake.example/members/guest-0")
    row = FetchRow("lake", "https://lake.example/x", SEEN, 200, (("location", "/guest-0"),), BODIES[0], 9, None)
    write_fetch(filled, row, kept=True, reviews=[], listings=[])
    show(filled, BODIES[1], KEYS[1], url="https://lake.example/members/guest-0/friends")
    erase(filled, of_reviewers(TOKENS[0]), "guest-0")
    with filled.read() as connection:
        left = sorted(connection.scalars(select(Fetch.url)))
    assert left == [
        "https://lake.example/hotel",
        "https://lake.example/hotel",
        "https://lake.example/members/guest-0/friends",
    ]


def test_of_a_finding_about_a_listing_the_review_goes_and_the_count_follows(filled):
    assert erase(filled, of_reviewers(TOKENS[0])).evidence == 0
    evidence, members = read_evidence(filled)
    assert list(evidence["n_reviews"]) == [1]
    assert list(members["review_key"]) == [KEYS[1]]
    assert erase(filled, of_reviewers(TOKENS[1])).evidence == 1
    assert len(read_evidence(filled)[0]) == 0


def test_a_review_that_is_shown_beside_another_is_shown_no_more(filled):
    shown = json.dumps({"alike": [[KEYS[0], 5.0], [KEYS[2], 4.0]], "stars": 1.0})
    said = findings(detector="mismatch", subject_kind="review", facts=shown)
    said["members"] = said["members"].iloc[:1]
    replace_findings(filled, **said)
    write_cases(filled, [replace(CASE, id="C-7", kind="review", reviews={KEYS[1]: 1.0})], {})
    found = find(filled, of_reviewers(TOKENS[0]))
    # Pages of the case and of the listing quote it; the case itself loses nothing.
    assert found.quoting >= {"C-7"}
    assert "C-7" not in found.cases
    assert erase(filled, of_reviewers(TOKENS[0])).evidence == 0
    evidence, _ = read_evidence(filled)
    assert json.loads(evidence["facts"].iloc[0]) == {"alike": [[KEYS[2], 4.0]], "stars": 1.0}


@pytest.mark.parametrize("kind", ["group", "review", "reviewer"])
def test_a_finding_that_speaks_of_single_people_or_reviews_goes_whole(filled, kind):
    replace_findings(filled, **findings(subject_kind=kind, facts='{"accounts": ["' + TOKENS[0] + '"]}'))
    assert erase(filled, of_reviewers(TOKENS[0])).evidence == 1
    assert not any(TOKENS[0] in line for lines in rows(filled).values() for line in lines)
    (case,) = read_cases(filled)
    assert case.evidence_keys == ()
    assert set(case.reviews) == {KEYS[1]}


def test_a_case_keeps_its_id_and_its_trail_and_says_that_reviews_went(filled):
    assert erase(filled, of_reviewers(TOKENS[0])).cases_closed == 0
    (case,) = read_cases(filled)
    assert (case.id, case.status, set(case.reviews)) == ("C-1", "open", {KEYS[1]})
    opened, erased = read_events(filled, "C-1")
    assert opened.kind == "opened"
    assert (erased.number, erased.kind, erased.actor, erased.on) == (2, "erased", "A. Perez", DAY)
    assert erased.note == "reviews were erased at a person's request; 1 are left"


def test_an_open_case_that_lost_all_reviews_is_closed(filled):
    erase(filled, of_reviewers(TOKENS[0]))
    assert erase(filled, of_reviewers(TOKENS[1])).cases_closed == 1
    (case,) = read_cases(filled)
    assert (case.status, case.decision, case.updated, case.reviews) == ("closed", "closed", DAY, {})
    assert read_events(filled, "C-1")[-1].note == "all of its reviews were erased at a person's request"
    # A later erasure has nothing more to say about it.
    erase(filled, of_reviewers(TOKENS[2]))
    assert len(read_events(filled, "C-1")) == 3


@pytest.mark.parametrize("status", ["upheld", "dismissed"])
def test_a_decision_stands_also_without_reviews(filled, status):
    write_cases(filled, [replace(CASE, status=status, decision=status, reason="DUPLICATE_TEXT")], {})
    assert erase(filled, of_reviewers(*TOKENS)).cases_closed == 1
    (case,) = read_cases(filled)
    assert (case.status, case.decision, case.reason) == (status, status, "DUPLICATE_TEXT")


def test_a_trail_that_names_the_person_is_told_of(filled):
    write_cases(filled, [CASE], {"C-1": [("updated", "guest-0 called us")]})
    assert erase(filled, of_reviewers(TOKENS[0]), "guest-0").trails == ["C-1"]


def test_the_name_in_a_trail_is_told_of_too(filled):
    with filled.write() as connection:
        connection.execute(update(Reviewer).where(Reviewer.key == TOKENS[0]).values(name="Zora Quill"))
    write_cases(filled, [CASE], {"C-1": [("updated", "a call by Zora Quill")]})
    assert erase(filled, of_reviewers(TOKENS[0])).trails == ["C-1"]


def test_the_embeddings_of_its_texts_go_as_the_detectors_name_them(filled, pseudonymiser):
    split = observation(
        review_id="r9", reviewer_id="guest-0", title="Split", text=None, text_positive="Beds", text_negative="Noise"
    )
    both = observation(review_id="r10", reviewer_id="guest-0", title=None, text="All in all", text_negative="Dust")
    write_observations(filled, [split, both], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    whole = read_reviews(filled).set_index("review_key")["text"]
    mine = find(filled, of_reviewers(TOKENS[0])).reviews
    vectors = {text_sha256(text): np.ones(3) for text in whole}
    write_vectors(filled, "e", vectors)
    assert erase(filled, of_reviewers(TOKENS[0])).embeddings == 3
    theirs = {text_sha256(text) for key, text in whole.items() if key not in mine}
    assert set(read_vectors(filled, "e", list(vectors))) == theirs


def test_one_review_goes_and_its_account_stays_while_it_has_another(filled, pseudonymiser):
    more = observation(review_id="r8", reviewer_id="guest-0")
    write_observations(filled, [more], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    erased = erase(filled, of_reviews(KEYS[0]))
    assert (erased.reviews, erased.accounts) == (1, 0)
    last = find(filled, of_reviewers(TOKENS[0]))
    assert len(last.reviews) == 1
    erased = erase(filled, of_reviews(*last.reviews))
    assert (erased.reviews, erased.accounts) == (1, 1)
    assert set(read_listing_reviews(filled)["review_id"]) == {"r1", "r2"}


def test_the_same_review_on_another_platform_goes_with_it(filled, pseudonymiser):
    copies = [observation(platform="lake", review_id=f"c{n}", reviewer_id=None) for n in range(3)]
    write_observations(filled, copies, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    with filled.write() as connection:
        copied = update(Review).where(Review.review_id.in_(["c0", "c1"]))
        connection.execute(copied.values(copy_of=KEYS[0]))
    with filled.read() as connection:
        (first,) = connection.scalars(select(Review.key).where(Review.review_id == "c0"))
    assert len(find(filled, of_reviewers(TOKENS[0])).reviews) == 3
    assert len(find(filled, of_reviews(first)).reviews) == 3
    erase(filled, of_reviews(first))
    assert set(read_listing_reviews(filled)["review_id"]) == {"r1", "r2", "c2"}


def test_a_copy_whose_original_goes_alone_names_it_no_more(filled, pseudonymiser):
    copy = observation(platform="lake", review_id="c0", reviewer_id=None)
    write_observations(filled, [copy], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    with filled.write() as connection:
        connection.execute(update(Review).where(Review.review_id == "c0").values(copy_of=KEYS[0]))
        alone = find_reviews(connection, [KEYS[0]])
        remove(connection, alone, WHY, needles=(), text_sha256=text_sha256)
        assert connection.scalars(select(Review.copy_of)).all() == [None] * 3


def test_a_made_up_id_is_not_one_of_the_platform(database, pseudonymiser):
    made_up = observation(review_id="fp-1", synthetic_id=True, reviewer_id=None)
    write_observations(database, [made_up], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    with database.read() as connection:
        (key,) = connection.scalars(select(Review.key))
    assert find(database, of_reviews(key)).review_ids == frozenset()


def test_a_sealed_id_of_a_platform_tells_the_right_key(filled, pseudonymiser):
    assert sealed_on(filled, "lake") is None
    sealed = sealed_on(filled, "google")
    assert sealed is not None
    assert pseudonymiser.open("google", sealed) in {"guest-0", "guest-1", "guest-2"}


def test_more_reviews_than_one_statement_takes(sqlite_database, pseudonymiser):
    many = [observation(review_id=f"m{n}", text=f"Text {n}") for n in range(31_000)]
    write_observations(sqlite_database, many, source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    erased = erase(sqlite_database, of_reviewers(pseudonymiser.token("google", "guest-1")))
    assert (erased.reviews, erased.versions, erased.accounts) == (31_000, 31_000, 1)
    assert count(sqlite_database, Review) == 0
