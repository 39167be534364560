import json
from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from detection.collusion import LISTING, PLACE, TOWN, Collusion
from detection.crowds import Crowds
from detection.group_evidence import Group, cells
from detection.protocol import Night
from detection.reciprocity import find_reciprocity
from store.frames import OWNERS, build, empty
from tests.detection.test_group_ratings import partials_of, role
from tests.detection.test_group_texts import Answers
from tests.detection.worlds import AS_OF, DAY, findings, reviews_of

LISTINGS, TOWNS = 300, 10
# One in each of six towns.
CIRCLE = (10, 21, 32, 43, 54, 65)
Visit = tuple[int, int, float]


def reviews_by_owners(visits: Iterable[Visit], *, habit: int = 3, platform: str = "p") -> pd.DataFrame:
    """Listing i lies in town i % 10 and is owner i's; (owner, listing, rating) beside guests and owners' outings."""
    rng = np.random.default_rng(9)
    rows = [(f"{platform}/u{at}", at % LISTINGS, float(star)) for at, star in enumerate(rng.integers(0, 5, 6_000) / 4)]
    for owner in range(60):
        # Ordinary places in the owner's own town, none of which is an owner's with an account.
        places = 60 + 10 * rng.choice(24, habit, replace=False) + owner % TOWNS
        rows += [(f"{platform}/o{owner}", int(place), 0.75) for place in places]
    rows += [(f"{platform}/o{owner}", place, rating) for owner, place, rating in visits]
    return reviews_of(
        DAY + rng.integers(0, 700, len(rows)),
        listing_key=[f"p/{place:03d}" for _, place, _ in rows],
        city=[f"town {place % TOWNS}" for _, place, _ in rows],
        reviewer_key=[account for account, *_ in rows],
        rating=[rating for *_, rating in rows],
        review_key=[f"r{at:05d}" for at in range(len(rows))],
    )


def table(*more: tuple[str, int, str | None], owners: int = LISTINGS) -> pd.DataFrame:
    """Owner i owns listing i and is account o<i>; more rows: owner, listing, account."""
    rows = [(f"owner {at:03d}", at, f"p/o{at}") for at in range(owners)] + list(more)
    owner, listing, account = zip(*rows, strict=True) if rows else ((), (), ())
    keys = [f"p/{place:03d}" for place in listing]
    return build({"owner": list(owner), "listing_key": keys, "reviewer_key": list(account)}, OWNERS)


def found(reviews: pd.DataFrame, owners: pd.DataFrame) -> list[Group]:
    partials = partials_of(reviews)
    crowds = Crowds.of(role(partials, TOWN), role(partials, LISTING))
    return find_reciprocity(Night(AS_OF, Answers(reviews), owners=owners), crowds, role(partials, PLACE))


def circle(rating: float = 1.0, among: Iterable[int] = CIRCLE) -> list[Visit]:
    return [(one, other, rating) for one, other in permutations(among, 2)]


def told(group: Group) -> tuple[float, float, str, str]:
    return group.score, group.effect, group.subject, json.dumps(group.facts, sort_keys=True)


def test_six_owners_who_praise_one_another() -> None:
    visits = circle()
    reviews = reviews_by_owners(visits)
    (group,) = found(reviews, table())
    facts = group.facts
    assert set(facts) == {
        "accounts", "listings", "cells", "kind", "owners", "praises", "own", "returned", "expected"
    }  # fmt: skip
    assert json.loads(json.dumps(facts)) == facts
    assert facts["kind"] == "reciprocity"
    assert sorted(facts["accounts"]) == [f"p/o{owner}" for owner in CIRCLE]
    assert sorted(facts["listings"]) == [f"p/{owner:03d}" for owner in CIRCLE]
    assert (facts["owners"], facts["praises"], facts["returned"], facts["own"]) == (6, 30, 15, 0)
    assert 0 < facts["expected"] < 3
    assert group.effect == pytest.approx(15 / facts["expected"], rel=1e-5)
    assert facts["cells"] == cells(group.reviews)["cells"]
    planted = set(reviews["review_key"].iloc[-len(visits) :])
    assert set(group.reviews["review_key"]) == planted
    assert group.reviews["weight"].between(0.5, 1.0, inclusive="right").all()
    assert group.score > 10.0
    first = group.reviews.sort_values(["day_to", "review_key"])["review_key"].iloc[0]
    assert group.subject == f"owners {first}"


