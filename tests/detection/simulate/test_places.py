import numpy as np
import pytest

from detection.simulate.places import draw_towns, kilometres, listing_names, spread


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


def test_kilometres_are_those_of_the_great_circle() -> None:
    rome, paris, berlin = (41.9028, 12.4964), (48.8566, 2.3522), (52.52, 13.405)
    away = kilometres(*rome, np.array([paris[0], berlin[0], rome[0]]), np.array([paris[1], berlin[1], rome[1]]))
    assert away == pytest.approx([1105, 1182, 0], abs=3)
    assert kilometres(0.0, 179.5, np.array([0.0]), np.array([-179.5])) == pytest.approx([111.2], abs=0.1)


def test_towns_lie_as_far_apart_as_those_of_real_countries() -> None:
    towns = draw_towns(np.random.default_rng(1), 40, ("IT", "DE", "GB", "FR", "AT", "ES", "CH"))
    at = np.array([(town.latitude, town.longitude) for town in towns])
    away = kilometres(at[:, :1], at[:, 1:], at[:, 0], at[:, 1])[np.triu_indices(40, 1)]
    assert away.max() < 2300
    assert 0.6 < (away > 300).mean() < 0.95
    assert (away < 100).any()
