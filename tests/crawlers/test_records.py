import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.page import Context, Page, Refusal
from crawlers.records import (
    RecordFormat,
    canonical_json,
    decode,
    read_page,
    read_records,
    records_under,
    utc_day,
    within,
)
from crawlers.rows import RowError
from store.canonical import ListingSnapshot, Observation

CONTEXT = Context("http://localhost/reviews", "example", dt.date(2026, 1, 1), "7")


def row(record: Any, context: Context) -> dict[str, object] | None:
    if record.get("kind") == "tip":
        return None
    if "boom" in record:
        raise RowError("rating", "went off")
    return {"listing_id": context.listing_id, "review_id": record.get("id"), "rating": 4, "published": record.get("on"),
            "text": record.get("text")}  # fmt: skip


FORMAT = RecordFormat("example", "example", records_under("data", "reviews"), row)


def body(*reviews: object, **beside: object) -> bytes:
    return json.dumps({"data": {"reviews": reviews}, **beside}).encode()


def review(number: int, **changes: object) -> dict[str, object]:
    return {"id": f"r{number}", "on": "2025-05-17", "text": f"Stay {number}."} | changes


def ids(page: Page) -> list[str]:
    return [each.review_id for each in page.observations]


def test_bad_records_cost_only_themselves_and_are_counted_by_name() -> None:
    page = read_page(
        FORMAT, body(review(1), {"boom": 1}, [1], review(2, on="soon"), {"kind": "tip"}, review(3)), CONTEXT
    )
    assert ids(page) == ["r1", "r3"]
    assert page.drops == {"refused_rating": 1, "refused_record": 1, "refused_published": 1}
    assert [(each.line, each.column) for each in page.refusals] == [(2, "rating"), (3, None), (4, "published")]
    assert page.refusals[1].row == {"raw": "[1]"}
    assert "'soon'" in page.refusals[2].reason


@pytest.mark.parametrize(
    ("broken", "drops"),
    [
        (b"", {"bad_document": 1}),
        (b"\xff\xfe{}", {"bad_document": 1}),
        (b"<html>", {"bad_document": 1}),
        (b'{"data": {"reviews": [', {"bad_document": 1}),
        (b"[]", {"bad_document": 1}),
        (b"null", {"bad_document": 1}),
        (b'{"data": {"reviews": {}}}', {"bad_document": 1}),
        (b"[" * 100_000, {"bad_document": 1}),
        (b'{"error": {"code": 401, "status": "UNAUTHENTICATED"}}', {"api_error": 1}),
        (b'{"errors": [{"code": "x"}], "data": null}', {"api_error": 1}),
        (b'{"errors": [], "data": null}', {"bad_document": 1}),
    ],
)
def test_what_is_no_list_of_reviews_is_named(broken: bytes, drops: dict[str, int]) -> None:
    assert read_page(FORMAT, broken, CONTEXT) == Page(drops=drops)


def test_an_error_beside_reviews_is_counted_and_the_reviews_are_kept() -> None:
    page = read_page(FORMAT, body(review(1), errors=["one shard did not answer"]), CONTEXT)
    assert (ids(page), page.drops) == (["r1"], {"api_error": 1})


def test_a_document_of_another_kind_is_one_refusal() -> None:
    found = list(read_records(FORMAT, {"data": []}, CONTEXT))
    assert found == [Refusal(1, None, "the document has no list under 'data.reviews'", {"raw": '{"data": []}'})]


def test_absurd_numbers_and_nan_cost_their_own_record() -> None:
    absurd = [
        b'{"id":"r2","on":' + b"9" * 5000 + b"}",
        b'{"id":' + b"1" * 300 + b',"on":"2025-05-17"}',
        b'{"id":"r4","on":"2025-05-17","text":NaN}',
        b'{"id":"r5","on":1e999}',
    ]
    reviews = b",".join([canonical_json(review(1)), *absurd, canonical_json(review(6))])
    page = read_page(FORMAT, b'{"data":{"reviews":[' + reviews + b"]}}", CONTEXT)
    assert ids(page) == ["r1", "r4", "r6"]
    assert page.drops == {"refused_published": 2, "refused_review_id": 1}


@pytest.mark.parametrize("depth", [10, 300, 500, 700, *range(840, 1000, 3)])
def test_deep_nesting_never_leaves_the_parser(depth: int) -> None:
    deep = f'{{"id":"r1","on":"2025-05-17","text":{"[" * depth}{"]" * depth}}}'
    page = read_page(
        FORMAT, b'{"data":{"reviews":[' + deep.encode() + b"," + canonical_json(review(2)) + b"]}}", CONTEXT
    )
    assert (ids(page), sum(page.drops.values())) in ((["r2"], 1), ([], 1))
    assert "r2" in ids(page) or page.drops == {"bad_document": 1}