def test_a_table_without_rows_or_without_accounts() -> None:
    reviews = reviews_by_owners(circle())
    assert found(reviews, empty(OWNERS)) == []
    assert found(reviews, table().assign(reviewer_key=pd.Series([None] * LISTINGS, dtype="str"))) == []
    # Half of the circle is known.
    half = table()
    half["reviewer_key"] = half["reviewer_key"].where(~half.index.isin(CIRCLE[3:]))
    (group,) = found(reviews, half)
    assert (group.facts["owners"], group.facts["returned"]) == (3, 3)


def test_accounts_that_never_wrote_and_listings_that_nobody_knows() -> None:
    reviews = reviews_by_owners(circle())
    strangers = [("owner 400", 400, "p/nobody"), ("owner 021", 401, None), ("owner 010", 402, "p/o10")]
    (group,), (plain,) = found(reviews, table(*strangers)), found(reviews, table())
    assert group.facts == plain.facts
    assert group.score == pytest.approx(plain.score, abs=0.01), "one owner more to choose from"
    nobody = build({"owner": ["a", "b"], "listing_key": ["p/800", "p/801"], "reviewer_key": ["p/x", "p/y"]}, OWNERS)
    assert found(reviews, nobody) == []


def test_one_neighbourly_pair_is_nothing() -> None:
    pair = circle(among=(10, 20))
    assert found(reviews_by_owners(pair), table()) == []
    # The same table, six who do so: the pair is not what was too little.
    assert found(reviews_by_owners(circle()), table())


def test_praise_that_nobody_returned_is_nothing() -> None:
    assert found(reviews_by_owners([(one, other, 1.0) for one in CIRCLE for other in range(70, 75)]), table()) == []
    once = [(one, other, 1.0) for one, other in permutations(CIRCLE, 2) if one < other]
    assert found(reviews_by_owners(once), table()) == []


@pytest.mark.parametrize("rating", [0.0, 0.5])
def test_blame_is_no_praise(rating: float) -> None:
    assert found(reviews_by_owners(circle(rating)), table()) == []
    one_way = [(one, other, 1.0 if one < other else rating) for one, other in permutations(CIRCLE, 2)]
    assert found(reviews_by_owners(one_way), table()) == []


def test_praise_of_ones_own() -> None:
    """An owner who praises three places of his own, in towns where he never writes else; once might be chance."""
    own = [(10, place, 1.0) for place in (15, 40, 55)]
    few = table(*(("owner 010", place, None) for _, place, _ in own), owners=0)
    few = pd.concat([few, table().iloc[10:12]], ignore_index=True)
    (group,) = found(reviews_by_owners(own), few)
    assert (group.facts["own"], group.facts["returned"], group.facts["owners"], group.facts["praises"]) == (1, 0, 1, 3)
    assert group.facts["accounts"] == ["p/o10"]
    assert found(reviews_by_owners([(10, 15, 1.0)]), few) == []
    assert found(reviews_by_owners([(10, place, 0.25) for _, place, _ in own]), few) == []


def test_all_praise_of_several_listings_is_inside() -> None:
    """Each of the circle has a second place in the next town, which the others praise too."""
    seconds = [(f"owner {owner:03d}", 100 + owner, None) for owner in CIRCLE]
    visits = [*circle(), *((one, 100 + other, 1.0) for one, other in permutations(CIRCLE, 2))]
    reviews = reviews_by_owners(visits)
    (group,) = found(reviews, table(*seconds))
    theirs = reviews["listing_key"].isin([f"p/{more + owner:03d}" for owner in CIRCLE for more in (0, 100)])
    praise = reviews[theirs & reviews["reviewer_key"].isin([f"p/o{owner}" for owner in CIRCLE])]
    assert len(praise) >= 60
    assert sorted(group.reviews["review_key"]) == sorted(praise["review_key"])
    assert (group.facts["owners"], group.facts["returned"]) == (6, 15)
    assert (group.facts["praises"], len(group.facts["listings"])) == (len(praise), 12)


