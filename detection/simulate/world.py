"""The world before any review: what to simulate, towns, listings, and how many reviews each listing's day expects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
AttackKind = Literal[
    "burst",
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
]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One platform: how many listings it shows, and what it tells about a review."""

    slug: str
    listings: int
    reviewer_ids: bool = True
    titles: bool = True
    textless_share: float = 0.0
    stayed: Literal["day", "month", "none"] = "day"
    verified_stays: bool = False


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One planted attack; strength 5 is trivial to see, 1 is subtle. What is None is drawn or follows the strength.

    ``camouflage`` is the share of a ring account's reviews that go to listings outside the ring, ``coverage`` the share
    of its accounts that review a client. ``platform`` is else the first one with reviewer ids.
    """

    kind: AttackKind
    strength: int
    platform: str | None = None
    start_day: int | None = None
    camouflage: float = 0.0
    accounts: int | None = None
    listings: int | None = None
    coverage: float | None = None

    def __post_init__(self) -> None:
        if self.strength not in range(1, 6):
            raise ValueError(f"the strength of an attack is 1 to 5, not {self.strength}")
        if not 0 <= self.camouflage < 1:
            raise ValueError(f"camouflage is a share below 1, not {self.camouflage}")


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
    renovations: int = 0
    new_managements: int = 0
    closures: int = 0
    outages: int = 0
    couples: int = 0
    food_clubs: int = 0
    elite_groups: int = 0


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Everything that a simulated platform depends on, the seed apart.

    ``rate_tail`` is the Pareto exponent of the listings' rates (larger: more alike); ``weekly_sd`` and
    ``weekly_memory`` shape an AR(1) of the log-intensity, ``daily_shape`` is the shape of a gamma of mean one.
    Town i lies in ``countries[i % len(countries)]``.
    """

    start: dt.date
    days: int
    sources: tuple[Source, ...]
    towns: int
    countries: tuple[str, ...] = ("IT", "DE", "GB", "FR", "AT", "ES", "CH")
    reviews_per_listing_year: float = 25.5
    rate_tail: float = 1.25
    hotel_share: float = 0.45
    weekly_sd: float = 0.28
    weekly_memory: float = 0.8
    daily_shape: float = 4.0
    honest: Honest = field(default_factory=Honest)
    attacks: tuple[Attack, ...] = ()
    texts: bool = False


@dataclass(frozen=True)
class Town:
    """A place, and the languages of those who review it with their shares."""

    name: str
    country: str
    latitude: float
    longitude: float
    languages: tuple[tuple[str, float], ...]


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


class _Country(NamedTuple):
    """Where a country's towns lie, what is spoken, and the parts of their names."""

    latitudes: tuple[float, float]
    longitudes: tuple[float, float]
    language: str
    stems: str
    endings: str


