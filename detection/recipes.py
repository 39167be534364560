"""How each detector's card is made: what is counted, against what, and on which worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detection.accounts import Accounts
from detection.boosting import Boosting
from detection.bursts import Bursts
from detection.cards import Card
from detection.collusion import Collusion
from detection.protocol import Detector
from detection.simulate.world import AttackKind, Stayed
from detection.slips import with_slips
from detection.stripping import INFORMATIONS
from detection.travel import Travel

DAYS = 1095


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a detector's card is made.

    ``make`` is the detector with a card and a budget. ``evidence.score`` is x / (x + ``half``) of the card's score x,
    of which ``lowest`` is the lowest that is looked at. ``units`` counts what a world's reviews (of so many listings)
    hold. The worlds are judged once for each of ``informations``, the first of which makes the card's own table. In
    ``company``, honest people also act together; ``stays`` are the precisions in which the worlds tell stays, by turns;
    ``slips`` make the honest careless.
    """

    make: Callable[[Card, float], Detector]
    unit: str
    per: float
    half: float
    lowest: float
    budget: float
    units: Callable[[pd.DataFrame, int], float]
    null: str
    informations: tuple[str, ...] = ("accounts",)
    kinds: tuple[AttackKind, ...] = ()
    company: bool = False
    stays: tuple[Stayed, ...] = ("day",)
    slips: bool = False

    def careless(self, reviews: pd.DataFrame, seed: int) -> pd.DataFrame:
        """A world's reviews, with slips where the recipe asks for them."""
        return with_slips(reviews, seed) if self.slips else reviews

    @property
    def reads_texts(self) -> bool:
        """Whether the worlds need texts."""
        return not {"text", "unnamed"}.isdisjoint(self.informations)

    def open(self, name: str) -> Detector:
        """The detector that gives everything it scores."""
        return self.make(Card(name, self.unit, self.per, (self.lowest, 300.0), (1e6, 1e-6), "everything"), 1e6)

    def scores(self, evidence: pd.DataFrame) -> np.ndarray:
        """The card's scores of some evidence."""
        return self.raw(evidence["score"].to_numpy(dtype="float64"))

    def raw(self, shown: np.ndarray) -> np.ndarray:
        """The card's scores of scores as evidence shows them."""
        return np.asarray(self.half * shown / (1.0 - shown), dtype="float64")


def _listing_years(_: pd.DataFrame, listings: int) -> float:
    return listings * DAYS / 365.25


def _accounts_with(least: int) -> Callable[[pd.DataFrame, int], float]:
    """Counts accounts with so many reviews or more."""

    def count(reviews: pd.DataFrame, _: int) -> float:
        return float(reviews.loc[reviews["reviewer_reviews"] >= least, "reviewer_key"].nunique())

    return count


RECIPES: Mapping[str, Recipe] = {
    "bursts": Recipe(
        make=lambda card, budget: Bursts(card=card, false_per_1000_listing_years=budget),
        unit="listing-years",
        per=1000.0,
        half=4.0,
        lowest=0.0,
        budget=Bursts().false_per_1000_listing_years,
        units=_listing_years,
        null="a listing's reviews of one kind come at its own past rate, moved by its town's and the platform's",
        informations=INFORMATIONS,
        kinds=("burst", "drip", "bombing", "boosting", "season_drip", "aged"),
    ),
    "boosting": Recipe(
        make=lambda card, budget: Boosting(card=card, false_per_1000_listing_years=budget),
        unit="listing-years",
        per=1000.0,
        half=4.0,
        lowest=0.5,
        budget=Boosting().false_per_1000_listing_years,
        units=_listing_years,
        null="first-time accounts come, feel and speak as the established guests of the same weeks",
        informations=("text", "accounts"),
        kinds=("boosting",),
    ),
    "collusion": Recipe(
        make=lambda card, budget: Collusion(card=card, false_groups_per_100k_accounts=budget, least_decades=0.0),
        unit="accounts with three reviews or more",
        per=100_000.0,
        half=10.0,
        lowest=0.0,
        budget=Collusion().false_groups_per_100k_accounts,
        units=_accounts_with(3),
        null="accounts as active, in the same towns, meet by chance; friends who go out together rate as others do",
        informations=("text",),
        company=True,
    ),
    "accounts": Recipe(
        make=lambda card, budget: Accounts(card=card, false_accounts_per_100k=budget),
        unit="accounts with five reviews or more",
        per=100_000.0,
        half=4.0,
        lowest=0.5,
        budget=Accounts().false_accounts_per_100k,
        units=_accounts_with(5),
        null="accounts keep the pace of their platform's, rate as their listings' other guests do, and have a home",
        company=True,
    ),
    "travel": Recipe(
        make=lambda card, budget: Travel(card=card, false_accounts_per_100k=budget, least_strength=0.0),
        unit="accounts with two reviews or more",
        per=100_000.0,
        half=2.0,
        lowest=0.05,
        budget=Travel().false_accounts_per_100k,
        units=_accounts_with(2),
        null="whoever tells of a day was there, but for one wrong date in fifty and one shared account in two hundred",
        company=True,
        stays=("day", "interval"),
        slips=True,
    ),
}
