from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from detection.slips import SHARED, SLIPPED, with_slips
from store.frames import REVIEWS, check
from tests.detection.worlds import DAY, reviews_of


def guests(number: int = 20_000) -> pd.DataFrame:
    days = DAY + np.arange(number) % 500
    return reviews_of(
        days,
        reviewer_key=[f"p/u{n // 4:05d}" for n in range(number)],
        stay_from=days - 5,
        stay_to=days - 3,
        stay_exact=True,
    )


def test_some_dates_are_wrong_and_some_accounts_are_shared() -> None:
    before = guests()
    after = check(with_slips(before, 3), REVIEWS, "slips")
    moved = (after["stay_from"] != before["stay_from"]).mean()
    # A slip towards the future ends at the day of the review, three days on.
    assert 0.9 * SLIPPED <= moved <= 1.1 * SLIPPED
    assert ((after["stay_to"] - after["stay_from"]) == 2).all()
    assert (after["stay_to"] <= after["day_to"]).all()
    merged = before["reviewer_key"].nunique() - after["reviewer_key"].nunique()
    assert merged == round(SHARED * before["reviewer_key"].nunique())
    assert (after.loc[after["reviewer_key"] != before["reviewer_key"], "reviewer_reviews"] == 8).all()


def test_the_same_for_the_same_seed_and_nothing_for_those_who_tell_nothing() -> None:
    assert_frame_equal(with_slips(guests(), 3), with_slips(guests(), 3))
    silent = guests(400).assign(stay_from=-1, stay_to=-1, stay_exact=False, reviewer_key=np.nan)
    silent = silent.astype(dict(REVIEWS))
    after = with_slips(silent, 3)
    assert (after["stay_from"] == -1).all()
    assert after["reviewer_key"].isna().all()
