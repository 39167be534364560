import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.expectation import STREAMS, PlatformHistory
from detection.nulls import LEVELS, Null, grid, reached, surprises
from tests.detection.test_expectation import every, history_of
from tests.detection.worlds import DAY

ENOUGH = 1_000_000
tables = st.lists(st.floats(0.0, 2.0), min_size=len(LEVELS), max_size=len(LEVELS)).map(
    lambda steps: tuple(float(x) for x in np.cumsum(np.array(steps) * (np.array(steps) > 0.4)))
)


def null_of(values: tuple[float, ...]) -> Null:
    return Null({("all", 7): values}, {})


def listings(number: int, days: int = 700) -> PlatformHistory:
    return history_of([(f"a{n:03d}", f"t{n % 3}", every(3 + n % 5, 0, days)) for n in range(number)])


@settings(max_examples=60)
@given(tables)
def test_more_surprise_is_never_worth_less_and_nothing_jumps(table: tuple[float, ...]) -> None:
    null = null_of(table)
    x = np.linspace(0.0, 60.0, 3001)
    assert (np.diff(null.calibrated("all", 7, x)) >= 0.0).all()
    # What the table gives at its own points is what it gives just beside them.
    points = np.array(table)
    points = points[points > 0.05]
    beside = null.calibrated("all", 7, points + 1e-3) - null.calibrated("all", 7, points + 2e-5)
    assert (beside < 0.02).all()


@given(tables)
def test_no_surprise_is_worth_nothing(table: tuple[float, ...]) -> None:
    """Also where so few windows hold anything that the table begins with noughts."""
    assert null_of(table).calibrated("all", 7, np.zeros(2)).tolist() == [0.0, 0.0]


def test_at_its_points_the_table_says_its_levels() -> None:
    table = tuple(np.linspace(0.4, 6.0, len(LEVELS)))
    assert null_of(table).calibrated("all", 7, np.array(table)) == pytest.approx(-np.log10(LEVELS), abs=1e-4)


def test_beyond_the_table_it_goes_on_but_never_faster_than_the_surprise() -> None:
    wide, steep = tuple(np.linspace(0.4, 9.0, len(LEVELS))), tuple(np.linspace(0.4, 0.6, len(LEVELS)))
    for table in (wide, steep):
        end = table[-1]
        at = null_of(table).calibrated("all", 7, np.array([end, end + 1.0, end + 2.0, end + 40.0]))
        assert at[0] == pytest.approx(-np.log10(LEVELS[-1]), abs=1e-3)
        rise = np.diff(at) / np.array([1.0, 1.0, 38.0])
        assert rise == pytest.approx(rise[0], rel=1e-3), "a straight line"
        assert 0.0 < rise[0] < 1.001


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.5])
def test_of_honest_surprises_as_many_are_rare_as_it_says(spread: float) -> None:
    """Surprises of another scale and shape than a p-value's, and a table made of their like."""
    rng = np.random.default_rng(4)

    def draw(number: int) -> np.ndarray:
        busy = rng.random(number) < 0.4
        return np.where(busy, spread * rng.gamma(0.8, 1.0, number), 0.0)

    null = null_of(reached(draw(400_000)))
    worth = null.calibrated("all", 7, draw(400_000))
    for p in (1e-2, 1e-3):
        share = float((worth >= -np.log10(p)).mean())
        # Both samples err, by some four standard errors at the very most.
        assert abs(share - p) < 4.0 * np.sqrt(2.0 * p / 400_000)


def test_reached_are_quantiles() -> None:
    values = np.random.default_rng(1).exponential(1.0, 200_000)
    found = reached(values)
    assert len(found) == len(LEVELS)
    for level, value in zip(LEVELS, found, strict=True):
        assert (values > value).mean() == pytest.approx(level, rel=0.05, abs=1e-5)
    assert reached(np.zeros(0)) == (0.0,) * len(LEVELS)


def test_few_windows_change_nothing() -> None:
    null = null_of(tuple(np.linspace(0.5, 5.0, len(LEVELS))))
    own = {("all", 7): tuple(np.linspace(1.0, 10.0, len(LEVELS)))}
    assert null.fitted(own, 500) is null
    assert null.fitted(own, ENOUGH) is not null


@pytest.mark.parametrize("factor", [0.7, 1.0, 2.0])
def test_data_on_another_scale_are_brought_back(factor: float) -> None:
    table = tuple(np.linspace(0.5, 5.0, len(LEVELS)))
    null = null_of(table)
    fitted = null.fitted({("all", 7): tuple(factor * x for x in table)}, ENOUGH)
    x = np.linspace(0.0, 12.0, 50)
    assert fitted.calibrated("all", 7, factor * x) == pytest.approx(null.calibrated("all", 7, x), abs=1e-9)
    assert factor == 1.0 or abs(null.calibrated("all", 7, factor * x) - null.calibrated("all", 7, x)).max() > 0.5


