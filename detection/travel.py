"""Travel: stays of one account that cannot both be true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.cards import Card, load_card
from detection.findings import evidence_frame, evidence_row, rounded
from detection.hashing import hashed
from detection.protocol import Findings, Fold, Night, evidence_key
from detection.routes import LONGEST_STAY_DAYS, Conflicts, conflicts_of, doubt, far_apart, independent, kilometres
from store.frames import ABSTENTIONS, MEMBERS, SIGNALS, build, empty

# Rows of the partials: a stay; a listing's reviews that cannot be judged, by reason.
STAY, NO_ACCOUNT, NO_DATE, NO_PLACE = 0, 1, 2, 3
_REASONS = {NO_ACCOUNT: "no_reviewer_ids", NO_DATE: "no_stay_dates", NO_PLACE: "no_coordinates"}
_HALF = 2.0
# Half a degree is the coarsest sieve for places that may lie far apart.
_CELLS_A_DEGREE = 2.0
_SAID = ("review_key", "listing_key", "kind", "reviewer_key", "day_to")
_PLACED = ("latitude", "longitude", "stay_from", "stay_to", "stay_exact")


@dataclass(frozen=True)
class Travel:
    """Claim: this account tells of stays that no traveller, or only a hurried one, could have made.

    Null model: whoever tells of a day was there on it. Two nights at once in beds 50 km apart cannot be; on one day a
    train takes a guest 200 km between two tables and the best flight 1,000, and a day trip between two nights in one
    bed goes 300 to 1,200 km; in between it gets harder to believe. Days of arrival and departure are for travelling,
    over any distance; a room taken for two weeks is kept while its guest sleeps elsewhere. Of months, only the number
    of far places in one is looked at.
    Statistic: the sum of the conflicts' strengths, no stay in more than one of them, so that one wrong date counts
    once; less 0.04 for each stay beyond ten, for slips; hurried journeys lift it by 2 at the most, or by a third of
    their different ways. At least 2.05, which no two pairs of stays reach, nor a commuter's hurried journeys. Listings
    that are in conflict for many accounts have a wrong pin and are left out. False alarms are counted on simulated
    worlds without attacks, with people who travel for their work, wrong dates and shared accounts (the card).
    Innocent explanations: a review posted late under a guessed date, a date edited, business travellers and crews who
    change towns within the day, bookings for others, an account that a family or a firm shares, a wrong map pin.
    Cost: a sort of the stays, the pairs of each account close in time; then only accounts with conflicts.
    Source: this project's own (docs/detectors.md).
    """

    least_pin_accounts: int = 4
    pin_share: float = 0.2
    month_places: int = 12
    least_strength: float = 2.05
    false_accounts_per_100k: float = 5.0
    card: Card | None = None

    name: ClassVar[str] = "travel"
    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "kind",
        "reviewer_key",
        "reviewer_reviews",
        "latitude",
        "longitude",
        "stay_from",
        "stay_to",
        "stay_exact",
        "day_to",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "role": "int8",
        "listing_key": "str",
        "reviews": "int64",
        "account": "int64",
        "listing": "int64",
        "review": "int64",
        "start": "int32",
        "end": "int32",
        "exact": "bool",
        "hotel": "bool",
        "latitude": "float64",
        "longitude": "float64",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        role = _roles(reviews)
        again = (role == STAY) & (reviews["reviewer_reviews"] >= 2).to_numpy()
        unjudged = [_unjudged(reason, reviews.loc[role == reason, "listing_key"]) for reason in _REASONS]
        return pd.concat([_stays(reviews[again]), *unjudged], ignore_index=True)[list(self.partial)]

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        stays = _in_order(partials[partials["role"] == STAY])
        exact = stays[stays["exact"]].reset_index(drop=True)
        conflicts = conflicts_of(exact)
        pins = _wrong_pins(exact, conflicts, self.least_pin_accounts, self.pin_share)
        # Two slips, or two bookings for somebody else, name nobody, whatever the card says.
        wanted = max(card.score_at(self.false_accounts_per_100k), self.least_strength)
        chosen = np.union1d(
            _beyond(exact, conflicts, pins, wanted), _full_months(stays[~stays["exact"]], self.month_places)
        )
        rows, members = [], []
        for case in self._cases(night, chosen, pins, wanted):
            row, inside = self._evidence(case, card)
            rows.append(row)
            members.append(inside)
        evidence = evidence_frame(rows)
        inside_reviews = pd.concat([empty(MEMBERS), *members], ignore_index=True)
        return Findings(evidence, inside_reviews, _signals(evidence, inside_reviews), _abstained(self.name, partials))

    def _cases(self, night: Night, accounts: Ints, pins: Ints, wanted: float) -> Iterator[_Case]:
        """What these accounts' reviews come to, where it is enough: conflicts of exact stays or else a full month."""
        if not len(accounts):
            return
        reviews = night.snapshot.where("reviewer_key", accounts, (*_SAID, *_PLACED))
        every = _in_order(_named_stays(reviews[_roles(reviews) == STAY]))
        for account, stays in every[~np.isin(every["listing"], pins)].groupby("reviewer_key", sort=True):
            exact = stays[stays["exact"]].reset_index(drop=True)
            conflicts = conflicts_of(exact)
            score = doubt(conflicts, exact)
            case = _Case(str(account), exact, conflicts, score, "exact")
            if score < wanted:
                month = self._month(str(account), stays[~stays["exact"]])
                if month is None or month.score < wanted:
                    continue
                case = month
            yield case

    def _month(self, account: str, stays: pd.DataFrame) -> _Case | None:
        """The month with the most places far apart, where those are more than a tour goes through."""
        best = None
        for _, month in stays.groupby("start", sort=True):
            places = far_apart(month["latitude"].to_numpy(), month["longitude"].to_numpy())
            if len(places) > self.month_places and (best is None or len(places) > len(best)):
                best = month.iloc[places].reset_index(drop=True)
        if best is None:
            return None
        number = len(best)
        share = np.full(number - 1, (number - self.month_places) / number)
        following = np.arange(number - 1, dtype="int64")
        pairs = Conflicts(following, following + 1, _steps(best), np.zeros(number - 1, "int64"), share)
        return _Case(account, best, pairs, float(number - self.month_places), "month")

    def _evidence(self, case: _Case, card: Card) -> tuple[dict[str, object], pd.DataFrame]:
        stays, conflicts = case.stays, case.conflicts
        weight = np.zeros(len(stays))
        np.maximum.at(weight, conflicts.first, conflicts.strength)
        np.maximum.at(weight, conflicts.second, conflicts.strength)
        inside = np.flatnonzero(weight > 0.0)
        place = np.cumsum(weight > 0.0) - 1
        named = stays.iloc[inside]
        listings = list(dict.fromkeys(named["listing_key"]))
        rate = card.rate(case.score)
        p_value = float(card.p_value(np.array([case.score]))[0])
        if case.precision == "month":
            # How often a month is told wrong isn't known: such a finding is never rarer than what was promised.
            rate = max(rate, self.false_accounts_per_100k)
            p_value = max(p_value, -float(np.expm1(-rate / card.per)))
        key = evidence_key(self.name, case.account, -1)
        facts = {
            "stays": [
                [listings.index(listing), _iso(start), _iso(end), _precision(exact, start, end)]
                for listing, exact, start, end in zip(
                    named["listing_key"], named["exact"], named["start"], named["end"], strict=True
                )
            ],
            "listings": listings,
            "conflicts": [
                [int(place[one]), int(place[other]), rounded(km), int(days), rounded(km / max(days, 1))]
                for one, other, km, days in zip(
                    conflicts.first, conflicts.second, conflicts.km, conflicts.days, strict=True
                )
            ]
            if case.precision == "exact"
            else [],
            "precision": case.precision,
            "false_accounts_per_100k": rounded(rate),
        }
        row = evidence_row(
            self,
            key,
            ("account", f"A-{key[:10]}"),
            (int(named["day_to"].min()), int(named["day_to"].max())),
            score=max(case.score, 0.0) / (max(case.score, 0.0) + _HALF),
            p_value=p_value,
            effect=float(independent(conflicts).sum()),
            reviews=len(named),
            facts=facts,
        )
        said = {
            "evidence_key": key,
            "review_key": named["review_key"].to_numpy(),
            "role": "member",
            "weight": np.clip(weight[inside], 0.01, 1.0).round(4),
        }
        return row, build(said, MEMBERS)


