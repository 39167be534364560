"""Where the simulated listings stand: invented towns of real countries, and invented names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Town:
    """A place, and the languages of those who review it with their shares."""

    name: str
    country: str
    latitude: float
    longitude: float
    languages: tuple[tuple[str, float], ...]


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
EARTH_KM = 6371.0
_VISITORS = {"en": 0.5, "de": 0.3, "it": 0.2}


def draw_towns(rng: np.random.Generator, number: int, countries: Sequence[str]) -> tuple[Town, ...]:
    """Towns with different names; town i lies in ``countries[i % len(countries)]``."""
    towns: list[Town] = []
    names: set[str] = set()
    while len(towns) < number:
        country = countries[len(towns) % len(countries)]
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


def kilometres(
    latitude: Floats | float, longitude: Floats | float, other_latitude: Floats, other_longitude: Floats
) -> Floats:
    """Great-circle distances between points in degrees."""
    one, other = np.radians(latitude), np.radians(other_latitude)
    half = np.sin((other - one) / 2) ** 2
    half = half + np.cos(one) * np.cos(other) * np.sin(np.radians(np.subtract(other_longitude, longitude)) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def spread(rng: np.random.Generator, number: int, shares: Floats) -> Ints:
    """Draw a town for each listing, every town once first where there are enough listings."""
    first = np.arange(len(shares)) if number >= len(shares) else np.arange(0)
    return rng.permutation(np.concatenate([first, rng.choice(len(shares), number - len(first), p=shares)]))


def listing_names(rng: np.random.Generator, towns: Sequence[Town], hotel: NDArray[np.bool_]) -> tuple[str, ...]:
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
