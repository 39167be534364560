from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from detection.burst_model import BurstModel
from detection.burst_search import Search, information_of
from detection.bursts import Bursts, platforms_of
from detection.expectation import STREAMS
from detection.scorecard import Curve, Scorecard
from tests.detection.test_burst_model import plain_model
from tests.detection.test_crowd_texts import Answers
from tests.detection.text.test_likeness import TEMPLATE, invented
from tests.detection.worlds import DAY, crowd, quiet_town, reviews_of, together


def told(reviews: pd.DataFrame, seed: int = 5) -> pd.DataFrame:
    """The same with an invented text wherever there is none."""
    rng = np.random.default_rng(seed)
    silent = reviews["text"] == ""
    texts = [invented(rng) for _ in range(int(silent.sum()))]
    reviews = reviews.copy()
    reviews.loc[silent, "text"] = texts
    reviews.loc[silent, "language"] = "en"
    return reviews


def search_of(reviews: pd.DataFrame, model: BurstModel | None = None) -> Search:
    detector = Bursts(model=model or plain_model())
    return detector.search(platforms_of(detector.scan(reviews))[0])


def test_information() -> None:
    reviews = Bursts().scan(quiet_town(3))
    assert information_of(reviews) == "accounts"
    assert information_of(reviews.assign(texts=True)) == "text"
    assert information_of(reviews.assign(texts=True, newborn=-1)) == "unnamed"
    assert information_of(reviews.assign(newborn=-1)) == "counts"
    few = reviews.index % 20 == 0
    assert information_of(reviews.assign(texts=few, newborn=-1)) == "counts", "hardly any text is no text"
    assert information_of(reviews.assign(texts=~few)) == "text"


@pytest.mark.parametrize("direction", ["praise", "blame"])
def test_inside_are_the_listings_reviews_of_the_direction(direction: str) -> None:
    search = search_of(quiet_town(5))
    reviews = search.reviews
    praise = reviews["high"] | reviews["near"]
    leans = praise if direction == "praise" else reviews["low"]
    for code, first, last in [(0, 100, 160), (2, 300, 300), (4, 700, 900), (1, 400, 380)]:
        own = (reviews["listing_key"] == f"p/{code:02d}") & reviews["day"].between(DAY + first, DAY + last)
        rows = search.inside(code, DAY + first, DAY + last, direction)
        assert rows.tolist() == np.flatnonzero(own & leans).tolist()
        here = search.span(code, DAY + first, DAY + last)
        assert list(range(here.start, here.stop)) == np.flatnonzero(own).tolist()


def test_next_to_the_top_is_praise_and_the_middle_is_neither() -> None:
    stars = [0.0, 0.25, 0.5, 0.75, 1.0]
    search = search_of(reviews_of([DAY] * 5, rating=stars, review_key=list("abcde")))
    assert search.leans["praise"].tolist() == [False, False, False, True, True]
    assert search.leans["blame"].tolist() == [True, True, False, False, False]


def test_candidates_lie_above_the_floor_and_carry_their_best_windows_measures() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 5))
    search = search_of(reviews)
    null = search.null()
    episodes, measures = search.candidates("praise", null)
    windows, every = search.windows("praise", null)
    score = search.model.windows["praise", "accounts"].score(every)
    floor = search.model.floor["praise", "accounts"]
    assert len(episodes) >= 2
    assert (episodes.score >= floor).all()
    assert measures["window"].tolist() == episodes.score.tolist()
    best = int(np.argmax(episodes.score))
    # Five days lie in a window of seven.
    assert DAY + 597 <= episodes.first[best] <= DAY + 600
    assert DAY + 604 <= episodes.last[best] <= DAY + 607
    row = int(np.argmax(score))
    assert measures["x_dir"][best] == every["x_dir"][row]
    assert measures["last"][best] == windows.last[row]
    higher = replace(search.model, floor=dict.fromkeys(search.model.floor, float(np.median(episodes.score)) + 1e-9))
    fewer, _ = search.with_model(higher).candidates("praise", null)
    assert 0 < len(fewer) < len(episodes)
    assert search.model.floor["praise", "accounts"] == floor, "the first search is as it was"


