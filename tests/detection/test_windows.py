from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.expectation import STREAMS, PlatformHistory
from detection.nulls import LEVELS, Null
from detection.tails import beta_binomial, negative_binomial
from detection.windows import DIRECTIONS, Windows, find_windows, measure
from tests.detection.worlds import DAY

LENGTHS = (3, 7, 28, 112)
SPREADS = dict.fromkeys((*LENGTHS, 14, 56), 0.05)
# A surprise is worth itself.
PLAIN = Null({(stream, n): tuple(float(-np.log10(x)) for x in LEVELS) for stream in STREAMS for n in SPREADS}, {})

Row = tuple[str, int, int, bool]
rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.sampled_from([-1, 0, 1]), st.booleans()),
    min_size=1,
    max_size=40,
)


def frame_of(said: Sequence[Row]) -> pd.DataFrame:
    """Reviews of listing, day, end of the scale (1 high, -1 low, 0 between), and whether by a first-time account."""
    frame = pd.DataFrame(said, columns=["listing_key", "day", "end", "newborn"])
    frame = frame.assign(city="x", kind="hotel", high=frame["end"] == 1, low=frame["end"] == -1)
    return frame.assign(newborn=frame["newborn"].astype("int8"), day=frame["day"] + DAY)


def found(
    history: PlatformHistory, direction: str = "praise", *, lengths: Sequence[int] = LENGTHS, **columns: object
) -> tuple[Windows, dict[str, np.ndarray]]:
    asked: dict[str, object] = {"least": 2, "least_ratio": 1.0, "spreads": SPREADS, "null": PLAIN, **columns}
    windows, measures = find_windows(history, lengths, direction, **asked)  # type: ignore[arg-type]
    return windows, dict(measures)


def spans(windows: Windows) -> list[tuple[int, int, int]]:
    return list(zip(windows.listing.tolist(), windows.last.tolist(), windows.length.tolist(), strict=True))


@settings(max_examples=60)
@given(rows, st.sampled_from(["praise", "blame"]), st.integers(1, 4))
def test_windows_are_those_of_a_loop(said: list[Row], direction: str, least: int) -> None:
    frame = frame_of(said)
    history = PlatformHistory(frame)
    end = 1 if direction == "praise" else -1
    stream, new = DIRECTIONS[direction]
    expected = {}
    for code, name in enumerate(sorted(frame["listing_key"].unique())):
        own = frame[frame["listing_key"] == name]
        for last in own["day"].unique():
            for length in (3, 7):
                inside = own[(own["day"] > last - length) & (own["day"] <= last)]
                count = int((inside["end"] == end).sum())
                fresh = int(((inside["end"] == end) & (inside["newborn"] == 1)).sum())
                mean = history.expect(np.array([code]), np.array([last]), length).mean
                many = count > 1.5 * mean[stream][0] or fresh > max(least - 1, 2 * mean[new][0])
                if count >= least and many:
                    expected[code, int(last), length] = (count, float(mean[stream][0]))
    windows, measures = found(history, direction, lengths=(3, 7), least=least, least_ratio=1.5)
    assert set(spans(windows)) == set(expected)
    assert len(windows) == len(expected)
    for row, span in enumerate(spans(windows)):
        assert (measures["count"][row], measures["mean"][row]) == pytest.approx(expected[span])
        assert measures["length"][row] == span[2]


def daily(number: int = 2, days: int = 200) -> PlatformHistory:
    """Listings with a five-star review each day."""
    return PlatformHistory(frame_of([(f"l{n}", day, 1, False) for n in range(number) for day in range(days)]))


def test_only_long_windows_are_thinned() -> None:
    windows, _ = found(daily(), lengths=(3, 7, 14, 28, 56, 112), least_ratio=0.0)
    ends = {length: windows.last[(windows.length == length) & (windows.listing == 1)] for length in SPREADS}
    assert all(np.diff(np.sort(ends[length])).max() == 1 for length in (3, 7, 14))
    gaps = [int(np.diff(np.sort(ends[length])).max()) for length in (28, 56, 112)]
    assert 1 < gaps[0] < gaps[1] < gaps[2] <= 14
    # Thinned by days and not by reviews: the last day of each stretch stays, so also the very last.
    assert all(last.max() == DAY + 199 for last in ends.values())


