"""store.runs: the ledger of nights, so that a killed night goes on where it stopped."""

import datetime as dt

import pytest

from store.database import open_database
from store.runs import (
    finish_night,
    finish_stage,
    last_nights,
    open_night,
    read_state,
    start_stage,
    write_state,
)

DAY = dt.date(2026, 3, 20)
NEXT = dt.date(2026, 3, 21)
START = dt.datetime.fromisoformat("2026-03-20T02:30:00.123456")


def after(minutes):
    return START + dt.timedelta(minutes=minutes)


def test_a_night_opens_running_and_empty(database):
    night = open_night(database, DAY, START)
    assert (night.as_of, night.started, night.finished, night.status) == (DAY, START, None, "running")
    assert night.stages == ()
    assert night.done("crawl") is None


def test_an_unfinished_night_is_resumed_with_what_it_has_done(database):
    night = open_night(database, DAY, START)
    start_stage(database, night.id, "crawl", after(1))
    finish_stage(database, night.id, "crawl", after(2), status="done", detail="40 reviews")
    start_stage(database, night.id, "detect", after(3))
    again = open_night(database, DAY, after(60))
    assert (again.id, again.started) == (night.id, START)
    assert [each.name for each in again.stages] == ["crawl", "detect"]
    crawl = again.done("crawl")
    assert (crawl.status, crawl.started, crawl.finished, crawl.detail) == ("done", after(1), after(2), "40 reviews")
    assert again.done("detect") is None
    assert again.stages[1].status == "running"


def test_a_stage_that_begins_again_is_not_done_any_more(database):
    night = open_night(database, DAY, START)
    start_stage(database, night.id, "crawl", after(1))
    finish_stage(database, night.id, "crawl", after(2), status="partial", detail="one source failed")
    assert open_night(database, DAY, after(3)).done("crawl").status == "partial"
    start_stage(database, night.id, "crawl", after(4))
    (stage,) = open_night(database, DAY, after(5)).stages
    assert (stage.status, stage.started, stage.finished, stage.detail) == ("running", after(4), None, "")


def test_a_finished_night_is_not_resumed(database):
    first = open_night(database, DAY, START)
    finish_night(database, first.id, after(9), "partial")
    second = open_night(database, DAY, after(10))
    assert second.id != first.id
    assert second.stages == ()
    (newest, older) = last_nights(database, 5)
    assert (newest.id, newest.status, newest.finished) == (second.id, "running", None)
    assert (older.id, older.status, older.finished) == (first.id, "partial", after(9))


def test_another_day_is_another_night(database):
    monday, tuesday = open_night(database, DAY, START), open_night(database, NEXT, after(1))
    assert monday.id != tuesday.id
    assert open_night(database, DAY, after(2)).id == monday.id
    assert open_night(database, NEXT, after(2)).id == tuesday.id


def test_stages_of_two_nights_do_not_mix(database):
    monday, tuesday = open_night(database, DAY, START), open_night(database, NEXT, START)
    for night in (monday, tuesday):
        start_stage(database, night.id, "crawl", after(1))
    finish_stage(database, monday.id, "crawl", after(2), status="done", detail="")
    assert open_night(database, DAY, START).done("crawl") is not None
    assert open_night(database, NEXT, START).done("crawl") is None


def test_the_newest_nights_come_first_and_only_so_many(database):
    for number in range(4):
        night = open_night(database, DAY + dt.timedelta(days=number), START)
        finish_night(database, night.id, after(1), "done")
    assert [each.as_of.day for each in last_nights(database, 3)] == [23, 22, 21]
    assert last_nights(database, 0) == []


def test_no_nights_are_none(database):
    assert last_nights(database, 3) == []


def test_stages_come_in_the_order_of_their_start(database):
    night = open_night(database, DAY, START)
    for minute, name in enumerate(("report", "crawl", "detect")):
        start_stage(database, night.id, name, after(minute))
    assert [each.name for each in last_nights(database, 1)[0].stages] == ["report", "crawl", "detect"]


def test_a_night_outlives_the_process(empty_url):
    database = open_database(empty_url)
    night = open_night(database, DAY, START)
    start_stage(database, night.id, "crawl", after(1))
    database.close()
    database = open_database(empty_url)
    again = open_night(database, DAY, after(2))
    database.close()
    assert again.id == night.id
    assert [each.name for each in again.stages] == ["crawl"]


@pytest.mark.parametrize("value", ["", "1", '{"a": "ü"}', "x" * 100_000])
def test_a_kept_fact_comes_back(database, value):
    assert read_state(database, "detected") is None
    write_state(database, "detected", "old")
    write_state(database, "detected", value)
    assert read_state(database, "detected") == value
    assert read_state(database, "other") is None