def test_episodes_above_nought_in_order() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 5), crowd(15, 300, 5, rating=0.0, listing_key="p/09"))
    found = search_of(reviews).episodes(Answers(reviews))
    best = sorted(found, key=lambda each: -each.score)[:2]
    assert {(each.listing, each.direction) for each in best} == {(0, "praise"), (9, "blame")}
    assert all(each.score > 0.0 for each in found)
    assert found == sorted(found, key=lambda each: (each.listing, each.first, each.direction))


def test_texts_alike_raise_an_episode_and_an_occasion_lowers_it() -> None:
    def score(texts: list[str]) -> float:
        reviews = told(together(quiet_town(12), crowd(20, 600, 5, text=texts, language="en")))
        found = search_of(reviews).episodes(Answers(reviews))
        return max(each.score for each in found if each.listing == 0 and each.first >= DAY + 590)

    rng = np.random.default_rng(8)
    plain = [invented(rng) for _ in range(20)]
    alone = score(plain)
    assert score([TEMPLATE.format(n) for n in range(20)]) > alone + 2.0
    # Each in words of its own, so that the texts are no more alike than before.
    assert score([f"{text[-6:]} wedding {text[-12:-6]} {text}" for text in plain]) < alone - 1.0


def test_texts_are_left_unread_where_a_platform_has_hardly_any() -> None:
    texts = [TEMPLATE.format(n) for n in range(20)]
    reviews = together(quiet_town(), crowd(20, 600, 5, text=texts, language="en"))
    answers = Answers(reviews)
    search = search_of(reviews)
    found = search.episodes(answers)
    assert search.information == "accounts"
    assert answers.asked == 0
    assert all(each.pairs == each.texts == 0 and not each.close.any() for each in found)
    assert all(len(each.rows) == len(each.close) == len(each.partners) for each in found)


def test_class_shares_are_of_the_whole_platform() -> None:
    search = search_of(quiet_town(6))
    high, near = search.reviews["high"].to_numpy(), search.reviews["near"].to_numpy()
    newborn = search.reviews["newborn"].to_numpy() == 1
    shares = search.class_shares("praise")
    assert shares.sum() == pytest.approx(1.0)
    kinds = (high & ~newborn, high & newborn, near & ~newborn, near & newborn, ~high & ~near)
    assert shares == pytest.approx([mask.mean() for mask in kinds])


def lake_house(last_year: int, *, seed: int = 3) -> pd.DataFrame:
    """A listing with a review every tenth day, and every day for ninety days from 514 on and from a day before that."""
    days = np.sort(np.r_[np.arange(0, 800, 10), np.arange(last_year, last_year + 90), np.arange(514, 604)])
    rng = np.random.default_rng(seed)
    stars = rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], len(days), p=[0.06, 0.08, 0.16, 0.3, 0.4])
    said = {"rating": stars, "newborn": rng.random(len(days)) < 0.3}
    return reviews_of(DAY + days, listing_key="p/lake", city="town 1", **said)


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_house_that_opens_each_summer_surprises_less_in_its_second(seed: int) -> None:
    """Than in its first, and than one that had as many guests the year before, but in other weeks."""

    def surprise(last_year: int, first: int, name: str) -> float:
        search = search_of(together(quiet_town(), lake_house(last_year, seed=seed)))
        windows, measures = search.windows("praise", search.null())
        house = list(search.history.names).index("p/lake")
        own = (windows.listing == house) & (windows.last >= DAY + first) & (windows.last < DAY + first + 90)
        return float(measures[name][own].max())

    for name in ("x_dir", "x_all"):
        second = surprise(150, 514, name)
        assert second < surprise(150, 150, name) - 2.0
        assert second < surprise(300, 514, name) - 0.5


def test_kinds_are_by_direction_and_first_time_accounts() -> None:
    stars = [0.0, 0.25, 0.5, 0.75, 1.0] * 2
    search = search_of(reviews_of([DAY] * 10, rating=stars, newborn=[0] * 5 + [1] * 5, review_key=list("abcdefghij")))
    assert search.kinds["praise"].tolist() == [4, 4, 4, 2, 0, 4, 4, 4, 3, 1]
    # Both ends of the lower half are as low as it gets.
    assert search.kinds["blame"].tolist() == [0, 0, 4, 4, 4, 1, 1, 4, 4, 4]
    for direction in ("praise", "blame"):
        assert ((search.kinds[direction] < 4) == search.leans[direction]).all()
        assert search.class_shares(direction) == pytest.approx(np.bincount(search.kinds[direction], minlength=5) / 10)


