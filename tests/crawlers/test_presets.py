from __future__ import annotations

import datetime as dt
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from crawlers import presets
from crawlers.columns import FileError
from crawlers.page import Refusal
from crawlers.presets import PRESETS, PresetReader, read_preset, recognise
from crawlers.refused import write_refused
from store.canonical import ListingSnapshot, Observation
from tests.crawlers.sources.saved import document, saved

SEEN = dt.date(2026, 11, 21)
EXAMPLES = {
    "google-business": "google_business/page.json",
    "google-takeout": "google_takeout/reviews.json",
    "booking": "booking/page.json",
    "trustpilot": "trustpilot/page.json",
    "yelp-open-dataset": "yelp_open/review.json",
    "apify-google": "apify_google/reviews.json",
    "apify-tripadvisor": "apify_tripadvisor/reviews.json",
    "apify-booking": "apify_booking/reviews.json",
}
REVIEW = {"id": "r", "hotelId": 7, "rating": 8, "reviewDate": "2026-05-06", "likedText": "Fine."}
YELP = {"review_id": "r", "user_id": "u", "business_id": "b", "stars": 4, "text": "x", "date": "2019-02-03 04:05:06"}


def write(folder: Path, name: str, *records: Any) -> Path:
    path = folder / name
    body = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    return path


def split(reader: PresetReader) -> tuple[list[Observation], list[ListingSnapshot], list[Refusal]]:
    found = list(reader)
    return (
        [each for each in found if isinstance(each, Observation)],
        [each for each in found if isinstance(each, ListingSnapshot)],
        [each for each in found if isinstance(each, Refusal)],
    )


def numbers(path: Path, preset: str) -> list[int]:
    return [len(part) for part in split(read_preset(path, preset, seen=SEEN, listing_id="mine"))]


