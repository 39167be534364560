from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from detection.arrays import Ints
from detection.group_texts import GroupTexts, read_texts
from detection.hashing import hashed
from detection.simulate.frames import review_frame, true_events
from detection.simulate.platform import large_spec, simulate
from detection.simulate.world import Attack
from tests.detection.text.test_likeness import TEMPLATE, strangers
from tests.detection.worlds import DAY, reviews_of

ACCOUNTS, PLACES = 5, 4
LANGUAGES = ("en", "de", "fr", "it", "es")
THINGS = ("view", "pool", "garden", "lobby", "terrace")
PHRASES = (
    "Parking is tight but breakfast on the balcony over the harbour makes up for every bit of it",
    "Our daughter lost a tooth here and the cook brought her ice cream without being asked twice",
    "Thin walls again, the neighbours watched football until midnight while we counted sheep",
    "Solid value for a business stop between two trains, desk lamp broken, wifi quick enough",
    "Somebody finally repaired that squeaking lift which had greeted guests since the nineties",
)


class Answers:
    """A snapshot in memory."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        self.reviews = reviews

    def where(self, column: str, hashes: Ints, columns: tuple[str, ...]) -> pd.DataFrame:
        told = self.reviews[np.isin(hashed(self.reviews[column]), hashes)]
        return told.sort_values(["listing_key", "day_to", "review_key"], ignore_index=True)[list(columns)]


def store(
    says: Callable[[int, int], str], *, everybody: str = "", language: Callable[[int], str] = lambda _: "en"
) -> pd.DataFrame:
    """Five accounts (group-) at four listings, and guests at ten; ``says`` is told account and listing.

    Everybody else says something of his own and what ``everybody`` says.
    """
    own = strangers(300, seed=3)
    rows = [(number % 10, f"p/u{number}", own[number] + everybody, "en", f"usual{number:03d}") for number in range(300)]
    rows += [
        (place, f"p/g{account}", says(account, place), language(account), f"group{account}{place}")
        for account in range(ACCOUNTS)
        for place in range(PLACES)
    ]
    listing, account, text, spoken, key = (list(each) for each in zip(*rows, strict=True))
    return reviews_of(
        DAY + np.random.default_rng(1).integers(0, 400, len(rows)),
        listing_key=[f"p/{place}" for place in listing],
        reviewer_key=account,
        text=text,
        language=spoken,
        review_key=key,
    )


def in_group(reviews: pd.DataFrame) -> pd.DataFrame:
    return reviews[reviews["review_key"].str.startswith("group")]


def compared(reviews: pd.DataFrame) -> GroupTexts:
    return read_texts([in_group(reviews)], Answers(reviews))


def of_their_own(seed: int) -> Callable[[int, int], str]:
    own = strangers(ACCOUNTS * PLACES, seed=seed)
    return lambda account, place: own[account * PLACES + place]


def test_one_template_over_all_accounts_lifts() -> None:
    found = compared(store(lambda account, place: TEMPLATE.format(THINGS[(account + place) % 5])))
    assert (found.texts[0], found.alike[0]) == (20, 20)
    assert found.decades[0] > 8.0


def test_two_accounts_that_say_alike_are_two() -> None:
    own = of_their_own(11)
    found = compared(store(lambda account, place: TEMPLATE.format(place) if account < 2 else own(account, place)))
    alone = compared(store(own))
    assert found.texts[0] == alone.texts[0] == 20
    assert 8 <= found.alike[0] <= alone.alike[0] + 8
    assert found.decades[0] > alone.decades[0] + 2.0


def test_somebody_who_repeats_himself_is_not_alike_to_others() -> None:
    found = compared(store(lambda account, _: PHRASES[account]))
    assert (found.texts[0], found.alike[0], found.decades[0]) == (20, 0, 0.0)


@pytest.mark.parametrize("seed", range(20, 26))
def test_texts_of_their_own_are_not_alike(seed: int) -> None:
    found = compared(store(of_their_own(seed)))
    assert found.texts[0] == 20
    assert found.decades[0] < 1.5


@pytest.mark.parametrize("seed", range(30, 34))
def test_many_texts_of_their_own_at_few_places_are_not_alike(seed: int) -> None:
    """Honest groups' pairs of texts hang together: a threshold learned on few must not speak for thousands."""
    reviews = store(lambda *_: "")
    own = strangers(150, seed=seed)
    everywhere = np.arange(150) % PLACES
    group = reviews_of(
        np.full(150, DAY + 300),
        listing_key=[f"p/{place}" for place in everywhere],
        reviewer_key=[f"p/g{number % 30}" for number in range(150)],
        text=own,
        language="en",
        review_key=[f"many{number:03d}" for number in range(150)],
    )
    found = read_texts([group], Answers(pd.concat([reviews, group], ignore_index=True)))
    assert found.texts[0] == 150
    assert found.decades[0] < 2.0


