"""Attacks planted in any frame of reviews, simulated or real, with the sizes and shares of ``simulate/attacks.py``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Ints
from detection.simulate.attacks import EARLIER_REVIEWS, EXTREME_SHARE, LEAST_GUESTS, NEWBORN_SHARE, SIZES
from detection.simulate.world import Attack, AttackKind
from store.frames import REVIEWS, Columns, build, check, empty

TRUTH: Columns = {"review_key": "str", "attack": "int64", "kind": "str", "strength": "int64"}
KINDS: tuple[AttackKind, ...] = ("burst", "drip", "bombing", "boosting", "season_drip", "aged")
OPEN_DAYS = 60
# An aged account's earlier reviews end so many days before the attack begins.
_QUIET_DAYS = 14
# Two of five stars, on the scale 0..1.
_SPOILT = 0.5
# An earlier review is written within so many days of an honest one of its listing.
_NEARBY_DAYS = 3
# A season is what remains of a listing's days when they are averaged over so many.
_SEASON_DAYS = 29
# What a planted review shares with the listing's others.
_OF_LISTINGS = ("listing_key", "kind", "city", "country", "latitude", "longitude", "rating_worst", "rating_best")


@dataclass(frozen=True, slots=True)
class Injected:
    """The reviews with the attacks inside, and a row in the columns of ``TRUTH`` for each planted review.

    ``attack`` is the attack's place in the sequence. Harmless reviews of aged accounts are in ``reviews`` alone.
    """

    reviews: pd.DataFrame
    truth: pd.DataFrame


@dataclass
class _Stage:
    """The honest reviews, sorted by listing and day, and what has been planted so far."""

    rng: np.random.Generator
    token: str
    reviews: pd.DataFrame
    starts: Ints
    days: Ints
    ratings: NDArray[np.float64]
    platforms: NDArray[np.object_]
    shows_accounts: NDArray[np.bool_]
    attacked: NDArray[np.bool_]
    planted: list[pd.DataFrame] = field(default_factory=list)
    accounts: int = 0

    def rows(self, listing: int, first: int, last: int) -> slice:
        """The honest reviews of a listing (a code) from day ``first`` to day ``last``, both inside."""
        begin, end = int(self.starts[listing]), int(self.starts[listing + 1])
        low, high = np.searchsorted(self.days[begin:end], [first, last + 1])
        return slice(begin + int(low), begin + int(high))

    def open_accounts(self, number: int) -> list[str]:
        """Keys of accounts that nobody has used."""
        self.accounts += number
        return [f"{self.token}-{n:06d}" for n in range(self.accounts - number, self.accounts)]


def inject(
    reviews: pd.DataFrame, attacks: Sequence[Attack], rng: np.random.Generator, *, first_day: int, last_day: int
) -> Injected:
    """Plant attacks between two days (both inside) on listings that have been open for ``OPEN_DAYS``.

    ``reviews`` has the columns of ``frames.REVIEWS`` and stays as it is; ``Attack.start_day`` counts from
    ``first_day``. An attack has a listing of its own while there are enough. New accounts write nothing else; aged ones
    have some earlier reviews of other listings. Planted reviews have no text and no stay. Honest reviews stay, except
    that the guests of a boosted listing rate it two stars of five lower.

    Raises:
        ValueError: an attack is of another kind, or the frame has no listing for it.
    """
    strange = sorted({attack.kind for attack in attacks} - set(KINDS))
    if strange:
        raise ValueError(f"no attack to inject: {', '.join(strange)}")
    stage = _stage(check(reviews, REVIEWS, "reviews"), rng)
    truth = [_plant(stage, attack, number, first_day, last_day) for number, attack in enumerate(attacks)]
    honest = stage.reviews.assign(rating=stage.ratings)
    together = pd.concat([honest, *stage.planted], ignore_index=True).astype(dict(REVIEWS))
    together = together.sort_values(["listing_key", "day_to", "review_key"], kind="stable", ignore_index=True)
    return Injected(together, pd.concat([empty(TRUTH), *truth], ignore_index=True))


def _stage(reviews: pd.DataFrame, rng: np.random.Generator) -> _Stage:
    ordered = reviews.sort_values(["listing_key", "day_to", "review_key"], kind="stable", ignore_index=True)
    codes, names = pd.factorize(ordered["listing_key"])
    starts = np.searchsorted(codes, np.arange(len(names) + 1))
    platforms = ordered["platform"].to_numpy(dtype=object)[starts[:-1]]
    known = set(ordered.loc[ordered["reviewer_key"].notna(), "platform"])
    return _Stage(
        rng=rng,
        token=f"planted-{rng.bytes(8).hex()}",
        reviews=ordered,
        starts=starts,
        days=ordered["day_to"].to_numpy(dtype="int64"),
        ratings=ordered["rating"].to_numpy(dtype="float64", copy=True),
        platforms=platforms,
        shows_accounts=np.array([name in known for name in platforms], dtype=bool),
        attacked=np.zeros(len(names), dtype=bool),
    )


def _plant(stage: _Stage, attack: Attack, number: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Enter one attack and its accounts' earlier reviews; the rows of the truth."""
    size, length = SIZES[attack.kind][attack.strength]
    length = min(length, last_day - first_day + 1)
    start = _start(stage, attack, length, first_day, last_day)
    listing = _target(stage, attack, start, length)
    if attack.kind == "season_drip" and attack.start_day is None:
        start = _high_season(stage, listing, length, first_day, last_day)
    # An attack with a given start ends with the period.
    end = min(start + length - 1, last_day)
    day = _days(stage, attack, listing, start, end, size)
    if attack.kind == "boosting":
        rows = stage.rows(listing, start, end)
        stage.ratings[rows] = np.maximum(stage.ratings[rows] - _SPOILT, 0.0)
    newborn = _newborn(stage, attack, size)
    accounts = stage.open_accounts(size)
    earlier = _review_elsewhere(stage, [a for a, new in zip(accounts, newborn, strict=True) if not new], listing, start)
    reviews = _frame(
        stage,
        np.full(size, listing),
        day,
        _ratings(stage, attack, size),
        np.array(accounts, dtype=object),
        nth=np.array([earlier.get(account, 0) + 1 for account in accounts]),
        total=np.array([earlier.get(account, 0) + 1 for account in accounts]),
    )
    stage.planted.append(reviews)
    said = {"attack": number, "kind": attack.kind, "strength": attack.strength}
    return build({"review_key": reviews["review_key"], **said}, TRUTH)


