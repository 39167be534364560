"""Accounts: much activity, only extremes, no home and no route, bursts and then silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Floats, Ints
from detection.cards import Card, load_card
from detection.findings import evidence_frame, evidence_row, rounded
from detection.habits import BURST_DAYS
from detection.hashing import hashed
from detection.lives import SIGNS, Lives, Verdict, lives_of
from detection.protocol import Findings, Fold, Night, abstention_rows, evidence_key
from detection.upheld import Company, upheld_reviews
from store.frames import MEMBERS, SIGNALS, build

# Rows of the partials: a review of a judged account; a platform's day; a listing's reviews without an account.
REVIEW, PLATFORM, ANONYMOUS = 0, 1, 2
_HIGH, _LOW = 0.9, 0.1
_PRECISE_DAYS = 3
# Deviations from which on a sign is named.
_SPEAKS = 1.5
HALF = 4.0
_SPAN = 10_000_000


@dataclass(frozen=True)
class Accounts:
    """Claim: this account writes as one does that is told where and what: much, only extremes, from nowhere, in bursts.

    Null model: an account keeps the pace, goes about and pauses as the accounts of its platform with as many reviews
    do; its ratings are extreme as often as its listings' others are, more alike than by chance for its own taste.
    Statistic: four directed deviations (pace outside the densest month, which may be one journey; ratings at an end of
    the scale; moves between far towns that neither a home nor a route explains; the densest week and the longest
    silence), each capped so that one habit alone cannot speak, summed as Stouffer does and divided by the deviation of
    the sum, as the signs go together. Once as of each review, from what was known on that day (``that_night``, as of
    the last review that reached the line); and once of the whole life (``looking_back``), where being again and again
    where reviews were upheld as a campaign's, in those weeks and rating alike, is a fifth deviation: against the other
    guests of the same towns and months. The card counts the highest of them all, on simulated worlds without attacks.
    What sort of place is reviewed says nothing here. An indication only.
    Innocent explanations: travel writers, business travellers, guides and coach drivers, keen locals, people who write
    only when delighted or angry, somebody who moved house, who enters years of notes or a long journey in one week,
    guests of well-known places, some of which had a campaign.
    Cost: a sort of the reviews of accounts with enough of them, and sums along it.
    Source: Mukherjee et al., KDD 2013 and Rayana and Akoglu, KDD 2015 (behaviour of accounts); Brown, Biometrics 1975
    (dependent tests).
    """

    least_reviews: int = 5
    false_accounts_per_100k: float = 5.0
    card: Card | None = None

    name: ClassVar[str] = "accounts"
    version: ClassVar[int] = 2
    columns: ClassVar[tuple[str, ...]] = (
        "review_key",
        "listing_key",
        "platform",
        "city",
        "country",
        "latitude",
        "longitude",
        "reviewer_key",
        "reviewer_reviews",
        "rating",
        "day_from",
        "day_to",
        "stay_from",
        "stay_exact",
    )
    partial: ClassVar[Mapping[str, str]] = {
        "role": "int8",
        "listing_key": "str",
        "platform": "int64",
        "account": "int64",
        "review": "int64",
        "listing": "int64",
        "rating": "float64",
        "day": "int32",
        "precise": "bool",
        "extreme": "bool",
        "extremes_before": "int32",
        "before": "int32",
        "extremes_ever": "int32",
        "ever": "int32",
        "stay": "int32",
        "place": "int64",
        "latitude": "float64",
        "longitude": "float64",
    }
    fold: ClassVar[Fold | None] = None

    def scan(self, reviews: pd.DataFrame) -> pd.DataFrame:
        judged = (reviews["reviewer_reviews"] >= self.least_reviews) & reviews["reviewer_key"].notna()
        parts = [_judged(reviews, judged.to_numpy()), _platform_days(reviews), _without_account(reviews)]
        return pd.concat(parts, ignore_index=True)

    def conclude(self, partials: pd.DataFrame, night: Night) -> Findings:
        card = self.card or load_card(self.name)
        unnamed = partials[partials["role"] == ANONYMOUS]
        listings = np.repeat(unnamed["listing_key"].to_numpy(), unnamed["before"].to_numpy())
        abstained = abstention_rows(self.name, pd.Series(listings, dtype="str"), "no_reviewer_ids")
        lives = self.lives(partials, night)
        wanted = card.score_at(self.false_accounts_per_100k)
        verdicts = lives.verdicts(wanted) if lives is not None else []
        if lives is None or not verdicts:
            return Findings(abstentions=abstained)
        rows, members = self._evidence(lives, verdicts, card, night)
        evidence = evidence_frame(rows)
        evidence = evidence.sort_values("evidence_key", ignore_index=True)
        inside = pd.concat(members, ignore_index=True).sort_values(["evidence_key", "review_key"], ignore_index=True)
        p_value = evidence.set_index("evidence_key")["p_value"].reindex(inside["evidence_key"]).to_numpy()
        signals = build(
            {"review_key": inside["review_key"].to_numpy(), "p_value": p_value ** inside["weight"].to_numpy()}, SIGNALS
        )
        return Findings(evidence, inside, signals, abstained)

    def raised(self, partials: pd.DataFrame, night: Night) -> Floats:
        """For each account the highest score of its nights and of its whole life, as evidence shows scores."""
        lives = self.lives(partials, night)
        best = lives.highest() if lives is not None else np.zeros(0)
        best = best[best > 0.0]
        return np.asarray(best / (best + HALF), dtype="float64")

    def lives(self, partials: pd.DataFrame, night: Night) -> Lives | None:
        """The judged accounts; None where there are none."""
        role = partials["role"]
        upheld = upheld_reviews(night) if night.upheld else None
        return lives_of(partials[role == REVIEW], partials[role == PLATFORM], self.least_reviews, upheld)

    def _evidence(
        self, lives: Lives, verdicts: Sequence[Verdict], card: Card, night: Night
    ) -> tuple[list[dict[str, object]], list[pd.DataFrame]]:
        accounts = lives.rows["account"].to_numpy()[[verdict.begin for verdict in verdicts]]
        told = night.snapshot.where("reviewer_key", np.unique(accounts), ("review_key", "reviewer_key", "kind"))
        told = told.assign(account=hashed(told["reviewer_key"]), review=hashed(told["review_key"]))
        named = told.set_index(["account", "review"]).sort_index()
        rows, members = [], []
        for verdict in verdicts:
            own = slice(verdict.begin, verdict.row + 1)
            said = lives.rows.iloc[own].join(named, on=["account", "review"])
            row, inside = self._finding(lives, verdict, said, own, card)
            rows.append(row)
            members.append(inside)
        return rows, members

    def _finding(
        self, lives: Lives, verdict: Verdict, reviews: pd.DataFrame, own: slice, card: Card
    ) -> tuple[dict[str, object], pd.DataFrame]:
        key = evidence_key(self.name, str(reviews["reviewer_key"].iloc[0]), -1)
        signs = [name for name, deviations in zip(SIGNS, verdict.signs, strict=True) if deviations >= _SPEAKS]
        company = lives.company if verdict.known == "looking_back" else None
        if company is not None and company.deviations[verdict.account] >= _SPEAKS:
            signs.append("company")
        weight = _weights(lives, reviews, own, signs)
        inside = weight > 0.0
        extreme, habits = reviews["extreme"].to_numpy(), lives.habits
        places = reviews["place"].to_numpy()
        facts = {
            "reviews": len(reviews),
            "days_active": int(habits.life[verdict.row]) + 1,
            "extreme_share": rounded(extreme.mean()),
            "extreme_share_usual": rounded(verdict.usual.mean()),
            "towns": int(np.unique(places[places != 0]).size),
            "far_moves": int(habits.far[own].sum()),
            "longest_burst": int(habits.burst[verdict.row]),
            "silence_days": int(verdict.silence),
            **_met_upheld(company, verdict.account, own),
            "signs": signs,
            "known": verdict.known,
            "false_accounts_per_100k": rounded(card.rate(verdict.score)),
        }
        days = reviews["day"].to_numpy()[inside]
        row = evidence_row(
            self,
            key,
            ("account", f"A-{key[:10]}"),
            (int(days.min()), int(days.max())),
            score=verdict.score / (verdict.score + HALF),
            p_value=card.p_value(np.array([verdict.score]))[0],
            effect=verdict.score,
            reviews=int(inside.sum()),
            facts=facts,
        )
        said = {
            "evidence_key": key,
            "review_key": reviews["review_key"].to_numpy()[inside],
            "role": "member",
            "weight": weight[inside].round(4),
        }
        return row, build(said, MEMBERS)


def _met_upheld(company: Company | None, account: int, own: slice) -> dict[str, object]:
    """How many of the reviews lie beside upheld ones, and in how many towns and months; nothing where none does."""
    if company is None or not company.times[account]:
        return {}
    return {
        "company_reviews": int(company.met[own].sum()),
        "company_times": int(company.times[account]),
        "company_expected": rounded(company.expected[account]),
    }


def _weights(lives: Lives, reviews: pd.DataFrame, own: slice, signs: Sequence[str]) -> Floats:
    """How many of the signs that spoke each review is part of, as a share; all alike where none is part of any."""
    habits, day = lives.habits, reviews["day"].to_numpy().astype("int64")
    ends = np.searchsorted(day, day + BURST_DAYS - 1, side="right")
    dense = ends - np.arange(len(day))
    begin = int(np.argmax(dense))
    week = (day >= day[begin]) & (day < day[begin] + BURST_DAYS)
    part = {
        "pace": np.ones(len(day), dtype=bool),
        "extremes": reviews["extreme"].to_numpy(),
        "no_home": habits.far[own] | np.r_[habits.far[own][1:], False],
        "burst_then_silence": week | (dense >= max(3, int(dense.max()) // 2)),
        "company": lives.company.met[own] if lives.company is not None else np.zeros(len(day), dtype=bool),
    }
    carried = [part[name] for name in signs] or [np.ones(len(day), dtype=bool)]
    share = np.mean(carried, axis=0)
    return np.asarray(np.where(share.max() > 0.0, share, 1.0), dtype="float64")


def _listings(reviews: pd.DataFrame, extreme: NDArray[np.bool_]) -> dict[str, Ints]:
    """For each review how many others its listing has, by its day and ever, and how many of those are extreme."""
    listing = pd.factorize(reviews["listing_key"])[0].astype("int64")
    keys = listing * _SPAN + reviews["day_to"].to_numpy().astype("int64")
    order = np.argsort(keys, kind="stable")
    total = np.r_[0, np.cumsum(extreme[order])].astype("int64")
    edges = np.r_[0, np.cumsum(np.bincount(listing))].astype("int64")
    by_day = np.empty(len(keys), dtype="int64")
    # Looked for in order: in any other, each search would begin far from the last.
    by_day[order] = np.searchsorted(keys[order], keys[order], side="right")
    found = {}
    for name, end in (("before", by_day), ("ever", edges[listing + 1])):
        found[name] = end - edges[listing] - 1
        found[f"extremes_{name}"] = total[end] - total[edges[listing]] - extreme
    return found


def _extreme(reviews: pd.DataFrame) -> NDArray[np.bool_]:
    return ((reviews["rating"] >= _HIGH) | (reviews["rating"] <= _LOW)).to_numpy()


def _judged(reviews: pd.DataFrame, judged: NDArray[np.bool_]) -> pd.DataFrame:
    """The partials' rows of the reviews that are judged."""
    extreme = _extreme(reviews)
    counts = {name: values[judged] for name, values in _listings(reviews, extreme).items()}
    kept = reviews[judged]
    stay = np.where(kept["stay_exact"], kept["stay_from"], -1)
    return _rows(
        len(kept),
        role=REVIEW,
        platform=_hashed_few(kept["platform"]),
        account=hashed(kept["reviewer_key"]),
        review=hashed(kept["review_key"]),
        listing=_hashed_few(kept["listing_key"]),
        rating=kept["rating"].to_numpy(),
        day=kept["day_to"].to_numpy(),
        precise=(kept["day_to"] - kept["day_from"]).to_numpy() <= _PRECISE_DAYS,
        extreme=extreme[judged],
        stay=stay,
        place=_places(kept),
        latitude=kept["latitude"].to_numpy(),
        longitude=kept["longitude"].to_numpy(),
        **counts,
    )