_COUNTRIES = {
    "IT": _Country(
        (43.2, 46.0),
        (8.6, 12.2),
        "it",
        "Castel Monte Riva Borgo Villa Torre Porto",
        "vella scuro nardo lieto brusca mira",
    ),
    "DE": _Country(
        (48.2, 53.0), (8.2, 12.6), "de", "Eiben Rauen Linden Dachs Falken Schlehen", "furt lohe wörth münd grund reut"
    ),
    "GB": _Country(
        (51.0, 55.0), (-3.6, 0.4), "en", "Wether Marl Thorn Elder Heron Wren", "combe wick mouthe stowe leigh holm"
    ),
    "FR": _Country((43.8, 48.8), (-0.6, 6.2), "fr", "Mor Ferl Grav Clair Vaux Haut", "ennec mers oux gnan ille andre"),
    "AT": _Country(
        (46.9, 48.3),
        (10.4, 16.0),
        "de",
        "Enzian Almer Tauern Lärchen Gams Föhren",
        "lach reith gass schlag moos stätten",
    ),
    "ES": _Country(
        (37.2, 42.8), (-5.8, 1.8), "es", "Villa Puerto Alta Monte Torre Pena", "lida mora seca jar dorna quera"
    ),
    "CH": _Country(
        (46.4, 47.4), (6.8, 9.4), "de", "Rüti Seel Brunn Matt Alpen Föhn", "wiler ingen stalden egg matten bühl"
    ),
}
_HOTELS = {
    "it": ("Albergo", "Hotel", "Locanda", "Villa"),
    "de": ("Hotel", "Gasthof", "Pension", "Landhaus"),
    "en": ("The", "Hotel", "Inn at"),
    "fr": ("Hôtel", "Auberge", "Relais"),
    "es": ("Hotel", "Hostal", "Posada"),
}
_RESTAURANTS = {
    "it": ("Trattoria", "Osteria", "Ristorante", "Pizzeria"),
    "de": ("Gasthaus", "Wirtshaus", "Restaurant", "Weinstube"),
    "en": ("The", "Kitchen at", "Tavern of"),
    "fr": ("Bistrot", "Chez", "Brasserie"),
    "es": ("Mesón", "Taberna", "Casa"),
}
_WORDS = {
    "it": ("Glicine Tramonto Melograno Cipresso Lanterna Sirena Gelsomino Airone Merlo", "d'Oro Verde Felice Celeste"),
    "de": ("Eibenhof Rehwinkel Lindenkrug Mühlbach Kranich Dachsbau Ahorn", "Alter Stiller Goldener Grüner Kleiner"),
    "en": ("Heron Lantern Willow Otter Copper-Kettle Orchard Foxglove Plover", "Quiet Old Silver Crooked Merry Little"),
    "fr": ("Glycine Hirondelle Cigogne Mésange Tourelle Bruyère Pervenche", "Bleue Douce Dorée Claire Blanche"),
    "es": ("Almendro Jazmín Olivar Naranjo Ruiseñor Romero Tomillo", "Viejo Claro Dulce Blanco Alto Sereno"),
}
_VISITORS = {"en": 0.5, "de": 0.3, "it": 0.2}


def build_world(spec: Spec, rng: np.random.Generator) -> World:
    """Draw towns, listings and the intensity of every listing's day."""
    towns = _towns(spec, rng)
    number = sum(source.listings for source in spec.sources)
    source = np.repeat(np.arange(len(spec.sources)), [s.listings for s in spec.sources])
    size = rng.gamma(2.0, 1.0, spec.towns) + 0.5
    town = np.concatenate([_spread(rng, s.listings, size / size.sum()) for s in spec.sources])
    hotel = rng.random(number) < spec.hotel_share
    rate = np.minimum(rng.pareto(spec.rate_tail, number) + 1, 60.0)
    rate *= spec.reviews_per_listing_year / rate.mean()
    return World(
        spec=spec,
        towns=towns,
        source=source,
        town=town,
        hotel=hotel,
        name=_listing_names(rng, [towns[t] for t in town], hotel),
        latitude=np.round(np.array([t.latitude for t in towns])[town] + rng.normal(0, 0.008, number), 6),
        longitude=np.round(np.array([t.longitude for t in towns])[town] + rng.normal(0, 0.012, number), 6),
        yearly_rate=rate,
        quality=rng.normal(0, 0.55, number),
        intensity=_intensity(spec, rng, rate, source, town, hotel),
    )


def _towns(spec: Spec, rng: np.random.Generator) -> tuple[Town, ...]:
    towns: list[Town] = []
    names: set[str] = set()
    while len(towns) < spec.towns:
        country = spec.countries[len(towns) % len(spec.countries)]
        latitudes, longitudes, own, stems, endings = _COUNTRIES[country]
        name = f"{rng.choice(stems.split())}{rng.choice(endings.split())}"
        # Invented names run out in a world of many towns.
        name = name if name not in names else f"{name} {rng.choice(endings.split()).capitalize()}"
        if name in names:
            continue
        names.add(name)
        tourists = rng.uniform(0.25, 0.55)
        others = {code: share for code, share in _VISITORS.items() if code != own}
        scale = tourists / sum(others.values())
        languages = ((own, 1 - tourists), *((code, share * scale) for code, share in others.items()))
        latitude, longitude = rng.uniform(*latitudes), rng.uniform(*longitudes)
        towns.append(Town(name, country, round(latitude, 5), round(longitude, 5), languages))
    return tuple(towns)