def _start(stage: _Stage, attack: Attack, length: int, first_day: int, last_day: int) -> int:
    if attack.start_day is not None:
        return first_day + attack.start_day
    return int(stage.rng.integers(first_day, last_day - length + 2))


def _target(stage: _Stage, attack: Attack, start: int, length: int) -> int:
    """A listing that has long been open and still is, preferably one that isn't attacked."""
    opened, newest = stage.days[stage.starts[:-1]], stage.days[stage.starts[1:] - 1]
    wanted = stage.shows_accounts if attack.platform is None else stage.platforms == attack.platform
    if attack.platform is None and not wanted.any():
        wanted = np.ones_like(wanted)
    settled = np.flatnonzero(wanted & (opened <= start - OPEN_DAYS))
    if not len(settled):
        raise ValueError(f"no listing has been open for {OPEN_DAYS} days: {attack}")
    burden = 2 * stage.attacked[settled] + (newest[settled] < start)
    if attack.kind == "boosting":
        rows = [stage.rows(int(code), start, start + length - 1) for code in settled]
        burden = 2 * burden + (np.array([each.stop - each.start for each in rows]) < LEAST_GUESTS)
    listing = int(settled[np.lexsort((stage.rng.random(len(settled)), burden))[0]])
    stage.attacked[listing] = True
    return listing


def _high_season(stage: _Stage, listing: int, length: int, first_day: int, last_day: int) -> int:
    """The first day of the stretch with most reviews among those before which the listing was open long enough."""
    opened = int(stage.days[stage.starts[listing]]) + OPEN_DAYS
    starts = np.arange(min(max(first_day, opened), last_day - length + 1), last_day - length + 2)
    held = [stage.rows(listing, int(start), int(start) + length - 1) for start in starts]
    return int(starts[np.argmax([rows.stop - rows.start for rows in held])])


def _days(stage: _Stage, attack: Attack, listing: int, start: int, end: int, number: int) -> Ints:
    """Days of an attack: even, or in proportion to the listing's own guests."""
    if attack.kind != "season_drip":
        return np.sort(stage.rng.integers(start, end + 1, number))
    around = _SEASON_DAYS // 2
    own = stage.days[stage.rows(listing, start - around, end + around)]
    counts = np.bincount(own - (start - around), minlength=end - start + 1 + 2 * around)
    expected = np.convolve(counts, np.ones(_SEASON_DAYS), "valid") + 1e-9
    return np.sort(stage.rng.choice(np.arange(start, end + 1), number, p=expected / expected.sum()))


