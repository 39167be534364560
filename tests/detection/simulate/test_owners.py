import numpy as np
import pytest

from detection.simulate.attacks import grid
from detection.simulate.company import with_company
from detection.simulate.owners import OF_SEVERAL, OWNED
from detection.simulate.platform import Platform, large_spec, simulate


@pytest.fixture(scope="module")
def platform() -> Platform:
    return simulate(with_company(large_spec(listings=900, attacks=grid(("owners",), each=1))), seed=5)


def test_who_is_known_to_own_what_is_on_file(platform: Platform) -> None:
    owners = platform.owners
    assert list(owners.columns) == ["platform", "listing_id", "owner", "reviewer_id"]
    assert owners["listing_id"].is_unique
    on_file = owners.set_index("listing_id")
    writers = platform.events[platform.events["kind"].isin(["owners", "owner_neighbours"])]
    assert len(writers) > 15
    for event in writers.itertuples():
        assert on_file.loc[list(event.listing_ids), "reviewer_id"].tolist() == list(event.reviewer_ids)
        assert on_file.loc[list(event.listing_ids), "owner"].is_unique


def test_others_have_an_owner_without_an_account_and_some_have_several(platform: Platform) -> None:
    owners = platform.owners
    silent = owners[owners["reviewer_id"].isna()]
    assert len(silent) == pytest.approx(OWNED * (900 - owners["reviewer_id"].notna().sum()), abs=1)
    assert 1 - silent["owner"].nunique() / len(silent) == pytest.approx(OF_SEVERAL, abs=0.07)
    assert not set(silent["owner"]) & set(owners.loc[owners["reviewer_id"].notna(), "owner"])


def test_neighbours_review_as_everybody_and_one_another_now_and_then(platform: Platform) -> None:
    neighbours = platform.events[platform.events["kind"] == "owner_neighbours"]
    towns = platform.listings.set_index("listing_id")["city"]
    ratings = []
    for event in neighbours.itertuples():
        assert towns[list(event.listing_ids)].nunique() == 1
        theirs = platform.reviews[platform.reviews["reviewer_id"].isin(event.reviewer_ids)]
        praise = theirs[theirs["listing_id"].isin(event.listing_ids)]
        assert 1 <= event.reviews <= len(event.reviewer_ids)
        assert len(theirs) > 2 * len(praise)
        own = dict(zip(event.listing_ids, event.reviewer_ids, strict=True))
        marked = praise[praise["review_id"].isin(platform.truth["review_id"])]
        assert (marked["listing_id"].map(own) != marked["reviewer_id"]).all()
        ratings += marked["rating"].tolist()
    assert np.mean(np.array(ratings) == 5) < 0.8