@dataclass(frozen=True, slots=True)
class _Case:
    """An account's stays, the conflicts between them, their sum, and whether those are days or months."""

    account: str
    stays: pd.DataFrame
    conflicts: Conflicts
    score: float
    precision: str


def _roles(reviews: pd.DataFrame) -> NDArray[np.int8]:
    """What a review is good for: a stay, or why not."""
    first, last = reviews["stay_from"].to_numpy(), reviews["stay_to"].to_numpy()
    long = reviews["stay_exact"].to_numpy() & (last - first >= LONGEST_STAY_DAYS)
    # Nobody reports on a stay that is still to come: such a date is a slip.
    undated = (first < 0) | (last < first) | (first > reviews["day_to"].to_numpy()) | long
    unplaced = (reviews["latitude"].isna() | reviews["longitude"].isna()).to_numpy()
    told = [reviews["reviewer_key"].isna().to_numpy(), undated, unplaced]
    return np.asarray(np.select(told, [NO_ACCOUNT, NO_DATE, NO_PLACE], STAY), dtype="int8")


def _stays(reviews: pd.DataFrame) -> pd.DataFrame:
    """The partials' rows of reviews that tell of a stay."""
    return build(
        {
            "role": STAY,
            "listing_key": pd.Series("", index=range(len(reviews)), dtype="str"),
            "reviews": 1,
            "account": hashed(reviews["reviewer_key"]),
            "listing": hashed(reviews["listing_key"]),
            "review": hashed(reviews["review_key"]),
            "start": reviews["stay_from"].to_numpy(),
            "end": reviews["stay_to"].to_numpy(),
            "exact": reviews["stay_exact"].to_numpy(),
            "hotel": (reviews["kind"] == "hotel").to_numpy(),
            "latitude": reviews["latitude"].to_numpy(),
            "longitude": reviews["longitude"].to_numpy(),
        },
        Travel.partial,
    )