def _newborn(stage: _Stage, attack: Attack, number: int) -> NDArray[np.bool_]:
    share = 0.0 if attack.kind == "aged" else NEWBORN_SHARE[attack.strength]
    return stage.rng.permutation(number) < round(share * number)


def _ratings(stage: _Stage, attack: Attack, number: int) -> NDArray[np.float64]:
    extreme = stage.rng.permutation(number) < round(EXTREME_SHARE[attack.strength] * number)
    if attack.kind == "bombing":
        return np.where(extreme, 0.0, 0.25)
    return np.where(extreme, 1.0, 0.75)


def _review_elsewhere(stage: _Stage, accounts: list[str], avoid: int, start: int) -> dict[str, int]:
    """Add harmless reviews, each near an honest one of another listing of the platform; how many each account wrote."""
    if not accounts or not stage.shows_accounts[avoid]:
        return dict.fromkeys(accounts, 1)
    latest = start - _QUIET_DAYS
    before = np.array([stage.rows(code, 0, latest).stop for code in range(len(stage.attacked))]) - stage.starts[:-1]
    before[(stage.platforms != stage.platforms[avoid]) | (np.arange(len(before)) == avoid)] = 0
    others = np.flatnonzero(before)
    if not len(others):
        raise ValueError("aged accounts need another listing with earlier reviews")
    weight = np.sqrt(before[others])
    wanted = np.minimum(stage.rng.integers(*EARLIER_REVIEWS, len(accounts)), len(others))
    listing = np.concatenate([stage.rng.choice(others, n, replace=False, p=weight / weight.sum()) for n in wanted])
    row = stage.starts[listing] + (stage.rng.random(len(listing)) * before[listing]).astype(int)
    day = np.minimum(stage.days[row] + stage.rng.integers(-_NEARBY_DAYS, _NEARBY_DAYS + 1, len(row)), latest)
    day = np.maximum(day, stage.days[stage.starts[listing]])
    drawn = stage.starts[listing] + (stage.rng.random(len(listing)) * before[listing]).astype(int)
    account = np.repeat(np.array(accounts, dtype=object), wanted)
    # As the store counts an account's reviews: by day, then by key.
    order = np.lexsort((_keys(account, listing), day, np.repeat(np.arange(len(accounts)), wanted)))
    starts = np.repeat(np.cumsum(wanted) - wanted, wanted)
    stage.planted.append(
        _frame(
            stage,
            listing[order],
            day[order],
            stage.ratings[drawn[order]],
            account,
            nth=np.arange(len(order)) - starts + 1,
            total=np.repeat(wanted + 1, wanted),
        )
    )
    return dict(zip(accounts, wanted.tolist(), strict=True))


def _frame(
    stage: _Stage,
    listing: Ints,
    day: Ints,
    rating: NDArray[np.float64],
    account: NDArray[np.object_],
    *,
    nth: Ints,
    total: Ints,
) -> pd.DataFrame:
    """Reviews of listings (codes), in the columns of ``frames.REVIEWS``."""
    like = stage.reviews.iloc[stage.starts[listing]]
    platform = stage.platforms[listing]
    shown = stage.shows_accounts[listing]
    return build(
        {
            **{name: like[name].to_numpy() for name in _OF_LISTINGS},
            "review_key": _keys(account, listing),
            "platform": platform,
            "reviewer_key": pd.Series(platform + "/" + account, dtype="str").where(pd.Series(shown)),
            "rating": rating,
            "day_from": day,
            "day_to": day,
            "stay_from": -1,
            "stay_to": -1,
            "stay_exact": False,
            "nth": np.where(shown, nth, 0),
            "reviewer_reviews": np.where(shown, total, 0),
            "newborn": np.where(shown, nth == 1, -1),
            "text": "",
            "language": "und",
            "translated": False,
            "verified": False,
        },
        REVIEWS,
    )


def _keys(account: NDArray[np.object_], listing: Ints) -> NDArray[np.str_]:
    """A key for an account's only review of a listing."""
    said = zip(account, listing, strict=True)
    return np.array([hashlib.sha256(f"{who}\0{where}".encode()).hexdigest()[:24] for who, where in said], dtype="U24")
