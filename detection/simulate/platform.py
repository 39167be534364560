"""The assembly: a simulated platform with its listings, its reviews, and the truth about what happened on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from detection.simulate import attacks, company, honest, peaks, stays, writing
from detection.simulate.owners import draw_owners
from detection.simulate.reviewers import (
    Accounts,
    Event,
    Ledger,
    Objects,
    Slots,
    Voice,
    assign,
    draw_lags,
    draw_names,
    draw_stars,
)
from detection.simulate.world import Attack, Honest, Ints, Source, Spec, World, build_world

# fmt: off
LISTING_COLUMNS = (
    "platform", "listing_id", "listing_name", "listing_kind", "city", "country", "latitude", "longitude",
)
REVIEW_COLUMNS = (
    *LISTING_COLUMNS, "review_id", "reviewer_id", "reviewer_name", "reviewer_review_count", "reviewer_since",
    "rating", "rating_worst", "rating_best", "title", "text", "language", "stayed", "published", "verified_stay",
    "response_text", "response_published",
)
# fmt: on
WORST, BEST = 1.0, 5.0
# The first of the dice of companies; what is drawn before them uses smaller parts.
_COMPANY_DICE = 20


@dataclass(frozen=True)
class Platform:
    """What a simulation made.

    ``reviews`` has the canonical import columns; ``truth`` has a row (review_id, event_id) for every review of an
    event, ``events`` a row an event: event_id, kind, planted, strength (0 where innocent), platform, listing_ids,
    reviewer_ids (where accounts act together, and the platform shows them), start, end, reviews. ``owners`` has a row
    for each listing of which the owner is on file: platform, listing_id, owner, reviewer_id (missing where no account
    of the owner's is known).
    """

    listings: pd.DataFrame
    reviews: pd.DataFrame
    truth: pd.DataFrame
    events: pd.DataFrame
    owners: pd.DataFrame


def simulate(spec: Spec, seed: int) -> Platform:
    """Draw a platform; the same specification and seed give the same one."""

    def dice(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    accounts, ledger = Accounts(), Ledger()
    world = honest.interrupt(dice(1), build_world(spec, dice(0)), ledger)
    ordinary = honest.ordinary_days(dice(2), world)
    peaks.crowds(dice(3), world, ledger)
    peaks.changes(dice(4), world, ordinary, ledger)
    attacks.plant(dice(5), world, ordinary, accounts, ledger)
    hired = accounts.number
    slots = np.concatenate([ordinary, *ledger.slots])
    draw_lags(dice(6), world, slots)
    assign(dice(7), world, slots, accounts)
    joined = len(ledger.slots)
    honest.groups(dice(8), world, slots, accounts, ledger, hired=hired)
    before = np.concatenate([slots, *ledger.slots[joined:]])
    company.gather(seed, _COMPANY_DICE, world, before, accounts, ledger, hired=hired)
    slots = _drop_repetitions(np.concatenate([slots, *ledger.slots[joined:]]), ledger)
    stays.settle(world, slots, hired=hired)
    stays.draw_nights(dice(17), world, slots, hired=hired)
    draw_stars(dice(9), world, slots, accounts)
    for number, attack in enumerate(a for a in spec.attacks if a.kind == "swapped"):
        attacks.swap(np.random.default_rng([seed, 10, number]), world, attack, slots, ledger)
    slots = _in_order(dice(11), slots)
    return _frames(world, slots, accounts, ledger, seed)


def _drop_repetitions(slots: Slots, ledger: Ledger) -> Slots:
    """Nobody reviews a listing twice; where somebody would, the review of a planted event stays, then of another."""
    # Reviews of ordinary days have event -1, the last place.
    planted = np.array([*(event.planted for event in ledger.events), False])[slots["event"]]
    order = np.lexsort((slots["day"], slots["event"] < 0, ~planted, slots["listing"], slots["account"]))
    same = (np.diff(slots["account"][order]) == 0) & (np.diff(slots["listing"][order]) == 0)
    keep = np.ones(len(slots), bool)
    keep[order[1:][same]] = False
    return slots[keep]


def _in_order(rng: np.random.Generator, slots: Slots) -> Slots:
    return slots[np.lexsort((rng.random(len(slots)), slots["day"]))]


def _frames(world: World, slots: Slots, accounts: Accounts, ledger: Ledger, seed: int) -> Platform:
    listings = _listing_frame(world)
    number = len(accounts.table())
    ids = np.array([f"u{code:08d}" for code in np.random.default_rng([seed, 12]).permutation(number)], object)
    reviews = _review_frame(np.random.default_rng([seed, 13]), world, slots, accounts, listings, ids)
    if world.spec.texts:
        writing.write_texts(np.random.default_rng([seed, 14]), world, slots, ledger, reviews)
        answers, day = writing.responses(np.random.default_rng([seed, 15]), world, slots)
        reviews["response_text"] = answers
        reviews["response_published"] = _dates(world.spec, day).where(answers.notna())
    member = slots["event"] >= 0
    event_id = pd.Series([f"e{n:05d}" for n in range(len(ledger.events))], dtype="str")
    truth = pd.DataFrame(
        {
            "review_id": reviews["review_id"].to_numpy()[member],
            "event_id": event_id.to_numpy()[slots["event"][member]],
        }
    )
    events = _event_frame(world, ledger, listings, ids)
    events.insert(0, "event_id", event_id)
    events["reviews"] = np.bincount(slots["event"][member], minlength=len(events))
    reviews = reviews.sort_values(["published", "review_id"], ignore_index=True)
    owners = _owner_frame(np.random.default_rng([seed, 16]), world, ledger, listings, ids)
    return Platform(listings, reviews[list(REVIEW_COLUMNS)], truth, events, owners)


def _listing_frame(world: World) -> pd.DataFrame:
    slugs = np.array([source.slug for source in world.spec.sources], object)[world.source]
    towns = [world.towns[t] for t in world.town]
    return pd.DataFrame(
        {
            "platform": slugs,
            "listing_id": [f"{slug[:2]}{100001 + n}" for n, slug in enumerate(slugs)],
            "listing_name": world.name,
            "listing_kind": np.where(world.hotel, "hotel", "restaurant"),
            "city": [town.name for town in towns],
            "country": [town.country for town in towns],
            "latitude": world.latitude,
            "longitude": world.longitude,
        }
    )


def _review_frame(
    rng: np.random.Generator,
    world: World,
    slots: Slots,
    accounts: Accounts,
    listings: pd.DataFrame,
    ids: Objects,
) -> pd.DataFrame:
    """The reviews without their texts, in the order of the slots."""
    sources, number = world.spec.sources, len(slots)
    source, account = world.source[slots["listing"]], slots["account"]

    def where(told: list[bool], values: Any, otherwise: Any = None) -> Any:
        return np.where(np.array(told)[source], np.asarray(values, object), np.asarray(otherwise, object))

    frame = listings.iloc[slots["listing"]].reset_index(drop=True)
    table = accounts.table()
    so_far = pd.Series(account).groupby(account).cumcount().to_numpy() + 1
    turn = pd.Series(source).groupby(source).cumcount()
    frame["review_id"] = frame["platform"] + "-r" + (turn + 1).astype(str).str.zfill(7)
    first_day = np.full(len(table), world.spec.days)
    np.minimum.at(first_day, account, slots["day"])
    shows_ids = [s.reviewer_ids for s in sources]
    frame["reviewer_id"] = where(shows_ids, ids[account])
    frame["reviewer_name"] = draw_names(rng, len(table))[account]
    frame["reviewer_review_count"] = so_far + table["elsewhere"][account]
    since = _dates(world.spec, np.minimum(table["since"], first_day)[account])
    frame["reviewer_since"] = since.where(np.array(shows_ids)[source])
    frame["rating"] = np.where(slots["swapped"], WORST + BEST - slots["stars"], slots["stars"]).astype(float)
    frame["rating_worst"], frame["rating_best"] = WORST, BEST
    stay = slots["day"] - slots["lag_days"]
    left, came = (_dates(world.spec, day).dt.strftime("%Y-%m-%d") for day in (stay, stay - slots["nights"]))
    frame["stayed"] = stays.told(world, slots, left, came)
    frame["published"] = _dates(world.spec, slots["day"])
    genuine = slots["voice"] != Voice.TEMPLATE
    verified = rng.random(number) < np.where(genuine, 0.7, 0.1)
    frame["verified_stay"] = where([s.verified_stays for s in sources], verified)
    for column in ("title", "text", "language", "response_text"):
        frame[column] = pd.Series([None] * number, dtype="str")
    frame["response_published"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    return frame


def _dates(spec: Spec, days: Ints) -> pd.Series[pd.Timestamp]:
    return pd.Series(np.datetime64(spec.start, "s") + days.astype("timedelta64[D]"))


def _event_frame(world: World, ledger: Ledger, listings: pd.DataFrame, ids: Objects) -> pd.DataFrame:
    listing_ids = listings["listing_id"].to_numpy()
    events = ledger.events
    shows_ids = np.array([source.reviewer_ids for source in world.spec.sources])

    def members(event: Event) -> tuple[str, ...]:
        shown = shows_ids[world.source[list(event.listings)]].all()
        return tuple(str(ids[n]) for n in event.accounts) if shown else ()

    def platform(event: Event) -> str | None:
        sources = set(world.source[list(event.listings)].tolist())
        return world.spec.sources[sources.pop()].slug if len(sources) == 1 else None

    return pd.DataFrame(
        {
            "kind": [event.kind for event in events],
            "planted": np.array([event.planted for event in events], bool),
            "strength": np.array([event.strength for event in events], int),
            "platform": pd.Series([platform(event) for event in events], dtype="str"),
            "listing_ids": [tuple(str(listing_ids[n]) for n in event.listings) for event in events],
            "reviewer_ids": [members(event) for event in events],
            "start": _dates(world.spec, np.array([event.start for event in events], int)),
            "end": _dates(world.spec, np.array([event.end for event in events], int)),
        }
    )


def _owner_frame(
    rng: np.random.Generator, world: World, ledger: Ledger, listings: pd.DataFrame, ids: Objects
) -> pd.DataFrame:
    listing, owner, account = draw_owners(rng, world, ledger)
    owned = listings.iloc[listing]
    shows_ids = np.array([source.reviewer_ids for source in world.spec.sources])[world.source[listing]]
    frame = pd.DataFrame(
        {
            "platform": owned["platform"].to_numpy(),
            "listing_id": owned["listing_id"].to_numpy(),
            "owner": [f"o{number:05d}" for number in owner],
            "reviewer_id": pd.Series(ids[account], dtype="str").where(pd.Series((account >= 0) & shows_ids)),
        }
    )
    return frame.sort_values(["platform", "listing_id"], ignore_index=True)


def demo_spec() -> Spec:
    """A small lake district with texts: three towns, three platforms, three years, and one of nearly everything."""
    start, last = dt.date(2023, 11, 1), dt.date(2026, 10, 31)
    days = (last - start).days + 1
    return Spec(
        start=start,
        days=days,
        sources=(
            Source(slug="tripadvisor", listings=26, stayed="month", textless_share=0.1),
            Source(slug="lakeguide", listings=10, verified_stays=True, textless_share=0.2),
            Source(slug="google", listings=8, reviewer_ids=False, titles=False, textless_share=0.3, stayed="none"),
        ),
        towns=3,
        countries=("IT", "AT", "GB"),
        reviews_per_listing_year=44.0,
        rate_tail=3.0,
        honest=Honest(
            festivals_per_town_year=1 / 3,
            campaigns=1,
            openings=1,
            media_mentions=1,
            weddings=3,
            cards=1,
            couples=12,
            food_clubs=1,
        ),
        attacks=(
            Attack(kind="burst", strength=4, platform="tripadvisor"),
            Attack(kind="burst", strength=3, platform="google", start_day=days - 6),
            Attack(kind="drip", strength=4, platform="tripadvisor", start_day=days - 100),
            Attack(kind="bombing", strength=4, platform="lakeguide"),
            Attack(kind="boosting", strength=5, platform="tripadvisor"),
            Attack(
                kind="ring", strength=4, platform="tripadvisor", camouflage=0.5, accounts=15, listings=8, coverage=0.7
            ),
            Attack(kind="swapped", strength=3, platform="tripadvisor"),
        ),
        texts=True,
    )


# Fitted to restaurants' recommended reviews of three years; docs/simulation.md says which, when and how well.
FITTED: Mapping[str, Any] = {
    "rate_tail": 2.01,
    "growth": (0.142, 0.123),
    "weekly_sd": 0.239,
    "weekly_memory": 0.96,
    "daily_shape": 91.0,
    "day_sd": 0.01,
    "weekdays": (10.78, 9.36, 9.08, 8.32, 8.30, 9.15, 10.96),
    "weekday_likeness": 1557.0,
    "season": (0.034, 0.102),
    "once": 0.060,
    "once_trend": 0.034,
    "pool_share": 0.442,
    "stars": (0.0132, 0.0466, 0.1446, 0.4635, 0.3321),
    "first_spread": 1.551,
    "first_lift": 0.451,
}
# What the worlds were like before they were fitted: rougher than restaurants are.
ROUGH: Mapping[str, Any] = {"weekly_sd": 0.28, "weekly_memory": 0.8, "daily_shape": 4.0}


def large_spec(
    *,
    listings: int = 3000,
    days: int = 1095,
    start: dt.date = dt.date(2023, 11, 1),
    attacks: tuple[Attack, ...] = (),
    texts: bool = False,
) -> Spec:
    """One platform, with innocent events in the numbers that its size sees; its knobs are those fitted to real data."""
    spec = Spec(
        start=start,
        days=days,
        sources=(Source(slug="wideworld", listings=listings),),
        towns=max(3, listings // 75),
        honest=honest.honest_at_scale(listings, days),
        attacks=attacks,
        texts=texts,
    )
    return replace(spec, **FITTED)


def rough_spec(
    *,
    listings: int = 3000,
    days: int = 1095,
    start: dt.date = dt.date(2023, 11, 1),
    attacks: tuple[Attack, ...] = (),
    texts: bool = False,
) -> Spec:
    """As ``large_spec``, with counts far rougher than those that were fitted."""
    return replace(large_spec(listings=listings, days=days, start=start, attacks=attacks, texts=texts), **ROUGH)