def test_a_record_too_deep_to_be_hashed_or_shown_is_a_refusal() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    found = list(read_records(FORMAT, {"data": {"reviews": [review(1, other=deep), deep, review(2)]}}, CONTEXT))
    assert found[:2] == [
        Refusal(1, None, "is nested too deeply", {}),
        Refusal(2, None, "not a JSON object", {"raw": ""}),
    ]
    assert isinstance(found[2], Observation)


def test_the_same_record_twice_is_one_review_and_another_under_its_id_is_counted() -> None:
    page = read_page(FORMAT, body(review(1), review(1), review(2), review(2, text="Other.")), CONTEXT)
    assert (ids(page), page.drops) == (["r1", "r2"], {"duplicate": 1})
    assert page.observations[1].text == "Stay 2."


def test_a_next_page_without_an_address_is_a_drop() -> None:
    def nowhere(document: Any, context: Context) -> list[str]:
        raise ValueError("no address")

    page = read_page(FORMAT, body(review(1)), CONTEXT, next_urls=nowhere)
    assert (page.next_urls, page.drops) == ((), {"bad_next_page": 1})


def test_order_is_by_the_day_that_the_source_sorts_by() -> None:
    said = body(review(1), review(2, on="2025-05-18"))
    assert read_page(FORMAT, said, CONTEXT).order == (dt.date(2025, 5, 17), dt.date(2025, 5, 18))
    assert read_page(FORMAT, said, CONTEXT, order=None).order == ()
    backwards = read_page(FORMAT, said, CONTEXT, order=lambda each: dt.date(2000, 1, len(each.review_id)))
    assert backwards.order == (dt.date(2000, 1, 2),) * 2


def test_snapshots_come_from_the_document_and_from_its_records() -> None:
    whole, one = (ListingSnapshot("example", "7", rating, 5.0, None) for rating in (4.0, 3.0))
    format_ = RecordFormat("example", "example", records_under("data", "reviews"), row, lambda record, context: one)
    page = read_page(format_, body({"kind": "tip"}), CONTEXT, snapshots=lambda document, context: [whole])
    assert (page.snapshots, page.observations) == ((whole, one), ())


def test_a_byte_order_mark_is_not_part_of_the_document() -> None:
    assert decode(b"\xef\xbb\xbf[1, Infinity]") == [1, None]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2014-10-02T15:01:23.045123456Z", dt.date(2014, 10, 2)),
        ("2014-10-02T15:01:23Z", dt.date(2014, 10, 2)),
        ("2014-10-02T23:30:00-05:00", dt.date(2014, 10, 3)),
        ("2014-10-02T01:00:00+05:30", dt.date(2014, 10, 1)),
        ("2018-05-13 12:16:33", dt.date(2018, 5, 13)),
        ("2018-05-13", dt.date(2018, 5, 13)),
        ("0001-01-01T00:00:00+05:30", "0001-01-01T00:00:00+05:30"),
        ("20180513T121633Z", "20180513T121633Z"),
        ("2018-W19-7T12:16:33", "2018-W19-7T12:16:33"),
        ("2018-02-30T00:00:00Z", "2018-02-30T00:00:00Z"),
        ("", ""),
        (None, None),
        (1526213793, 1526213793),
    ],
)
def test_days_in_utc(said: object, day: object) -> None:
    assert utc_day(said) == day


def test_within() -> None:
    assert within({"a": {"b": 0}}, "a", "b") == 0
    assert within({"a": [1]}, "a", "b") is None
    assert within(None, "a") is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), ANY_JSON), st.randoms())
def test_the_hash_does_not_depend_on_the_order_of_keys(record: dict[str, object], random: Any) -> None:
    keys = list(record)
    random.shuffle(keys)
    assert canonical_json({key: record[key] for key in keys}) == canonical_json(record)


@given(st.binary(max_size=200))
def test_random_bytes_give_a_page(noise: bytes) -> None:
    page = read_page(FORMAT, noise, CONTEXT)
    assert page.observations == ()
    assert page.drops


@given(ANY_JSON)
def test_any_record_gives_a_review_or_a_refusal(record: Any) -> None:
    page = read_page(FORMAT, body(review(1), record, review(2)), CONTEXT)
    assert [each for each in ids(page) if each in ("r1", "r2")] == ["r1", "r2"]
    assert all(isinstance(each, Observation) for each in page.observations)
    is_tip = isinstance(record, dict) and record.get("kind") == "tip"
    assert len(page.observations) + len(page.refusals) + page.drops.get("duplicate", 0) + is_tip == 3