@given(tables)
def test_data_that_are_like_the_table_are_left_as_they_are(table: tuple[float, ...]) -> None:
    """Also where the commoner levels are reached by nothing at all, or hardly anything."""
    x = np.linspace(0.0, 12.0, 50)
    null = null_of(table)
    fitted = null.fitted({("all", 7): table}, ENOUGH)
    assert fitted.calibrated("all", 7, x) == pytest.approx(null.calibrated("all", 7, x), abs=1e-9)


def test_wild_data_move_the_scale_only_so_far() -> None:
    table = tuple(np.linspace(0.5, 5.0, len(LEVELS)))
    for factor in (1e-4, 1e4):
        scale = null_of(table).fitted({("all", 7): tuple(factor * x for x in table)}, ENOUGH).scale["all", 7]
        assert 0.1 < scale < 10.0


def test_the_grid_is_the_same_each_time_and_a_week_apart() -> None:
    history = listings(4)
    codes, ends = grid(history, 7)
    assert all(np.array_equal(a, b) for a, b in zip((codes, ends), grid(history, 7), strict=True))
    assert set(codes) == {0, 1, 2, 3}
    for code in range(4):
        assert set(np.diff(np.sort(ends[codes == code]))) == {7}
    assert ends.min() - 7 >= history.days.min() + 60, "windows have some past"
    assert ends.max() <= history.days.max()


@pytest.mark.parametrize("most", [60, 97, 200, 333])
def test_a_thinned_grid_lies_on_all_listings_and_seasons_alike(most: int) -> None:
    history = listings(50)
    codes, ends = grid(history, 7, most=most)
    whole_codes, whole_ends = grid(history, 7)
    assert 0.4 * most <= len(codes) <= most
    whole = set(zip(whole_codes.tolist(), whole_ends.tolist(), strict=True))
    assert set(zip(codes.tolist(), ends.tolist(), strict=True)) <= whole
    per = np.bincount(codes, minlength=50)
    assert per.max() - per.min() <= 2
    # Quarters of the time: none has more than its share of windows by half.
    quarter = np.bincount((ends - whole_ends.min()) * 4 // (np.ptp(whole_ends) + 1), minlength=4)
    assert quarter.max() < 0.4 * len(ends)


def test_a_short_history_has_no_grid() -> None:
    codes, ends = grid(listings(5, days=60), 28)
    assert (len(codes), len(ends)) == (0, 0)
    found = surprises(listings(5, days=60), (28,), {28: 0.1})
    assert {key: len(values) for key, values in found.items()} == {(stream, 28): 0 for stream in STREAMS}


def test_surprises_are_those_of_the_grids_windows() -> None:
    """A peak surprises in its own week; a listing with little past is left out."""
    days = np.r_[every(4), np.repeat(DAY + 500, 25)]
    calm = [(f"b{n}", "t", every(3)) for n in range(6)]
    young = ("c", "t", every(4, 660))
    found = surprises(history_of([("a", "t", days), *calm, young]), (7, 28), {7: 0.05, 28: 0.05})
    assert set(found) == {(stream, length) for stream in STREAMS for length in (7, 28)}
    assert all(np.isfinite(values).all() and (values >= 0.0).all() for values in found.values())
    assert (found["all", 7] > 5.0).sum() == 1
    assert 1 <= (found["all", 28] > 5.0).sum() <= 4
    assert (found["new", 7] == 0.0).all(), "nobody was new"
    codes, _ = grid(history_of([("a", "t", days), *calm, young]), 7)
    assert len(found["all", 7]) < len(codes)


@pytest.mark.parametrize("factor", [0.7, 2.0])
@pytest.mark.parametrize("silent", [(0.02,), (0.02, 0.01)])
@pytest.mark.parametrize("whose", ["the table's", "the data's"])
def test_levels_that_nothing_reaches_say_nothing_of_the_scale(
    whose: str, silent: tuple[float, ...], factor: float
) -> None:
    table = tuple(np.linspace(0.5, 5.0, len(LEVELS)))
    own = tuple(factor * x for x in table)
    hushed = tuple(
        0.0 if level in (0.1, 0.05, *silent) else x
        for level, x in zip(LEVELS, table if whose == "the table's" else own, strict=True)
    )
    table, own = (hushed, own) if whose == "the table's" else (table, hushed)
    assert null_of(table).fitted({("all", 7): own}, ENOUGH).scale["all", 7] == pytest.approx(1.0 / factor)


def test_data_that_reach_no_level_at_all_are_left_as_they_are() -> None:
    null = null_of(tuple(np.linspace(0.5, 5.0, len(LEVELS))))
    assert null.fitted({("all", 7): (0.0,) * len(LEVELS)}, ENOUGH).scale["all", 7] == 1.0