def _named_stays(reviews: pd.DataFrame) -> pd.DataFrame:
    """As ``_stays``, with the reviews' own keys and days."""
    own = {name: reviews[name].to_numpy() for name in ("review_key", "listing_key", "reviewer_key", "day_to")}
    return _stays(reviews).assign(**own)


def _unjudged(reason: int, listings: pd.Series) -> pd.DataFrame:
    """The partials' rows of reviews that tell of none: how many a listing has."""
    counts = listings.value_counts().sort_index()
    nothing = dict.fromkeys(("account", "listing", "review"), 0) | {"start": -1, "end": -1}
    flags = {"exact": False, "hotel": False, "latitude": 0.0, "longitude": 0.0}
    said = {"role": reason, "listing_key": counts.index.astype("str"), "reviews": counts.to_numpy()}
    return build({**said, **nothing, **flags}, Travel.partial)


def _in_order(stays: pd.DataFrame) -> pd.DataFrame:
    by = ("review", "end", "start", "account")
    return stays.iloc[np.lexsort([stays[name].to_numpy() for name in by])].reset_index(drop=True)


def _wrong_pins(stays: pd.DataFrame, conflicts: Conflicts, least: int, share: float) -> Ints:
    """Listings that are in conflict for so many accounts and such a share of those with a stay there."""
    account, listing = stays["account"].to_numpy(), stays["listing"].to_numpy()
    rows = np.r_[conflicts.first, conflicts.second]
    met = pd.DataFrame({"listing": listing[rows], "account": account[rows]}).drop_duplicates()["listing"].value_counts()
    met = met[met >= least]
    here = np.isin(listing, met.index.to_numpy())
    guests = pd.DataFrame({"listing": listing[here], "account": account[here]}).drop_duplicates()["listing"]
    told = met[met >= share * guests.value_counts().reindex(met.index)]
    return np.sort(told.index.to_numpy().astype("int64"))


def _beyond(stays: pd.DataFrame, conflicts: Conflicts, pins: Ints, wanted: float) -> Ints:
    """Accounts whose conflicts, all of them together, come to what is wanted; pins left out."""
    pinned = np.isin(stays["listing"].to_numpy(), pins)
    kept = conflicts.take(~(pinned[conflicts.first] | pinned[conflicts.second]))
    total = pd.Series(kept.strength).groupby(stays["account"].to_numpy()[kept.first]).sum()
    return total.index[total >= wanted - 1e-9].to_numpy().astype("int64")


def _full_months(stays: pd.DataFrame, places: int) -> Ints:
    """Accounts that tell of more than so many places in one month, by a coarse sieve."""
    cells = [np.floor(stays[name].to_numpy() * _CELLS_A_DEGREE) for name in ("latitude", "longitude")]
    keys = pd.DataFrame(
        {"account": stays["account"].to_numpy(), "month": stays["start"].to_numpy(), "a": cells[0], "b": cells[1]}
    )
    number = keys.drop_duplicates().groupby(["account", "month"]).size()
    return np.unique(number.index.get_level_values("account")[number > places].to_numpy().astype("int64"))


def _steps(stays: pd.DataFrame) -> Floats:
    """Kilometres from each place to the next."""
    latitude, longitude = stays["latitude"].to_numpy(), stays["longitude"].to_numpy()
    return kilometres(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])


def _abstained(name: str, partials: pd.DataFrame) -> pd.DataFrame:
    """One row for each listing and reason."""
    rows = partials[partials["role"] != STAY].sort_values(["role", "listing_key"])
    said = {
        "detector": name,
        "listing_key": rows["listing_key"].to_numpy(),
        "reason": rows["role"].map(_REASONS).to_numpy(),
        "reviews": rows["reviews"].to_numpy(),
    }
    return build(said, ABSTENTIONS)


def _signals(evidence: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The finding's p-value, the weaker the less a review has to do with it."""
    p_value = evidence.set_index("evidence_key")["p_value"].reindex(members["evidence_key"]).to_numpy()
    said = {"review_key": members["review_key"].to_numpy(), "p_value": p_value ** members["weight"].to_numpy()}
    return build(said, SIGNALS)


def _precision(exact: bool, start: int, end: int) -> str:
    if not exact:
        return "month"
    return "day" if start == end else "interval"


def _iso(day: int) -> str:
    return str(np.datetime64(int(day), "D"))
