"""The world before any review: what to simulate, towns, listings, and how many reviews each listing's day expects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detection.simulate.places import Town, draw_towns, listing_names, spread

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Stayed = Literal["day", "month", "interval", "none"]
AttackKind = Literal[
    "burst",
    "aged",
    "drip",
    "bombing",
    "boosting",
    "ring",
    "owners",
    "templates",
    "swapped",
    "travel",
    "ring_burst",
    "season_drip",
    "hired",
]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One platform: how many listings it shows, and what it tells about a review.

    ``stayed`` as an interval tells check-in and check-out of hotels, and the day of restaurants.
    """

    slug: str
    listings: int
    reviewer_ids: bool = True
    titles: bool = True
    textless_share: float = 0.0
    stayed: Stayed = "day"
    verified_stays: bool = False


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One planted attack; strength 5 is trivial to see, 1 is subtle. What is None is drawn or follows the strength.

    ``camouflage`` is the share of a ring account's reviews that go to listings outside the ring; of a crowd's attack,
    the share of its reviews that are by aged accounts, with ordinary stars and words. ``coverage`` is the share of a
    ring's accounts that review a client; the clients of a ring lie in ``one_town`` or anywhere, and are praised or,
    with ``blame``, run down. ``platform`` is else the first one with reviewer ids.
    """

    kind: AttackKind
    strength: int
    platform: str | None = None
    start_day: int | None = None
    camouflage: float = 0.0
    accounts: int | None = None
    listings: int | None = None
    coverage: float | None = None
    one_town: bool = False
    blame: bool = False

    def __post_init__(self) -> None:
        if self.strength not in range(1, 6):
            raise ValueError(f"the strength of an attack is 1 to 5, not {self.strength}")
        if not 0 <= self.camouflage < 1:
            raise ValueError(f"camouflage is a share below 1, not {self.camouflage}")
        if (self.one_town or self.blame) and self.kind not in ("ring", "ring_burst"):
            raise ValueError(f"only rings are told to stay in one town or to blame, not {self.kind}")


@dataclass(frozen=True, kw_only=True)
class Honest:
    """How many innocent events the world holds, all platforms together; 0 switches a kind off."""

    festivals_per_town_year: float = 0.0
    campaigns: int = 0
    openings: int = 0
    media_mentions: int = 0
    weddings: int = 0
    tour_groups: int = 0
    cards: int = 0
    mailings: int = 0
    renovations: int = 0
    new_managements: int = 0
    imports: int = 0
    faults: int = 0
    closures: int = 0
    seasonal: int = 0
    outages: int = 0
    couples: int = 0
    food_clubs: int = 0
    elite_groups: int = 0
    families: int = 0
    tour_parties: int = 0
    list_followers: int = 0
    lunch_rounds: int = 0
    business_travellers: int = 0
    owner_neighbours: int = 0


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Everything that a simulated platform depends on, the seed apart.

    Town i lies in ``countries[i % len(countries)]``. ``rate_tail`` is the Pareto exponent of the listings' rates
    (larger: more alike), ``growth`` the mean and the spread of their log growth a year. ``weekly_sd`` and
    ``weekly_memory`` shape an AR(1) of the log-intensity, ``daily_shape`` is the shape of a gamma of mean one,
    ``day_sd`` the spread of the platform's log-day. ``weekdays`` are the usual weights from Monday on,
    ``weekday_likeness`` (a Dirichlet's sum) how closely listings keep to them. ``season`` is the range of the towns'
    amplitudes for restaurants, ``hotel_season`` for hotels. ``once`` is the probability that an ordinary review's
    author never returns, ``once_trend`` its change a year about the middle; ``pool_share`` the returning accounts as a
    share of all reviews. ``stars`` are the usual shares from 1 to 5; an account's first review stretches the mood by
    ``first_spread`` and lifts it by ``first_lift``.
    """

    start: dt.date
    days: int
    sources: tuple[Source, ...]
    towns: int
    countries: tuple[str, ...] = ("IT", "DE", "GB", "FR", "AT", "ES", "CH")
    reviews_per_listing_year: float = 25.5
    rate_tail: float = 1.25
    growth: tuple[float, float] = (0.02, 0.12)
    hotel_share: float = 0.45
    weekly_sd: float = 0.28
    weekly_memory: float = 0.8
    daily_shape: float = 4.0
    day_sd: float = 0.08
    weekdays: tuple[float, ...] = (9.0, 8.0, 8.0, 8.0, 9.0, 12.0, 12.0)
    weekday_likeness: float = 66.0
    season: tuple[float, float] = (0.1, 0.3)
    hotel_season: tuple[float, float] = (0.3, 0.7)
    once: float = 0.16
    once_trend: float = 0.0
    pool_share: float = 0.21
    stars: tuple[float, ...] = (0.066, 0.064, 0.20, 0.28, 0.39)
    first_spread: float = 1.0
    first_lift: float = 0.0
    honest: Honest = field(default_factory=Honest)
    attacks: tuple[Attack, ...] = ()
    texts: bool = False