def test_what_everybody_says_is_nothing() -> None:
    often = ". We came by train, dropped our bags at the desk and went straight down to the lake for a swim"
    own = of_their_own(13)
    say: Callable[[int, int], str] = lambda account, place: own(account, place) + often  # noqa: E731
    assert compared(store(say, everybody=often)).decades[0] < 1.5
    assert compared(store(say)).decades[0] > 5.0


def test_languages_are_not_compared() -> None:
    found = compared(store(lambda _, place: TEMPLATE.format(place), language=lambda account: LANGUAGES[account]))
    assert (found.texts[0], found.alike[0], found.decades[0]) == (0, 0, 0.0)


def test_without_texts_there_is_nothing() -> None:
    silent = store(lambda *_: "").assign(text="", language="und")
    for reviews in (store(lambda *_: ""), silent):
        found = compared(reviews)
        assert (found.texts[0], found.alike[0], found.decades[0]) == (0, 0, 0.0)
    none = read_texts([], Answers(silent))
    assert (len(none.texts), len(none.alike), len(none.decades)) == (0, 0, 0)


def test_a_review_in_two_groups_counts_in_the_first() -> None:
    reviews = store(lambda _, place: TEMPLATE.format(place))
    inside = in_group(reviews)
    first = inside[inside["review_key"].str[5].isin(list("012"))]
    second = inside[inside["review_key"].str[5].isin(list("234"))]
    found = read_texts([first, second, first], Answers(reviews))
    assert found.texts.tolist() == [12, 8, 0]
    assert found.alike.tolist() == [12, 8, 0]
    assert found.decades[2] == 0.0
    assert (found.decades[:2] > 3.0).all()


def test_each_group_is_read_for_itself() -> None:
    own = of_their_own(14)
    reviews = store(lambda account, place: TEMPLATE.format(place) if account < 3 else own(account, place))
    inside = in_group(reviews)
    alike = inside["review_key"].str[5].isin(list("012"))
    found = read_texts([inside[~alike], inside[alike]], Answers(reviews))
    assert found.texts.tolist() == [8, 12]
    assert found.decades[0] < 1.5 < found.decades[1]


def test_the_order_of_the_store_leaves_no_trace() -> None:
    own = of_their_own(15)
    reviews = store(lambda account, place: TEMPLATE.format(place) if account < 3 else own(account, place))
    shuffled = reviews.sample(frac=1.0, random_state=2, ignore_index=True)
    one, other = compared(reviews), compared(shuffled)
    assert (one.texts.tolist(), one.alike.tolist()) == (other.texts.tolist(), other.alike.tolist())
    assert one.decades.tolist() == other.decades.tolist()


def test_on_simulated_texts_honest_groups_are_quiet() -> None:
    """Groups of accounts that met by chance, beside the planted campaign's."""
    spec = large_spec(listings=40, days=500, attacks=(Attack(kind="ring", strength=5),), texts=True)
    platform = simulate(spec, 3)
    reviews, truth = review_frame(platform), true_events(platform)
    planted = reviews["review_key"].isin(truth.loc[truth["planted"], "review_key"])
    honest = reviews[~planted & reviews["reviewer_key"].notna() & reviews["text"].ne("")]
    groups = [
        honest[honest["listing_key"].isin(listings)].groupby("listing_key").head(5)
        for listings in np.array_split(honest["listing_key"].unique(), 10)
    ]
    assert len(groups) == 10
    assert min(len(group) for group in groups) >= 10
    found = read_texts([*groups, reviews[planted]], Answers(reviews))
    assert np.sort(found.decades[:10])[-2] < 2.0
    assert found.decades[:10].max() < 4.0 < found.decades[10]