def _places(reviews: pd.DataFrame) -> Ints:
    """A hash of the town or, where it isn't told, of half a degree around; 0 where neither is known."""
    city, cities = pd.factorize(reviews["city"])
    country, countries = pd.factorize(reviews["country"])
    pairs, own = np.unique(country * len(cities) + city, return_inverse=True)
    towns = (
        pd.Series(countries.take(pairs // max(len(cities), 1)))
        + "\0"
        + pd.Series(cities.take(pairs % max(len(cities), 1)))
    )
    places = hashed(towns)[own]
    unnamed = np.flatnonzero((reviews["city"] == "").to_numpy())
    around = [(2.0 * reviews[name].iloc[unnamed]).round() for name in ("latitude", "longitude")]
    cells = hashed(around[0].astype("str") + "\0" + around[1].astype("str"))
    places[unnamed] = np.where(around[0].isna() | around[1].isna(), 0, cells)
    return places


def _hashed_few(values: pd.Series) -> Ints:
    """As ``hashed``, where many values are alike."""
    code, names = pd.factorize(values)
    return np.asarray(hashed(pd.Series(names))[code], dtype="int64")


def _platform_days(reviews: pd.DataFrame) -> pd.DataFrame:
    """The partials' rows of each platform's days."""
    said = reviews[["platform", "day_to"]].assign(before=1, extremes_before=_extreme(reviews).astype("int64"))
    sums = said.groupby(["platform", "day_to"], as_index=False).sum()
    return _rows(
        len(sums),
        role=PLATFORM,
        platform=hashed(sums["platform"]),
        day=sums["day_to"].to_numpy(),
        before=sums["before"].to_numpy(),
        extremes_before=sums["extremes_before"].to_numpy(),
    )


def _without_account(reviews: pd.DataFrame) -> pd.DataFrame:
    """The partials' rows of listings with reviews that nobody's account stands under."""
    counts = reviews.loc[reviews["reviewer_key"].isna(), "listing_key"].value_counts().sort_index()
    return _rows(len(counts), role=ANONYMOUS, listing_key=counts.index.astype("str"), before=counts.to_numpy())


def _rows(number: int, **columns: object) -> pd.DataFrame:
    """So many rows of the partials, nought where nothing is said."""
    missing = {name: dtype for name, dtype in Accounts.partial.items() if name not in columns}
    nothing = {name: pd.Series("" if dtype == "str" else 0, index=range(number)) for name, dtype in missing.items()}
    return build({**nothing, **columns}, Accounts.partial)
