import pandas as pd
import pytest

from detection.simulate.attacks import EXTREME_SHARE, NEWBORN_SHARE, SIZES, SWAPPED_SHARE, grid
from detection.simulate.platform import Platform, large_spec, simulate
from detection.simulate.world import Attack, AttackKind

CROWDS = ("burst", "aged", "drip", "bombing", "boosting", "season_drip")
PLANTED = (
    *grid(CROWDS, each=1),
    *grid(("templates",), each=1),
    Attack(kind="swapped", strength=4),
)


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(large_spec(listings=500, attacks=PLANTED), seed=11)


def event(platform: Platform, kind: str, strength: int) -> pd.Series:
    chosen = platform.events[(platform.events["kind"] == kind) & (platform.events["strength"] == strength)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def reviews_of(platform: Platform, happening: pd.Series) -> pd.DataFrame:
    ids = platform.truth["review_id"][platform.truth["event_id"] == happening["event_id"]]
    return platform.reviews[platform.reviews["review_id"].isin(ids)]


@pytest.mark.parametrize("strength", [5, 4, 3, 2, 1])
@pytest.mark.parametrize("kind", CROWDS)
def test_a_crowd_has_the_size_days_stars_and_accounts_of_its_strength(
    platform: Platform, kind: str, strength: int
) -> None:
    happening = event(platform, kind, strength)
    planted = reviews_of(platform, happening)
    number, length = SIZES[kind][strength]
    assert len(planted) == number == happening["reviews"]
    assert planted["listing_id"].nunique() == 1
    assert (planted["published"].max() - planted["published"].min()).days < length
    extreme = 1.0 if kind == "bombing" else 5.0
    assert (planted["rating"] == extreme).sum() == round(EXTREME_SHARE[strength] * number)
    earlier = platform.reviews.groupby("reviewer_id")["published"].min()
    new = planted["reviewer_id"].map(earlier) == planted["published"]
    assert new.sum() == (0 if kind == "aged" else round(NEWBORN_SHARE[strength] * number))
    assert planted["reviewer_id"].nunique() == number


def test_the_research_page_fixes_the_sizes() -> None:
    assert [SIZES["burst"][s][0] for s in (5, 4, 3, 2, 1)] == [40, 20, 12, 8, 5]
    assert [SIZES["drip"][s] for s in (5, 4, 3, 2, 1)] == [(n, 120) for n in (70, 34, 24, 17, 10)]
    assert SIZES["aged"] == SIZES["burst"]
    assert [SIZES["bombing"][s][0] for s in (5, 4, 3, 2, 1)] == [30, 15, 9, 6, 4]
    assert [SIZES["boosting"][s][0] for s in (5, 4, 3, 2, 1)] == [30, 20, 14, 10, 7]


def test_no_two_attacks_share_a_listing(platform: Platform) -> None:
    crowds = platform.events[platform.events["planted"] & (platform.events["kind"] != "swapped")]
    targets = [listing for listings in crowds["listing_ids"] for listing in listings]
    assert len(targets) == len(set(targets))


def test_a_template_spreads_over_listings_of_one_kind_under_new_names(platform: Platform) -> None:
    planted = reviews_of(platform, event(platform, "templates", 4))
    assert len(planted) == planted["listing_id"].nunique() == planted["reviewer_id"].nunique() == 25
    assert planted["listing_kind"].nunique() == 1


@pytest.mark.parametrize("strength", [5, 4])
def test_praise_covers_a_fault_that_guests_report(platform: Platform, strength: int) -> None:
    happening = event(platform, "boosting", strength)
    faults = platform.events[platform.events["kind"] == "building_work"]
    fault = faults[faults["listing_ids"] == happening["listing_ids"]].iloc[0]
    assert not fault["planted"]
    complaints = reviews_of(platform, fault)
    usual = platform.reviews[
        (platform.reviews["listing_id"] == happening["listing_ids"][0])
        & ~platform.reviews["review_id"].isin(platform.truth["review_id"])
    ]
    assert len(complaints) >= 4
    assert complaints["rating"].mean() < usual["rating"].mean() - 1.2


def test_a_slow_burn_hides_in_high_season(platform: Platform) -> None:
    shares = []
    for strength in (5, 4, 3, 2, 1):
        happening = event(platform, "season_drip", strength)
        listing = platform.listings.set_index("listing_id").loc[happening["listing_ids"][0]]
        town = platform.reviews[
            (platform.reviews["city"] == listing["city"])
            & (platform.reviews["listing_kind"] == listing["listing_kind"])
            & (platform.reviews["published"] >= platform.reviews["published"].min() + pd.Timedelta(days=365))
        ]["published"]
        length = (happening["end"] - happening["start"]).days + 1
        during = town.between(happening["start"], happening["end"]).sum() / length
        shares.append(during / (len(town) / 730))
    assert sum(shares) / len(shares) > 1.1


def test_a_swapped_rating_stands_at_the_other_end() -> None:
    plain = simulate(large_spec(listings=60), seed=4)
    made = simulate(large_spec(listings=60, attacks=(Attack(kind="swapped", strength=4),)), seed=4)
    before, after = (m.reviews.set_index("review_id")["rating"] for m in (plain, made))
    changed = before.index[before != after]
    assert set(changed) == set(reviews_of(made, event(made, "swapped", 4))["review_id"])
    assert (before[changed] + after[changed] == 6).all()
    assert len(changed) == round(SWAPPED_SHARE[4] * len(before))


def test_an_attack_can_be_told_when_and_where() -> None:
    spec = large_spec(listings=60, attacks=(Attack(kind="drip", strength=3, start_day=1095 - 50),))
    made = simulate(spec, seed=6)
    happening = event(made, "drip", 3)
    assert happening["reviews"] == 24
    assert happening["start"] >= pd.Timestamp(spec.start) + pd.Timedelta(days=1045)
    assert happening["end"] <= pd.Timestamp(spec.start) + pd.Timedelta(days=1094)


def test_an_attack_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="strength"):
        Attack(kind="burst", strength=6)
    with pytest.raises(ValueError, match="camouflage"):
        Attack(kind="ring", strength=5, camouflage=1.0)
    with pytest.raises(ValueError, match="only rings"):
        Attack(kind="burst", strength=5, blame=True)
    with pytest.raises(ValueError, match="only rings"):
        Attack(kind="hired", strength=5, one_town=True)
    with pytest.raises(ValueError, match="nowhere"):
        simulate(large_spec(listings=20, days=200, attacks=(Attack(kind="burst", strength=5, platform="nowhere"),)), 1)