def test_asked_days_are_never_thinned() -> None:
    days = np.arange(DAY + 150, DAY + 160)
    windows, _ = found(daily(), lengths=(3, 112), least_ratio=0.0, days=days)
    assert sorted(spans(windows)) == [(n, int(day), length) for n in (0, 1) for day in days for length in (3, 112)]
    assert len(found(daily(), days=np.array([DAY + 900]))[0]) == 0


@settings(max_examples=40)
@given(rows, st.sets(st.integers(0, 60)), st.sets(st.integers(0, 2)))
def test_a_restricted_search_finds_what_the_whole_one_finds_there(
    said: list[Row], days: set[int], codes: set[int]
) -> None:
    history = PlatformHistory(frame_of(said))
    mask = np.isin(np.arange(len(history.names)), list(codes))
    whole, every = found(history, lengths=(3, 7))
    part, measures = found(history, lengths=(3, 7), listings=mask, days=np.array(sorted(days), dtype="int64") + DAY)
    kept = np.isin(whole.listing, list(codes)) & np.isin(whole.last - DAY, list(days))
    assert spans(part) == spans(whole.take(kept))
    for name in every:
        assert measures[name] == pytest.approx(every[name][kept])


def test_a_restricted_search_of_listings_thins_as_the_whole_one_does() -> None:
    history = daily(3)
    whole, _ = found(history, least_ratio=0.0)
    part, _ = found(history, least_ratio=0.0, listings=np.array([False, True, False]))
    assert spans(part) == spans(whole.take(whole.listing == 1))


def test_every_window_is_over_the_least_ratio_or_full_of_new_accounts() -> None:
    rng = np.random.default_rng(3)
    said = [("ab"[rng.integers(2)], int(rng.integers(0, 400)), 1, bool(rng.random() < 0.2)) for _ in range(300)]
    history = PlatformHistory(frame_of([*said, *[("a", 300, 1, True)] * 5]))
    few, _ = found(history, least_ratio=3.0)
    many, _ = found(history, least_ratio=1.0)
    assert set(spans(few)) < set(spans(many))
    assert (0, DAY + 300, 3) in spans(few)


def expected_of(history: PlatformHistory, code: int, last: int, length: int) -> dict[str, float]:
    expected = history.expect(np.array([code]), np.array([last]), length)
    return {name: float(values[0]) for name, values in measure(expected, "praise", length, 0.05, PLAIN).items()}


def past(end: int = 1) -> list[Row]:
    """Two years of two listings, one review in four days, half of them of the praised end."""
    return [(name, day, end if day % 8 else 0, day % 24 == 0) for name in "ab" for day in range(0, 720, 4)]


def test_tails_and_ratios_of_one_window() -> None:
    history = PlatformHistory(frame_of([*past(), *[("a", 700, 1, True)] * 9, ("a", 700, -1, False)]))
    said = expected_of(history, 0, DAY + 702, 7)
    expected = history.expect(np.array([0]), np.array([DAY + 702]), 7)
    count, mean = expected.count["high"].astype("float64"), expected.mean["high"]
    shape = 1.0 / (1.0 / expected.shape["high"] + 0.05)
    assert said["x_dir"] == pytest.approx(negative_binomial(count, mean, shape)[0], abs=1e-4)
    assert said["excess"] == pytest.approx(said["count"] - said["mean"])
    assert said["excess_new"] == pytest.approx(9.0 - float(expected.mean["new_high"][0]))
    assert said["ratio_dir"] == pytest.approx(np.log2((said["count"] + 0.5) / (said["mean"] + 0.5)))
    assert said["past_reviews"] == expected.base["all"][0]
    assert said["past_days"] == 365
    # A share of nearly all is more surprising than a binomial's with a surely known share would not be.
    certain = beta_binomial(count, expected.count["all"].astype("float64"), np.array([0.5]), np.array([1e6]))
    assert 0.3 < said["c_dir"] < certain[0]


@pytest.mark.parametrize("name", ["x_new", "x_dir", "c_new", "c_dir", "c_new_in_dir", "ratio_dir", "excess_new"])
def test_a_new_crowd_raises_what_speaks_for_one(name: str) -> None:
    calm = expected_of(PlatformHistory(frame_of(past())), 0, DAY + 702, 7)
    crowd = expected_of(PlatformHistory(frame_of([*past(), *[("a", 700, 1, True)] * 9])), 0, DAY + 702, 7)
    assert crowd[name] > calm[name] + 0.5


