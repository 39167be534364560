from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.burst_cost import A_YEAR, NEWBORN, STAR_SHARES, YEARS, measure, reviews, write
from store.frames import REVIEWS, check


def test_listings_are_of_the_mean_rate() -> None:
    frame = check(reviews(np.random.default_rng(1), 500, 400), REVIEWS, "reviews")
    assert frame["review_key"].is_unique
    assert frame["listing_key"].nunique() == 400
    assert frame["listing_key"].isin([f"p/{n}" for n in range(500, 900)]).all()
    assert abs(len(frame) - 400 * A_YEAR * YEARS) < 5 * np.sqrt(400 * A_YEAR * YEARS)
    assert abs((frame["newborn"] == 1).mean() - NEWBORN) < 0.02
    shares = frame["rating"].value_counts(normalize=True).sort_index()
    assert np.allclose(shares, np.array(STAR_SHARES) / sum(STAR_SHARES), atol=0.02)
    assert frame.groupby("listing_key")["city"].nunique().eq(1).all()


def test_a_small_run_is_measured(tmp_path: Path) -> None:
    write(tmp_path, 12, np.random.default_rng(1))
    said = measure(tmp_path)
    assert 700 < said["reviews"] < 1200  # type: ignore[operator]
    assert [name for name, _, _ in said["steps"]][::2] == ["scan", "conclude"]  # type: ignore[attr-defined]
