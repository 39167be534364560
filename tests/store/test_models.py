"""store.models: the tables keep what they promise."""

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import configure_mappers

from store.base import Base
from store.canonical import CONTENT_FIELDS
from store.cases import CaseRow, decide, read_events, write_cases
from store.models import Evidence, Review, ReviewVersion
from store.observations import write_observations
from tests.conftest import SEEN, observation

DAY = SEEN.date()


@pytest.fixture
def case(database):
    row = CaseRow("case-1", "campaign", "open", 1.0, "weak", None, None, DAY, DAY, {}, ())
    write_cases(database, [row], {"case-1": [("opened", "first")]})
    return database


@pytest.mark.parametrize(
    "statement",
    [
        "update case_event set note = 'other'",
        "update case_event set actor = 'someone else' where number = 1",
        "delete from case_event",
        "delete from case_event where case_id = 'case-1'",
    ],
)
def test_the_trail_of_a_case_cannot_be_changed(case, statement):
    before = read_events(case, "case-1")
    assert len(before) == 1
    with pytest.raises(DBAPIError, match="appended to, never changed"), case.write() as connection:
        connection.execute(text(statement))
    assert read_events(case, "case-1") == before


def test_a_trail_cannot_have_a_number_twice(case):
    row = "insert into case_event (case_id, number, \"on\", kind, actor) values ('case-1', 1, '2026-03-20', 'x', 'y')"
    with pytest.raises(IntegrityError), case.write() as connection:
        connection.execute(text(row))


def test_a_case_with_a_trail_cannot_be_deleted(case):
    decide(case, "case-1", decision="closed", reason="STALE", by="A", on=DAY)
    with pytest.raises(IntegrityError), case.write() as connection:
        connection.execute(text("delete from cases"))


def test_a_version_keeps_every_content_field():
    assert set(CONTENT_FIELDS) <= set(ReviewVersion.__table__.columns.keys())


def test_a_review_stands_on_its_listing(database, pseudonymiser):
    write_observations(database, [observation()], source="s", seen_at=SEEN, pseudonymiser=pseudonymiser)
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("delete from listing"))
    with database.read() as connection:
        assert len(connection.execute(select(Review.key)).all()) == 1


def test_structured_facts_come_back_as_they_went(database):
    facts = {"ratio": 0.1, "n": 3, "deep": {"list": [1, None, "ü"], "yes": True}}
    row = {"key": "k", "detector": "d", "version": 1, "subject_kind": "listing", "subject_id": "l", "score": 0.1 + 0.2}
    with database.write() as connection:
        connection.execute(insert(Evidence), [{**row, "n_reviews": 1, "facts": facts}])
        found = connection.execute(select(Evidence.facts, Evidence.score, Evidence.p_value)).one()
    assert found == (facts, 0.1 + 0.2, None)


def test_the_mappings_are_whole_and_every_key_to_elsewhere_exists():
    configure_mappers()
    for table in Base.metadata.sorted_tables:
        assert table.primary_key.columns, table.name
        for key in table.foreign_keys:
            assert key.column.primary_key, f"{table.name}.{key.parent.name}"
