import gzip
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from detection.simulate.fit import Knobs, draw, fit, follow, main, mean, read, simulated, table, world
from detection.simulate.moments import measure
from detection.simulate.platform import FITTED, ROUGH, large_spec, rough_spec
from detection.simulate.world import Spec

CALM = replace(Knobs(), weekly_sd=0.1, daily_shape=80.0, rate=60.0, events=0.3, once=0.3, day_sd=0.02)


def rows(path: Path, number: int = 6000) -> Path:
    """A file of reviews by accounts of two or three reviews, every tenth not recommended."""
    rng = np.random.default_rng(7)
    days = np.datetime64("2011-01-01") + np.sort(rng.integers(0, 1400, number))
    lines = [
        f"{rng.integers(number // 2)}\t{rng.integers(20)}\t{rng.integers(1, 6)}.0\t{-1 if n % 10 == 0 else 1}\t{day}\n"
        for n, day in enumerate(days)
    ]
    with gzip.open(path, "wt") as file:
        file.writelines(lines)
    return path


def test_the_fit_finds_its_way_back_to_knobs_that_made_the_target() -> None:
    target = simulated(CALM, [1003, 1004], listings=150)
    found = fit(target, [1005, 1006], listings=150, rounds=8)
    before = simulated(replace(Knobs(), rate=60.0), [1007], listings=150)
    after = simulated(found, [1007], listings=150)

    def away(name: str, place: int) -> tuple[float, float]:
        wanted = asdict(target)[name][place]
        return abs(asdict(before)[name][place] - wanted), abs(asdict(after)[name][place] - wanted)

    for name, place in (("dispersion", 0), ("dispersion", 1)):
        old, new = away(name, place)
        assert new < 0.5 * old, name
    assert abs(after.one_review_accounts - target.one_review_accounts) < 0.04
    assert found.weekly_sd < 0.2
    assert found.daily_shape > 10
    assert fit(target, [1005], listings=40, rounds=2) == fit(target, [1005], listings=40, rounds=2)


def test_a_knob_follows_the_moment_that_answers_to_it() -> None:
    seen = simulated(CALM, [1008], listings=60)
    rougher = replace(seen, dispersion=tuple(2 * value + 0.1 for value in seen.dispersion))
    assert follow(CALM, seen, rougher).weekly_sd > CALM.weekly_sd
    busier = replace(seen, peaks=seen.peaks * 2 + 10)
    assert follow(CALM, seen, busier).events > CALM.events
    keener = replace(seen, stars_newborn=(0.3, 0.1, 0.0, 0.1, 0.5))
    assert follow(CALM, seen, keener).first_spread > CALM.first_spread
    heavier = replace(seen, rates=(*seen.rates[:2], seen.rates[2] * 2))
    assert follow(CALM, seen, heavier).rate_tail < CALM.rate_tail


def test_nothing_moves_at_the_target() -> None:
    seen = simulated(CALM, [1008], listings=60)
    for name, value in asdict(follow(CALM, seen, seen)).items():
        assert value == pytest.approx(asdict(CALM)[name], rel=1e-6), name


def test_the_knobs_are_the_worlds() -> None:
    spec = world(CALM, listings=90, hotel_share=0.2)
    assert (spec.weekly_sd, spec.once, spec.hotel_share, spec.reviews_per_listing_year) == (0.1, 0.3, 0.2, 60.0)
    usual = large_spec(listings=90, days=spec.days).honest
    assert spec.honest.weddings == round(0.3 * usual.weddings)
    assert set(CALM.of_spec()) <= set(Spec.__dataclass_fields__)
    # The old knobs are what a specification has by itself.
    plain = Spec(start=spec.start, days=1, sources=(), towns=1)
    assert {name: getattr(plain, name) for name in Knobs().of_spec()} == Knobs().of_spec()
    assert set(FITTED) == set(CALM.of_spec())


def test_large_worlds_are_fitted_and_rough_ones_are_not() -> None:
    large, rough = large_spec(listings=10), rough_spec(listings=10)
    assert all(getattr(large, name) == value for name, value in FITTED.items())
    assert (rough.weekly_sd, rough.daily_shape, rough.weekly_memory) == (0.28, 4.0, 0.8)
    assert replace(large, **ROUGH) == rough


def test_the_mean_is_taken_place_by_place() -> None:
    one = simulated(CALM, [1008], listings=40)
    other = replace(one, season=one.season + 2, newborn=tuple(value + 0.2 for value in one.newborn))
    middle = mean([one, other])
    assert middle.season == pytest.approx(one.season + 1)
    assert middle.newborn == pytest.approx([value + 0.1 for value in one.newborn])
    assert middle.listings == 40


def test_a_file_is_read_as_its_recommended_reviews_of_three_years(tmp_path: Path) -> None:
    frame = read(rows(tmp_path / "some.tsv.gz"))
    assert frame["day_to"].max() - frame["day_to"].min() < 1095
    assert 0.6 < len(frame) / 6000 < 0.75
    assert (frame.groupby("reviewer_key")["newborn"].sum() == 1).all()
    assert set(np.round(frame["rating"], 2)) == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert measure(frame).listings == 20


def test_the_command_prints_three_columns_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, picture = rows(tmp_path / "some.tsv.gz"), tmp_path / "fit.png"
    smaller = ["--listings", "40", "--rounds", "2", "--seeds", "1001", "--fresh", "1101"]
    main(["--data", str(data), "--picture", str(picture), *smaller])
    said = capsys.readouterr().out
    assert said.count("round ") == 2
    header = next(line for line in said.splitlines() if "real" in line)
    assert header.split() == ["real", "old", "knobs", "fitted", "knobs"]
    assert "dispersion" in said
    assert "weekly_sd = " in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    moments = measure(read(data))
    assert table({"real": moments}).count("\n") == len(asdict(moments))
    draw({"real": moments}, tmp_path / "again.png")
    assert (tmp_path / "again.png").stat().st_size > 5000