def test_guests_of_the_other_kinds_raise_what_speaks_against_one() -> None:
    calm = expected_of(PlatformHistory(frame_of(past())), 0, DAY + 702, 7)
    others = [("a", 701, end, False) for end in (0, 0, 0, -1, -1, -1)]
    crowd = expected_of(PlatformHistory(frame_of([*past(), *others])), 0, DAY + 702, 7)
    assert crowd["ratio_others"] > calm["ratio_others"] + 1.0
    assert crowd["ratio_opposite"] > calm["ratio_opposite"] + 1.0
    assert crowd["x_all"] > calm["x_all"]
    assert crowd["c_dir"] <= calm["c_dir"]
    assert crowd["x_dir"] == pytest.approx(calm["x_dir"], abs=0.01)
    assert crowd["count"] == calm["count"]


def test_praise_and_blame_are_measured_alike() -> None:
    crowd = [("a", 700, 1, True)] * 9
    high = PlatformHistory(frame_of([*past(), *crowd]))
    low = PlatformHistory(frame_of([(*row[:2], -row[2], row[3]) for row in (*past(), *crowd)]))
    one, other = found(high, "praise"), found(low, "blame")
    assert len(one[0]) > 3
    assert spans(one[0]) == spans(other[0])
    for name, values in one[1].items():
        assert other[1][name] == pytest.approx(values, abs=1e-6), name


def around(*more: Row, last: int = 400, hindsight: bool = True) -> dict[str, float]:
    """What is told of the week up to a day with a crowd of ten, where listings get a review in four days."""
    calm = [(name, day, 1, False) for name in "ab" for day in range(0, 720, 4)]
    crowd = [("a", last - number % 7, 1, True) for number in range(14)]
    windows, measures = found(PlatformHistory(frame_of([*calm, *crowd, *more])), lengths=(7,), hindsight=hindsight)
    row = spans(windows).index((0, DAY + last, 7))
    return {name: float(values[row]) for name, values in measures.items()}


def often(first: int, last: int) -> list[Row]:
    return [("a", day, 1, True) for day in range(first, last) for _ in range(2)]


def test_a_crowd_that_comes_and_goes_neither_was_before_nor_lasts() -> None:
    said = around()
    assert said["before"] < 0.1
    assert 0.0 <= said["lasting"] < 0.1


def test_a_level_that_was_there_before_and_one_that_stays_are_told() -> None:
    assert around(*often(360, 394))["before"] > 0.7
    assert around(*often(360, 394))["lasting"] < 0.1
    assert around(*often(401, 440))["lasting"] > 0.7
    assert around(*often(401, 440))["before"] < 0.1


def test_too_few_days_after_it_tell_nothing_of_what_lasts() -> None:
    assert around(last=716)["lasting"] == 0.25
    assert around(last=660)["lasting"] < 0.1


def test_a_listing_that_is_never_heard_of_again_tells_nothing_of_what_lasts() -> None:
    """Closed, or crawled no more: its silence isn't a campaign's end."""
    crowd = [("a", 400 - number % 7, 1, True) for number in range(14)]

    def lasting(until: int) -> float:
        calm = [(name, day, 1, False) for name, end in (("a", until), ("b", 720)) for day in range(0, end, 4)]
        windows, measures = found(PlatformHistory(frame_of([*calm, *crowd])), lengths=(7,))
        return float(measures["lasting"][spans(windows).index((0, DAY + 400, 7))])

    assert lasting(400) == lasting(408) == 0.25
    assert lasting(420) < 0.1


def test_without_hindsight_nothing_is_known_of_what_lasts() -> None:
    calm, lasting = around(hindsight=False), around(*often(401, 440), hindsight=False)
    assert calm["lasting"] == lasting["lasting"] == 0.25


def test_nothing_to_find() -> None:
    windows, measures = found(PlatformHistory(frame_of([("a", 3, 0, False)])))
    assert len(windows) == 0
    assert {"x_dir", "c_new", "count", "mean", "length"} <= set(measures)
    assert all(len(values) == 0 for values in measures.values())
