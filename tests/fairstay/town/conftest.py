"""A town for all tests of this folder: the demo's, with its planted truth."""

from __future__ import annotations

import pandas as pd
import pytest

from detection.simulate.platform import Platform, demo_spec, simulate


@pytest.fixture(scope="session")
def town() -> Platform:
    """The demo's town; don't change its frames."""
    return simulate(demo_spec(), 7)


@pytest.fixture(scope="session")
def guide(town: Platform) -> pd.DataFrame:
    """The reviews of the platform that has a website: four of its listings, the newest year."""
    reviews = town.reviews[town.reviews["platform"] == "lakeguide"]
    some = sorted(reviews["listing_id"].unique())[:4]
    recent = reviews["published"] >= reviews["published"].max() - pd.Timedelta(days=365)
    guide: pd.DataFrame = reviews[reviews["listing_id"].isin(some) & recent].reset_index(drop=True)
    return guide