def test_tails_of_every_stream_are_calibrated_surprises() -> None:
    search = search_of(together(quiet_town(), crowd(30, 600, 3)))
    tails = search.tails()
    assert set(tails) == set(STREAMS)
    assert len({len(values) for values in tails.values()}) == 1
    assert all((values >= 0.0).all() and np.isfinite(values).all() for values in tails.values())
    assert tails["new_high"].max() > 6.0 > tails["low"].max()


def growing() -> BurstModel:
    """A model that counts reviews and nothing else."""
    model = plain_model()
    cards = dict.fromkeys(model.windows, Scorecard(0.0, {"count": Curve((0.0, 100.0), (0.0, 100.0))}))
    return replace(model, windows=cards, offset=0.0)


def test_watch_gives_the_best_window_of_each_day() -> None:
    reviews = together(quiet_town(), crowd(20, 600, 5))
    days = np.arange(DAY + 590, DAY + 615)
    watched = search_of(reviews, growing()).watch(["p/00", "p/07", "p/none"], "praise", days, Answers(reviews))
    assert list(watched.columns) == ["listing_key", "day", "score"]
    assert set(watched["listing_key"]) <= {"p/00", "p/07"}
    assert not watched.duplicated(["listing_key", "day"]).any()
    stars = reviews[(reviews["listing_key"] == "p/00") & (reviews["rating"] == 1.0)]
    own = watched[watched["listing_key"] == "p/00"].set_index("day")["score"]
    assert {DAY + 601, DAY + 602, DAY + 603, DAY + 604} <= set(own.index) <= set(days)
    # By count alone the longest window is the best.
    for day in range(DAY + 601, DAY + 605):
        assert own[day] == stars["day_to"].between(day - 111, day).sum()


def test_watch_of_nobody_and_of_no_day() -> None:
    reviews = quiet_town(5)
    search, days = search_of(reviews), np.array([DAY + 700])
    for asked, when in [([], days), (["p/none"], days), (["p/01"], days[:0]), (["p/01"], days + 900)]:
        watched = search.watch(asked, "blame", when, Answers(reviews))
        assert list(watched.columns) == ["listing_key", "day", "score"]
        assert watched.empty


def hindsighted() -> BurstModel:
    """A model that believes in what doesn't last."""
    model, lasting = plain_model(), Curve((0.0, 0.25, 1.0), (3.0, 0.0, -3.0))
    cards = {key: Scorecard(card.intercept, {**card.curves, "lasting": lasting}) for key, card in model.windows.items()}
    return replace(model, windows=cards)


@pytest.mark.parametrize("later", ["silent", "strangers", "same hand"])
def test_watch_uses_nothing_of_the_listing_after_the_day(later: str) -> None:
    """Five weeks on, the listing has a second crowd."""
    early = together(
        quiet_town(), crowd(20, 600, 5, text=[TEMPLATE.format(n) for n in range(20)] if later != "silent" else "")
    )
    more = crowd(40, 640, 80)
    if later != "silent":
        early, more = told(early), told(more, 9)
    if later == "same hand":
        more["text"] = [TEMPLATE.format(n) for n in range(40)]
    late = together(early, more)
    days, asked = np.arange(DAY + 560, DAY + 605), ["p/00", "p/01", "p/02"]
    model = hindsighted()
    before, after = (search_of(part, model).watch(asked, "praise", days, Answers(part)) for part in (early, late))
    pd.testing.assert_frame_equal(before[["listing_key", "day"]], after[["listing_key", "day"]])
    assert before["score"].max() > 5.0
    assert before["score"].min() == 0.0
    # What the platform as a whole says moves a little: it has 40 reviews more.
    assert after["score"].to_numpy() == pytest.approx(before["score"].to_numpy(), abs=0.15)