def refused(path: Path, preset: str, **said: Any) -> str:
    with pytest.raises(FileError) as raised:
        read_preset(path, preset, seen=SEEN, **said)
    message = str(raised.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_every_preset_has_an_example() -> None:
    assert EXAMPLES.keys() == PRESETS.keys()


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", ["x.json", "x.json.gz", "X.JSON"])
def test_saved_documents(tmp_path: Path, preset: str, name: str) -> None:
    path = tmp_path / name
    body = saved(EXAMPLES[preset])
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    reviews, _, _ = split(read_preset(path, preset, seen=SEEN, listing_id="mine"))
    assert reviews
    assert {review.platform for review in reviews} == {PRESETS[preset].platform}
    assert recognise(path, seen=SEEN) == preset


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.ndjson.gz"])
def test_the_same_records_one_a_line(tmp_path: Path, preset: str, name: str) -> None:
    body = saved(EXAMPLES[preset])
    whole = tmp_path / "whole.json"
    whole.write_bytes(body)
    lines = body.splitlines() if preset == "yelp-open-dataset" else []
    records = [json.loads(line) for line in lines] or records_of(json.loads(body))
    path = write(tmp_path, name, *records, *records)
    good, _, bad = numbers(whole, preset)
    assert numbers(path, preset)[::2] == [2 * good, 2 * bad]


def records_of(said: Any) -> list[Any]:
    """The list of records, wherever in a reply it stands."""
    return said if isinstance(said, list) else records_of(said["data" if "data" in said else "reviews"])


def test_replies_one_a_line(tmp_path: Path) -> None:
    reply = document("google_business/page.json")
    path = write(tmp_path, "x.jsonl", reply, {}, reply)
    reviews, _, refusals = split(read_preset(path, "google-business", seen=SEEN, listing_id="456"))
    assert len(reviews) + len(refusals) == 2 * len(reply["reviews"])
    assert {refusal.line for refusal in refusals} == {1, 3}
    assert numbers(write(tmp_path, "y.json", [reply, reply]), "google-business")[0] == len(reviews)


def test_a_bad_line_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps(REVIEW).encode()
    path.write_bytes(b"\n".join([good, b"", b'{"id": ', b"\xff\xfe", b"7", good.replace(b"8", b"80"), good]))
    reviews, _, refusals = split(read_preset(path, "apify-booking", seen=SEEN))
    assert len(reviews) == 2
    assert [(each.line, each.column) for each in refusals] == [(3, None), (4, None), (5, None), (6, "rating")]
    assert refusals[0].row == {"raw": '{"id": '}
    assert "not JSON" in refusals[0].reason
    assert "not valid UTF-8" in refusals[1].reason
    assert refusals[3].row["rating"] == 80


def test_a_damaged_stream_keeps_what_came_before(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl.gz", *({**REVIEW, "id": f"r{number:06}"} for number in range(20_000)))
    path.write_bytes(path.read_bytes()[:-2000])
    reviews, _, refusals = split(read_preset(path, "apify-booking", seen=SEEN))
    assert len(reviews) > 1000
    assert ["gzip stream is damaged" in each.reason for each in refusals] == [True]
    whole = tmp_path / "x.json.gz"
    whole.write_bytes(gzip.compress(json.dumps([REVIEW] * 99).encode())[:-9])
    assert "gzip stream is damaged" in refused(whole, "apify-booking")


def test_the_platform_may_be_another(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", REVIEW)
    ((review,), (), ()) = split(read_preset(path, "apify-booking", platform="agoda", seen=SEEN))
    assert review.platform == "agoda"
    assert "not a lower-case name" in refused(path, "apify-booking", platform="A b")
    assert "control characters" in refused(path, "apify-booking", listing_id="a\nb")
    assert "'booking/456' is not the platform's id alone; write '456'" in refused(
        path, "apify-booking", listing_id="booking/456"
    )


def test_the_listing_may_come_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "reviews.json"
    path.write_bytes(json.dumps({"reviews": document("google_takeout/reviews.json")["reviews"][1:]}).encode())
    assert refused(path, "google-takeout").endswith("give the listing with --listing")
    reviews, _, _ = split(read_preset(path, "google-takeout", listing_id="mine", seen=SEEN))
    assert {review.listing_id for review in reviews} == {"mine"}


def test_records_that_are_no_reviews_are_counted(tmp_path: Path) -> None:
    users = [{"user_id": f"u{number}", "name": "Guest"} for number in range(1500)]
    reader = read_preset(write(tmp_path, "user.json", *users), "yelp-open-dataset", seen=SEEN)
    assert list(reader) == []
    assert reader.passed_over == 1500


@pytest.mark.parametrize(
    ("preset", "fits"),
    [
        ("apify-google", "apify-booking"),
        ("booking", "trustpilot"),
        ("trustpilot", "booking"),
        ("google-takeout", "apify-tripadvisor"),
        ("yelp-open-dataset", "google-business"),
        ("apify-tripadvisor", "yelp-open-dataset"),
    ],
)
def test_a_wrong_preset_names_the_right_one(tmp_path: Path, preset: str, fits: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(saved(EXAMPLES[fits]))
    message = refused(path, preset)
    assert message.endswith(f"it looks like {fits}: use --preset {fits}")


def test_a_wrong_preset_for_canonical_columns(tmp_path: Path) -> None:
    row = {"platform": "google", "listing_id": "h", "rating": 4, "published": "2026-03-14"}
    assert "import it without --preset" in refused(write(tmp_path, "x.jsonl", row, row), "apify-google")


def test_a_file_that_nothing_fits_is_told_by_its_keys(tmp_path: Path) -> None:
    message = refused(write(tmp_path, "x.jsonl", *[{"a": 1, "b\n": 2}] * 2000), "apify-google")
    assert "none of its first 1,000 records can be read with --preset apify-google (listing_id: is missing)" in message
    assert "the keys there are 'a', 'b\\n'" in message
    assert recognise(tmp_path / "x.jsonl", seen=SEEN) is None


def test_one_good_record_of_the_first_thousand_is_enough(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", *[{"a": 1}] * 999, REVIEW)
    assert numbers(path, "apify-booking") == [1, 0, 999]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("x.json", b"", "is empty"),
        ("x.json", b" \n\n", "is empty"),
        ("x.json", b'[{"id": 1}', "not JSON"),
        ("x.json", b"\xff", "not valid UTF-8"),
        ("x.json", '[{"id": 1}]'.encode("utf-16"), "save it as UTF-8"),
        ("x.json", b"7", "not a JSON object"),
        ("x.json", b"[" * 100_000, "not JSON that can be read"),
        ("x.csv", b"a,b\n", "need no --preset"),
        ("x.json.gz", b"no gzip", "the gzip stream is damaged"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    assert said in refused(path, "apify-google")


def test_no_file_a_folder_and_no_preset(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "x.json", "apify-google")
    assert "is a folder" in refused(tmp_path, "apify-google")
    assert "google-business, google-takeout" in refused(write(tmp_path, "x.json", REVIEW), "apify")


@pytest.mark.parametrize(
    ("preset", "body"),
    [
        ("apify-google", b"[]"),
        ("apify-booking", b'{"items": []}'),
        ("google-business", b"{}"),
        ("google-takeout", b'{"reviews": []}'),
        ("booking", b'{"data": {"reviews": []}, "meta": {}}'),
        ("trustpilot", b'{"links": [], "reviews": []}'),
    ],
)
def test_an_export_without_reviews_is_no_mistake(tmp_path: Path, preset: str, body: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(body)
    assert list(read_preset(path, preset, seen=SEEN)) == []


def test_a_document_has_a_limit_and_lines_have_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "LARGEST_DOCUMENT", 1 << 20)
    records = [{**REVIEW, "id": f"r{number}", "likedText": "x" * 1000} for number in range(2000)]
    for name in ("x.json", "x.json.gz"):
        path = tmp_path / name
        body = json.dumps(records, indent=1).encode()
        path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
        assert "more than 1 MiB; JSON Lines have no such limit" in refused(path, "apify-booking")
    assert numbers(write(tmp_path, "y.json", *records), "apify-booking")[0] == 2000


def test_memory_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = write(
            tmp_path, "x.jsonl", *({**YELP, "review_id": f"r{number}", "text": "x" * 500} for number in range(count))
        )
        tracemalloc.start()
        try:
            assert (
                sum(isinstance(each, Observation) for each in read_preset(path, "yelp-open-dataset", seen=SEEN))
                == count
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(20_000) < 2 * peak(2_000)


def test_refused_records_are_mended_and_imported(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    bad = {**REVIEW, "id": "bad", "rating": 80, "reason": "own", "checkInDate": "2026-05-01"}
    path.write_text(f'{json.dumps(REVIEW)}\n{json.dumps(bad)}\n{{"id": "cut", \n')
    refusals = split(read_preset(path, "apify-booking", seen=SEEN))[2]
    written = write_refused(path, refusals, records=True)
    assert written == tmp_path / "x.jsonl.refused.jsonl"
    first, second = map(json.loads, written.read_text().splitlines())
    assert list(first)[:3] == ["line", "column", "reason"]
    assert first == {
        **{name: value for name, value in bad.items() if name != "reason"},
        "line": 2,
        "column": "rating",
        "reason": first["reason"],
        "reason (source)": "own",
    }
    assert (second["line"], second["column"], second["raw"]) == (3, None, '{"id": "cut", ')

    # As it is, it says the same again.
    again = split(read_preset(written, "apify-booking", seen=SEEN))[2]
    assert [each.line for each in again] == [1, 2]
    assert write_refused(written, again, records=True).read_text().count("not a number between") == 1

    second["raw"] = json.dumps({**REVIEW, "id": "cut"})
    written.write_text("".join(json.dumps(row) + "\n" for row in ({**first, "rating": 8}, second)))
    reviews, _, refusals = split(read_preset(written, "apify-booking", seen=SEEN))
    assert refusals == []
    assert [review.review_id for review in reviews] == ["bad", "cut"]


def test_a_review_that_is_mended_is_the_one_it_was(tmp_path: Path) -> None:
    """The mended record has the hash of the record that it would have been."""
    whole = write(tmp_path, "whole.jsonl", REVIEW)
    bad = write(tmp_path, "bad.jsonl", REVIEW, {**REVIEW, "rating": 80})
    written = write_refused(bad, split(read_preset(bad, "apify-booking", seen=SEEN))[2], records=True)
    written.write_text(written.read_text().replace('"rating": 80', '"rating": 8'))
    (review,), _, _ = split(read_preset(written, "apify-booking", seen=SEEN))
    assert split(read_preset(whole, "apify-booking", seen=SEEN))[0] == [review]