def _spread(rng: np.random.Generator, number: int, shares: Floats) -> Ints:
    """Draw a town for each listing, every town once first where there are enough listings."""
    first = np.arange(len(shares)) if number >= len(shares) else np.arange(0)
    return rng.permutation(np.concatenate([first, rng.choice(len(shares), number - len(first), p=shares)]))


def _listing_names(rng: np.random.Generator, towns: list[Town], hotel: NDArray[np.bool_]) -> tuple[str, ...]:
    """A name for each listing, in a small world no name twice."""
    names: list[str] = []
    for town, is_hotel in zip(towns, hotel, strict=True):
        tries = (_listing_name(rng, town, bool(is_hotel)) for _ in range(8))
        used = set(names[-200:])
        names.append(next((name for name in tries if name not in used), _listing_name(rng, town, bool(is_hotel))))
    return tuple(names)


def _listing_name(rng: np.random.Generator, town: Town, hotel: bool) -> str:
    own = _COUNTRIES[town.country].language
    nouns, adjectives = (words.split() for words in _WORDS[own])
    first = rng.choice((_HOTELS if hotel else _RESTAURANTS)[own])
    noun, adjective = str(rng.choice(nouns)).replace("-", " "), rng.choice(adjectives)
    if own in ("it", "fr", "es"):
        return f"{first} {noun} {adjective}"
    return f"{first} {adjective} {noun}"


def _intensity(
    spec: Spec, rng: np.random.Generator, rate: Floats, source: Ints, town: Ints, hotel: NDArray[np.bool_]
) -> Floats:
    """Rate x growth x season of town and kind x weekdays x slow and daily noise x the platform's day."""
    day = np.arange(spec.days)
    growth = np.exp(np.outer(rng.normal(0.02, 0.12, len(rate)), (day - spec.days / 2) / 365.25))
    weekday = rng.dirichlet(np.array([9, 8, 8, 8, 9, 12, 12.0]), len(rate)) * 7
    days_of_week = (spec.start.weekday() + day) % 7
    intensity = growth * weekday[:, days_of_week] * (rate / 365.25)[:, None]
    intensity *= _seasons(spec, rng)[town, hotel.astype(int)]
    intensity *= np.repeat(_slow_noise(spec, rng, len(rate)), 7, axis=1)[:, : spec.days]
    intensity *= rng.gamma(spec.daily_shape, 1 / spec.daily_shape, intensity.shape)
    platform_day = rng.normal(0, 0.08, (len(spec.sources), spec.days))
    intensity *= np.exp(platform_day)[source]
    return intensity


def _seasons(spec: Spec, rng: np.random.Generator) -> Floats:
    """A factor of mean about one for town x (restaurant, hotel) x day: a summer peak, in some towns a winter one."""
    day_of_year = spec.start.timetuple().tm_yday + np.arange(spec.days)
    peak = np.where(rng.random(spec.towns) < 0.75, rng.normal(205, 18, spec.towns), rng.normal(25, 15, spec.towns))
    second = rng.uniform(0, 0.4, spec.towns)
    phase = 2 * np.pi * (day_of_year[None, :] - peak[:, None]) / 365.25
    shape = np.cos(phase) + second[:, None] * np.cos(2 * phase)
    amplitude = np.stack([rng.uniform(0.1, 0.3, spec.towns), rng.uniform(0.3, 0.7, spec.towns)], axis=1)
    return np.asarray(np.exp(amplitude[:, :, None] * shape[:, None, :]))


def _slow_noise(spec: Spec, rng: np.random.Generator, number: int) -> Floats:
    weeks = -(-spec.days // 7)
    steps = rng.normal(0, spec.weekly_sd, (weeks, number))
    for week in range(1, weeks):
        steps[week] = spec.weekly_memory * steps[week - 1] + np.sqrt(1 - spec.weekly_memory**2) * steps[week]
    return np.exp(steps - spec.weekly_sd**2 / 2).T