def test_the_grid_counts() -> None:
    planned = grid(("burst", "drip"), each=3, strengths=(5, 1))
    assert len(planned) == 12
    assert {(a.kind, a.strength) for a in planned} == {(k, s) for k in ("burst", "drip") for s in (5, 1)}


@pytest.mark.parametrize(("kind", "ordinary"), [("burst", {3.0, 4.0}), ("bombing", {2.0, 3.0})])
def test_camouflage_of_a_crowd_is_its_share_of_aged_accounts_with_ordinary_stars(
    kind: AttackKind, ordinary: set[float]
) -> None:
    made = simulate(large_spec(listings=120, attacks=grid((kind,), each=1, strengths=(5,), camouflage=0.4)), seed=8)
    planted = reviews_of(made, event(made, kind, 5))
    number = SIZES[kind][5][0]
    earlier = made.reviews.groupby("reviewer_id")["published"].min()
    aged = planted["reviewer_id"].map(earlier) < planted["published"]
    assert len(planted) == number
    assert aged.sum() == round(0.4 * number)
    assert set(planted.loc[aged, "rating"]) == ordinary
    assert set(planted.loc[~aged, "rating"]) == ({1.0} if kind == "bombing" else {5.0})


def test_aged_accounts_write_harmlessly_elsewhere_before(platform: Platform) -> None:
    planted = reviews_of(platform, event(platform, "aged", 4))
    theirs = platform.reviews[platform.reviews["reviewer_id"].isin(planted["reviewer_id"])]
    before = theirs[~theirs["review_id"].isin(planted["review_id"])]
    assert (before["published"] < planted["published"].min()).all()
    assert before["listing_id"].nunique() > 10
    assert not set(before["listing_id"]) & set(planted["listing_id"])
    assert before["rating"].mean() < 4.6
    swapped = platform.events.loc[platform.events["kind"] == "swapped", "event_id"]
    of_event = platform.truth[~platform.truth["event_id"].isin(swapped)]
    assert not before["review_id"].isin(of_event["review_id"]).any()
