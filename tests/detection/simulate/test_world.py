import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from detection.simulate.world import Source, Spec, World, build_world

SPEC = Spec(start=dt.date(2024, 1, 1), days=730, sources=(Source(slug="alpha", listings=300),), towns=8)


def built(spec: Spec = SPEC, seed: int = 1) -> World:
    return build_world(spec, np.random.default_rng(seed))


def test_the_listings_expect_the_mean_number_of_reviews_a_year() -> None:
    world = built()
    assert world.yearly_rate.mean() == pytest.approx(SPEC.reviews_per_listing_year)
    assert world.intensity.shape == (300, 730)
    assert world.intensity.sum() / (300 * 730 / 365.25) == pytest.approx(SPEC.reviews_per_listing_year, rel=0.2)
    assert (world.intensity > 0).all()


def test_the_tail_spreads_the_rates() -> None:
    wide, narrow = built(), built(replace(SPEC, rate_tail=4.0))
    assert np.quantile(wide.yearly_rate, 0.99) > 2 * np.quantile(narrow.yearly_rate, 0.99)


def test_the_noise_follows_its_knobs() -> None:
    calm = built(replace(SPEC, weekly_sd=0.0, daily_shape=1e6))

    def roughness(world: World) -> float:
        weekly = world.intensity[:, :728].reshape(300, -1, 7).sum(axis=2)
        return float(np.diff(np.log(weekly), axis=1).std())

    assert roughness(calm) < 0.5 * roughness(built())


def test_every_town_has_listings_and_lies_in_its_country() -> None:
    world = built()
    assert set(world.town) == set(range(8))
    assert len({town.name for town in world.towns}) == 8
    assert [town.country for town in world.towns[:3]] == ["IT", "DE", "GB"]
    italy = world.towns[0]
    assert 43 < italy.latitude < 46.1
    assert 8.5 < italy.longitude < 12.3
    assert sum(share for _, share in italy.languages) == pytest.approx(1)
    assert italy.languages[0][0] == "it"
    near = world.town == 0
    assert np.abs(world.latitude[near] - italy.latitude).max() < 0.1


def test_hotels_have_a_season() -> None:
    world = built(replace(SPEC, weekly_sd=0.0))
    monthly = world.intensity[world.hotel][:, :720].reshape(int(world.hotel.sum()), 24, 30).sum(axis=2)
    assert np.median(monthly.max(axis=1) / monthly.min(axis=1)) > 2


def test_a_small_world_repeats_no_name() -> None:
    sources = (Source(slug="alpha", listings=26), Source(slug="beta", listings=18))
    world = built(replace(SPEC, sources=sources, towns=3))
    assert len(set(world.name)) == 44
    assert list(world.on(1)) == list(range(26, 44))


def test_the_seed_decides() -> None:
    assert np.array_equal(built().intensity, built().intensity)
    assert not np.array_equal(built().intensity, built(seed=2).intensity)
