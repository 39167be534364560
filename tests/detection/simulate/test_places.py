import numpy as np
import pytest

from detection.simulate.places import draw_towns, listing_names, spread


def test_many_towns_all_have_names_of_their_own() -> None:
    towns = draw_towns(np.random.default_rng(1), 120, ("IT", "GB"))
    assert len({town.name for town in towns}) == 120
    assert [town.country for town in towns[:3]] == ["IT", "GB", "IT"]
    assert all(sum(share for _, share in town.languages) == pytest.approx(1) for town in towns)
    assert all(50.9 < town.latitude < 55.1 for town in towns[1::2])


def test_every_town_gets_a_listing_and_shares_are_kept() -> None:
    shares = np.array([0.7, 0.2, 0.1])
    drawn = spread(np.random.default_rng(2), 3000, shares)
    assert np.bincount(drawn) / 3000 == pytest.approx(shares, abs=0.04)
    assert set(spread(np.random.default_rng(3), 3, shares)) == {0, 1, 2}


def test_names_are_in_the_towns_language() -> None:
    towns = draw_towns(np.random.default_rng(4), 1, ("FR",))
    names = listing_names(np.random.default_rng(5), [towns[0]] * 12, np.array([True, False] * 6))
    assert len(set(names)) == 12
    assert all(name.split()[0] in {"Hôtel", "Auberge", "Relais"} for name in names[::2])
    assert all(name.split()[0] in {"Bistrot", "Chez", "Brasserie"} for name in names[1::2])
