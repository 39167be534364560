"""What stays the same for every finding of a detector: its claim, innocent explanations, limits, replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reports.calibration import calibration_sentences


@dataclass(frozen=True, slots=True)
class Explained:
    """A detector in plain words."""

    name: str
    checked: str
    compared_with: str
    innocent: tuple[str, ...]
    owner_adds: tuple[str, ...]
    calibration: str


_SEARCH = "We searched our bookings from ........ to ........ : no match [ ]   match [ ]"

DETECTORS: Mapping[str, Explained] = {
    "bursts": Explained(
        name="Bursts",
        checked="Whether more reviews of one kind came within 3 to 112 days than expected, from a crowd unlike the "
        "listing's own.",
        compared_with="The listing's own past, its town, and how busy the platform was on the same days.",
        innocent=(
            "a wedding, congress, festival or group whose guests wrote afterwards",
            "news, a television programme or a post that many people saw",
            "the owner's own request for reviews, by e-mail, card or QR code",
            "a new opening, a new menu, a renovation, or a real fault that lasted for some days",
            "the platform's own campaign, or reviews moved from another page",
        ),
        owner_adds=(
            _SEARCH,
            "Events, mailings or news in these days: ........ none known [ ]",
            "Messages that asked for something in return for reviews: none [ ]   attached [ ]",
        ),
        calibration="Alarms were counted on simulated listings without planted reviews; the figure is the number of "
        "alarms at least as strong for each listing and year.",
    ),
    "boosting": Explained(
        name="Praise over a fault",
        checked="Whether accounts without an earlier review praise the listing while guests with earlier reviews "
        "report, in the same weeks, one fault that this praise never names.",
        compared_with="Both crowds' share in the listing's own past, and the same weeks elsewhere on the platform.",
        innocent=(
            "a renovation or a fault that did not reach every guest, such as those in another part of the house",
            "a new management or a repair that set things right while older stays were still being written about",
            "a wedding or a group whose guests came for something else in weeks with a real fault",
            "the owner's own request for reviews after complaints",
            "words for the fault that the comparison does not know",
        ),
        owner_adds=(
            _SEARCH,
            "The fault that guests report existed in these weeks: yes, from ........ to ........ [ ]   no [ ]",
            "Guests whom we asked for reviews in these weeks: none [ ]   number ........",
        ),
        calibration="Alarms were counted on simulated listings without planted reviews, with renovations, faults and "
        "changes of management; the figure is the number of alarms at least as strong for each listing and year.",
    ),
    "collusion": Explained(
        name="Groups of accounts",
        checked="Whether accounts met on the same listings, within days or ever, more often than people with their "
        "habits would.",
        compared_with="Accounts as active, in the same towns and at the same kind of place.",
        innocent=(
            "a family, a couple or friends who travel together",
            "colleagues, a sports team or a club on tour",
            "local enthusiasts who try every new place in a town",
            "a staff outing or a course whose members wrote together",
        ),
        owner_adds=(
            _SEARCH,
            "One booking for several of these accounts: none [ ]   number ........",
            "Persons known to us from staff or from another business: none [ ]   see note [ ]",
        ),
        calibration="Groups were counted on simulated accounts without planted groups; the figure is the number of "
        "groups at least as strong for each 100,000 accounts.",
    ),
    "mismatch": Explained(
        name="Rating and text",
        checked="Whether the text of a review says something else than its rating.",
        compared_with="Other reviews in the same language: which ratings come with such texts.",
        innocent=(
            "the wrong number of stars tapped by mistake, or the scale read the other way round",
            "irony, or a text about one point while the rating covers the whole visit",
            "a rating for the price, the booking or the platform rather than for the stay",
            "a language or a turn of phrase that the comparison knows badly",
        ),
        owner_adds=(
            "The text was read by a person who knows its language: [ ]",
            "The rating still contradicts the text in our reading: yes [ ]   no [ ]",
        ),
        calibration="The distance between text and rating was compared with that of honest reviews that the "
        "comparison had not been trained on.",
    ),
}

REASONS: Mapping[str, str] = {
    "no_reviewer_ids": "The platform gives no reviewer ids, so accounts were not compared. They are never joined by "
    "display names, since different people share a name.",
    "imprecise_date": "The source gives the day of these reviews only roughly, so weeks cannot be compared.",
    "no_text": "These reviews have a rating but no text.",
    "too_short": "The text is too short to compare with the rating.",
    "no_word_list": "The language of these texts has no word lists, so that only their ratings were compared.",
    "translated": "The text is a machine translation; what its writer chose to say cannot be judged from it.",
    "too_few_reviews_in_language": "Too few reviews in this language to learn what texts and ratings go together.",
    "too_little_history": "The listing has too short a past to say what would be usual for it.",
}


def explained(detector: str) -> Explained:
    """The detector's words, or general ones for a detector without its own."""
    return DETECTORS.get(detector) or Explained(
        name=f"The check “{detector}”",
        checked="See the handbook of this check.",
        compared_with="Reviews of the same store.",
        innocent=("a coincidence", "a circumstance that public data do not show"),
        owner_adds=(_SEARCH,),
        calibration="No calibration of this check is described here.",
    )


def with_calibration(detector: str, calibration: Mapping[str, Any], platform: str | None = None) -> Explained:
    """The detector's words, with what the calibration in use says of its figures on a platform."""
    words = explained(detector)
    return replace(
        words, calibration=f"{words.calibration} {calibration_sentences(calibration, detector, platform)}".strip()
    )


def reason_words(reason: str) -> str:
    """Why something could not be judged, as a sentence."""
    return REASONS.get(reason, f"The check gave the reason “{reason}”.")