@dataclass(frozen=True)
class World:
    """Towns, listings as aligned arrays, and ``intensity``: reviews expected of a listing (row) on a day (column)."""

    spec: Spec
    towns: tuple[Town, ...]
    source: Ints
    town: Ints
    hotel: NDArray[np.bool_]
    name: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    yearly_rate: Floats
    quality: Floats
    intensity: Floats

    def on(self, source: int) -> Ints:
        """The listings of one platform."""
        return np.flatnonzero(self.source == source)


def build_world(spec: Spec, rng: np.random.Generator) -> World:
    """Draw towns, listings and the intensity of every listing's day."""
    towns = draw_towns(rng, spec.towns, spec.countries)
    number = sum(source.listings for source in spec.sources)
    source = np.repeat(np.arange(len(spec.sources)), [s.listings for s in spec.sources])
    size = rng.gamma(2.0, 1.0, spec.towns) + 0.5
    town = np.concatenate([spread(rng, s.listings, size / size.sum()) for s in spec.sources])
    hotel = rng.random(number) < spec.hotel_share
    rate = np.minimum(rng.pareto(spec.rate_tail, number) + 1, 60.0)
    rate *= spec.reviews_per_listing_year / rate.mean()
    return World(
        spec=spec,
        towns=towns,
        source=source,
        town=town,
        hotel=hotel,
        name=listing_names(rng, [towns[t] for t in town], hotel),
        latitude=np.round(np.array([t.latitude for t in towns])[town] + rng.normal(0, 0.008, number), 6),
        longitude=np.round(np.array([t.longitude for t in towns])[town] + rng.normal(0, 0.012, number), 6),
        yearly_rate=rate,
        quality=rng.normal(0, 0.55, number),
        intensity=_intensity(spec, rng, rate, source, town, hotel),
    )


def _intensity(
    spec: Spec, rng: np.random.Generator, rate: Floats, source: Ints, town: Ints, hotel: NDArray[np.bool_]
) -> Floats:
    """Rate x growth x season of town and kind x weekdays x slow and daily noise x the platform's day."""
    day = np.arange(spec.days)
    growth = np.exp(np.outer(rng.normal(*spec.growth, len(rate)), (day - spec.days / 2) / 365.25))
    usual = np.array(spec.weekdays)
    weekday = rng.dirichlet(usual * spec.weekday_likeness / usual.sum(), len(rate)) * 7
    days_of_week = (spec.start.weekday() + day) % 7
    intensity = growth * weekday[:, days_of_week] * (rate / 365.25)[:, None]
    intensity *= _seasons(spec, rng)[town, hotel.astype(int)]
    intensity *= np.repeat(_slow_noise(spec, rng, len(rate)), 7, axis=1)[:, : spec.days]
    intensity *= rng.gamma(spec.daily_shape, 1 / spec.daily_shape, intensity.shape)
    platform_day = rng.normal(0, spec.day_sd, (len(spec.sources), spec.days))
    intensity *= np.exp(platform_day)[source]
    return intensity


def _seasons(spec: Spec, rng: np.random.Generator) -> Floats:
    """A factor of mean about one for town x (restaurant, hotel) x day: a summer peak, in some towns a winter one."""
    day_of_year = spec.start.timetuple().tm_yday + np.arange(spec.days)
    peak = np.where(rng.random(spec.towns) < 0.75, rng.normal(205, 18, spec.towns), rng.normal(25, 15, spec.towns))
    second = rng.uniform(0, 0.4, spec.towns)
    phase = 2 * np.pi * (day_of_year[None, :] - peak[:, None]) / 365.25
    shape = np.cos(phase) + second[:, None] * np.cos(2 * phase)
    amplitude = np.stack([rng.uniform(*spec.season, spec.towns), rng.uniform(*spec.hotel_season, spec.towns)], axis=1)
    return np.asarray(np.exp(amplitude[:, :, None] * shape[:, None, :]))


def _slow_noise(spec: Spec, rng: np.random.Generator, number: int) -> Floats:
    weeks = -(-spec.days // 7)
    steps = rng.normal(0, spec.weekly_sd, (weeks, number))
    for week in range(1, weeks):
        steps[week] = spec.weekly_memory * steps[week - 1] + np.sqrt(1 - spec.weekly_memory**2) * steps[week]
    return np.exp(steps - spec.weekly_sd**2 / 2).T
