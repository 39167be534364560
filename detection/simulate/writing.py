"""The words of a simulated platform: titles and texts in the language of each account, and owners' answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detection.simulate.reviewers import Ledger, Slots, Voice, draw_languages
from detection.simulate.text import Campaign, Text, campaign, compose
from detection.simulate.world import Ints, World

# Most of whom write one language.
PARTIES = ("wedding", "tour_group", "tour_party", "family")


def write_texts(rng: np.random.Generator, world: World, slots: Slots, ledger: Ledger, reviews: pd.DataFrame) -> None:
    """Set title, text and language; an account writes one language, a campaign's texts are its author's."""
    one_author = [n for n, e in enumerate(ledger.events) if e.planted and not e.accounts and e.kind != "swapped"]
    parties = [n for n, e in enumerate(ledger.events) if e.kind in PARTIES]
    languages = draw_languages(rng, world, slots, one_author, parties)
    silent = (
        rng.random(len(slots))
        < np.array([s.textless_share for s in world.spec.sources])[world.source[slots["listing"]]]
    )
    campaigns: dict[tuple[int, int, str, bool], Campaign] = {}
    written: list[tuple[str | None, str | None, str | None]] = []
    told = rng.random(len(slots))
    for slot, language, quiet, luck in zip(slots, languages, silent, told, strict=True):
        listing, stars, voice = int(slot["listing"]), int(slot["stars"]), int(slot["voice"])
        if quiet and voice != Voice.TEMPLATE:
            written.append((None, None, None))
            continue
        kind = "hotel" if world.hotel[listing] else "restaurant"
        city, name = world.towns[world.town[listing]].name, world.name[listing]
        if voice == Voice.TEMPLATE:
            key = (int(slot["event"]), stars, language, bool(world.hotel[listing]))
            if key not in campaigns:
                campaigns[key] = campaign(rng, language=language, kind=kind, stars=stars, city=city, listing=name)
            text = _moved(campaigns[key], campaigns[key].text(rng, float(slot["likeness"])), city, name)
        else:
            aside, share = _ASIDES.get(voice, ("", 0.0))
            text = compose(
                rng,
                language=language,
                kind=kind,
                stars=stars,
                city=city,
                listing=name,
                topics=_TOPICS.get(voice, ()),
                aside=aside if luck < share else "",
            )
        title = text.title if world.spec.sources[world.source[listing]].titles else None
        written.append((title or None, text.body, language))
    for column, values in zip(("title", "text", "language"), zip(*written, strict=True), strict=True):
        reviews[column] = pd.Series(values, dtype="str")


def _moved(author: Campaign, text: Text, city: str, listing: str) -> Text:
    """The author's text with the names of the listing that it is for, where the template holds another's."""

    def own(words: str) -> str:
        return words.replace(author.listing, listing).replace(author.city, city)

    return Text(own(text.title), own(text.body))


def responses(rng: np.random.Generator, world: World, slots: Slots) -> tuple[pd.Series[str], Ints]:
    """Owners' answers, missing where there is none, and their days: in the town's language, days later, by some."""
    zeal = rng.beta(0.6, 1.8, len(world.town))[slots["listing"]]
    day = slots["day"] + rng.integers(1, 12, len(slots))
    answered = (rng.random(len(slots)) < zeal) & (day < world.spec.days)
    own = [world.towns[t].languages[0][0] for t in world.town[slots["listing"]]]
    pleased = slots["stars"] >= 4
    texts = [_RESPONSES[code][0 if glad else 1] for code, glad in zip(own, pleased, strict=True)]
    return pd.Series(texts, dtype="str").where(pd.Series(answered)), day


# The grammar's symbol for what an event's guests speak of, and the share of them who do.
_ASIDES: dict[int, tuple[str, float]] = {
    Voice.WEDDING: ("wedding", 0.6),
    Voice.TOUR: ("tour", 0.6),
    Voice.FESTIVAL: ("festival", 0.45),
    Voice.OPENING: ("opening", 0.4),
    Voice.MEDIA: ("media", 0.4),
    Voice.CARD: ("card", 0.4),
    Voice.MANAGEMENT: ("management", 0.4),
    Voice.COLD: ("cold", 0.85),
    Voice.WATER: ("water", 0.85),
    Voice.ILLNESS: ("illness", 0.85),
    Voice.POWER: ("power", 0.85),
}
_TOPICS: dict[int, tuple[str, ...]] = {Voice.BUILDING_WORK: ("-building_work",)}
_RESPONSES = {
    "en": (
        "Thank you for your kind words, we hope to see you again.",
        "We are sorry to read this and will look into it.",
    ),
    "de": ("Vielen Dank für die netten Worte, bis bald!", "Das tut uns leid, wir gehen der Sache nach."),
    "it": ("Grazie di cuore, vi aspettiamo di nuovo.", "Ci dispiace molto, verificheremo quanto accaduto."),
    "fr": ("Merci beaucoup, au plaisir de vous revoir.", "Nous sommes désolés et allons vérifier ce point."),
    "es": ("Muchas gracias, les esperamos pronto.", "Lo sentimos mucho, revisaremos lo ocurrido."),
}