def test_a_listing_of_two_owners_is_praised_once() -> None:
    partner = ("owner 021", CIRCLE[0], None)
    (group,) = found(reviews_by_owners(circle()), table(partner))
    assert len(group.reviews) == group.reviews["review_key"].nunique() == group.facts["praises"]
    assert group.facts["owners"] == 6


def test_an_owner_with_accounts_on_several_platforms_is_one() -> None:
    """Half of each owner's praise comes from another account."""
    reviews = reviews_by_owners(circle())
    at = reviews.index[-30:][::2]
    reviews.loc[at, "reviewer_key"] = "q/" + reviews.loc[at, "reviewer_key"].str[2:]
    second = [(f"owner {owner:03d}", owner, f"q/o{owner}") for owner in CIRCLE]
    (group,) = found(reviews, table(*second))
    assert (group.facts["owners"], group.facts["returned"], group.facts["praises"]) == (6, 15, 30)
    assert {account[0] for account in group.facts["accounts"]} == {"p", "q"}


def test_two_circles_are_two_groups() -> None:
    other = (7, 18, 29, 36, 45, 52)
    groups = found(reviews_by_owners([*circle(), *circle(among=other)]), table())
    assert sorted(sorted(group.facts["accounts"]) for group in groups) == sorted(
        sorted(f"p/o{owner}" for owner in each) for each in (CIRCLE, other)
    )


def test_habit_makes_praise_likelier() -> None:
    """Owners of one town who go about it all the time return praise by chance."""
    neighbours = (10, 20, 30, 40)
    scores, expected = [], []
    for habit in (1, 8, 20):
        groups = found(reviews_by_owners(circle(among=neighbours), habit=habit), table().iloc[:60])
        scores.append(groups[0].score if groups else 0.0)
        expected.append(groups[0].facts["expected"] if groups else np.inf)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2]
    assert expected == sorted(expected)
    assert expected[0] < expected[1]


def test_rows_twice_or_shuffled_change_nothing() -> None:
    reviews = reviews_by_owners(circle())
    shared = [("owner 299", 10, "p/o10"), ("owner 021", 43, None)]
    owners = table(*shared)
    plain = [told(group) for group in found(reviews, owners)]
    assert plain
    twice = pd.concat([owners, owners.iloc[5:90]], ignore_index=True)
    assert [told(group) for group in found(reviews, twice)] == plain
    for seed in range(3):
        mixed = owners.sample(frac=1.0, random_state=seed, ignore_index=True)
        stored = reviews.sample(frac=1.0, random_state=seed, ignore_index=True)
        assert [told(group) for group in found(stored, mixed)] == plain


def test_collusion_tells_of_it_as_a_group() -> None:
    reviews = reviews_by_owners(circle())
    assert findings(Collusion(), reviews).evidence.empty, "without the table it is nothing to see"
    partials, detector = partials_of(reviews), Collusion(false_groups_per_100k_accounts=1e9)
    answer = detector.conclude(partials, Night(AS_OF, Answers(reviews), owners=table()))
    facts = [json.loads(each) for each in answer.evidence["facts"]]
    (at,) = [at for at, each in enumerate(facts) if each["kind"] == "reciprocity"]
    row = answer.evidence.iloc[at]
    assert (row["subject_kind"], row["n_reviews"]) == ("group", 30)
    assert facts[at]["false_groups_per_100k_accounts"] >= 0
    inside = answer.members[answer.members["evidence_key"] == row["evidence_key"]]
    assert len(inside) == 30
    assert inside["weight"].between(0.0, 1.0, inclusive="right").all()
