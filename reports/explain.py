"""What stays the same for every finding of a detector: its claim, innocent explanations, limits, replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reports.calibration import calibration_sentences
from reports.records import Finding
from reports.wording_groups import is_reciprocity


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
        "habits would; and whether owners' accounts praise one another's listings.",
        compared_with="Accounts as active, in the same towns and months, at listings as popular.",
        innocent=(
            "a couple, a family or friends who travel together",
            "a club, or colleagues who eat or travel together",
            "a tour group on one route",
            "an event for active reviewers, to which a listing invites them",
            "people who follow the same published list of places",
            "a small town with few places, where active reviewers cannot help but meet",
        ),
        owner_adds=(
            _SEARCH,
            "One booking for several of these accounts: none [ ]   number ........",
            "Persons known to us from staff or from another business: none [ ]   see note [ ]",
            "An event, a tour or a published list that brought guests: none known [ ]   ........",
        ),
        calibration="Groups were counted on simulated accounts without planted groups, with couples, clubs, tour "
        "groups and events among them; the figure is the number of groups at least as strong for each 100,000 "
        "accounts.",
    ),
    "accounts": Explained(
        name="Habits of single accounts",
        checked="Whether an account's reviews lack what travellers' accounts usually have: a pace that one person "
        "keeps, ratings between the extremes, a home or a route, and reviews now and then rather than all in a few "
        "days. An indication only.",
        compared_with="Accounts with as many reviews on the same platform, and the other ratings of the same listings.",
        innocent=(
            "a travel writer, a guide, a coach driver or another person who travels for a living",
            "a keen local, or somebody who moved house",
            "a person who only writes when delighted or angry",
            "somebody who entered years of stays in a few evenings and then lost interest",
            "a family or an office that shares one account",
        ),
        owner_adds=(
            _SEARCH,
            "The writer is known to us as a journalist, a guide or a regular guest: no [ ]   see note [ ]",
        ),
        calibration="Accounts were counted on simulated honest accounts, with frequent travellers and writers of "
        "extremes among them; the figure is the number of accounts at least as strong for each 100,000.",
    ),
    "travel": Explained(
        name="Stays of single accounts",
        checked="Whether one account reports stays whose days and distance no journey joins.",
        compared_with="The fastest journey between the two places on the map; stays known by month only ever give an "
        "indication.",
        innocent=(
            "a review posted late, so that the day given is not that of the stay",
            "a business traveller who flies between places on one day",
            "an account that a couple, a family or an office shares",
            "a wrong pin on the map, or a branch of the same name in another town",
            "a change of hotels within a day, or a room booked on and left early",
            "a booking made for somebody else",
        ),
        owner_adds=(
            _SEARCH,
            "The days of the stay in our own records: ........ the review names other days [ ]",
            "The pin of our listing on the map is right: yes [ ]   no [ ]",
        ),
        calibration="Accounts were counted on simulated honest accounts, with business travellers, late posting and "
        "shared accounts among them; the figure is the number of accounts at least as strong for each 100,000.",
    ),
    "mismatch": Explained(
        name="Rating and text",
        checked="Whether the text of a review says something else than its rating.",
        compared_with="Other reviews in the same language: which ratings come with such texts.",
        innocent=(
            "the wrong number of stars tapped by mistake, or the scale read the other way round",
            "irony, or a text about one point while the rating covers the whole visit",
            "a rating for the price, the booking or the platform rather than for the stay",
            "a text that speaks of an earlier visit, an earlier owner or another place",
            "a language or a turn of phrase that the comparison knows badly",
        ),
        owner_adds=(
            "The text was read by a person who knows its language: [ ]",
            "The rating still contradicts the text in our reading: yes [ ]   no [ ]",
        ),
        calibration="The distance between text and rating was compared with that of honest reviews that the "
        "comparison had not been trained on.",
    ),
    "reuse": Explained(
        name="Texts used again",
        checked="Whether reviews by different accounts, or of different listings, have the same text, nearly the same, "
        "or one template with words changed. Texts in different languages are not compared.",
        compared_with="How often reviews by guests who write on their own are as alike.",
        innocent=(
            "one guest who wrote on several platforms, or whose account changed its id",
            "a couple, a family or a group who wrote together or passed their words on",
            "reviews that one platform passes on to another, or that were moved from another page",
            "phrases that everybody uses, names of dishes and rooms, a chain's own slogan",
            "words that a form, an app or a card on the table suggested to every guest",
            "a guest who keeps a text of their own and fills it in after each stay",
        ),
        owner_adds=(
            _SEARCH,
            "Words that we, or a service of ours, suggested to guests: none [ ]   attached [ ]",
            "Guests who booked together and wrote these: none known [ ]   number ........",
        ),
        calibration="Alarms were counted on 15,000 real and 182,000 simulated reviews; the figure is the number of "
        "reviews for each one that shares as much of its text. Whole texts that honest guests copied are in neither.",
    ),
    "lures": Explained(
        name="Links, contacts and offers",
        checked="Whether the text of a review holds links, codes or contact details that lead elsewhere, words about "
        "an offer in return for a review, a threat or a demand, also where they are written to be missed.",
        compared_with="How often honest reviews hold such passages.",
        innocent=(
            "a guest who means to be helpful and names the place's own site, its telephone number or a map",
            "a guest who tells of an offer, a threat or a demand that somebody else made",
            "a welcome drink or a loyalty scheme that every guest gets",
            "a plain wish for a refund, which is not a demand in return for a review",
            "irony, or a joke about five stars",
            "an address that the platform or an app added by itself",
            "odd letters from a keyboard, a font or a copied text",
        ),
        owner_adds=(
            "The address or number in the text is our own: yes [ ]   no [ ]",
            "Something was offered for reviews in our name: no [ ]   see note [ ]",
            "Messages in which this writer asked for something, with date and sender: none [ ]   attached [ ]",
        ),
        calibration="Passages were counted in real reviews. Too few of them hold one to tell a rate, so the figure is "
        "a bound: at most one in so many honest reviews holds such a passage.",
    ),
    "generated": Explained(
        name="Manner of a program's text",
        checked="Whether a text reads like text that a program wrote. An indication only, shown beside other evidence "
        "and never alone, and silent in languages where it was not measured to be good enough.",
        compared_with="Texts by people and by one program, in the same language, of the same hotels and length.",
        innocent=(
            "a guest who let software tidy, write out or translate their own words",
            "a practised or formal writer",
            "a language that was learned from books",
            "phrases that everybody uses",
        ),
        owner_adds=(),
        calibration="Texts were counted in people's reviews; the figure is the number of reviews for each one that "
        "reads as much like a program's. Another program may write quite unlike the one that was measured.",
    ),
}

# A group whose meetings are owners praising one another has its own words; it is no check of its own.
RECIPROCITY = replace(
    DETECTORS["collusion"],
    compared_with="How often such owners' accounts would praise one another's listings by chance.",
    innocent=(
        "neighbours who know one another and are each other's guests",
        "members of a trade association who meet at each other's places",
        "listings that belong to one owner, or changed hands, so that the table of owners is out of date",
        "an owner who is also a keen traveller and reviews most places in the region",
    ),
    owner_adds=(
        "The accounts named here belong to owners or staff known to us: no [ ]   see note [ ]",
        "Somebody asked for these reviews in return for ours: no [ ]   see note [ ]",
        "The table of owners is right for our listing: yes [ ]   no [ ]",
    ),
)

REASONS: Mapping[str, str] = {
    "no_reviewer_ids": "The platform gives no reviewer ids, so accounts were not compared. They are never joined by "
    "display names, since different people share a name.",
    "imprecise_date": "The source gives the day of these reviews only roughly, so weeks cannot be compared.",
    "no_text": "These reviews have a rating but no text.",
    "too_short": "The text is too short to judge.",
    "no_word_list": "The language of these texts has no word lists, so that only their ratings were compared.",
    "translated": "The text is a machine translation; what its writer chose to say cannot be judged from it.",
    "too_few_reviews_in_language": "Too few reviews in this language to learn what texts and ratings go together.",
    "other_language": "The text is in another language than the source says, so it was compared with the wrong ones.",
    "mixed": "The text praises and complains at once, so it speaks for no one rating.",
    "irony": "The text reads as irony, which the comparison cannot judge.",
    "scale": "Ratings of this listing or platform run against their texts: its scale may be read the wrong way round.",
    "stock_phrase": "The text is a phrase that many write.",
    "sub_ratings": "The review's own sub-ratings explain its rating.",
    "quality_too_low": "In this language the check was measured and is not good enough, so it says nothing.",
    "no_measurement": "In this language it was not measured how good the check is, so it says nothing.",
    "no_words_for_language": "For this language the check has no words to look for.",
    "no_coordinates": "The place of these listings on the map is not known, so distances cannot be told.",
    "no_stay_dates": "The source does not say when these stays were, or gives days that cannot be.",
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


def explained_finding(finding: Finding) -> Explained:
    """The words for a finding: those of its detector, or of owners who praise one another."""
    if finding.detector == "collusion" and is_reciprocity(finding.facts):
        return RECIPROCITY
    return explained(finding.detector)


def with_calibration(detector: str, calibration: Mapping[str, Any], platform: str | None = None) -> Explained:
    """The detector's words, with what the calibration in use says of its figures on a platform."""
    words = explained(detector)
    return replace(
        words, calibration=f"{words.calibration} {calibration_sentences(calibration, detector, platform)}".strip()
    )


def reason_words(reason: str) -> str:
    """Why something could not be judged, as a sentence."""
    return REASONS.get(reason, f"The check gave the reason “{reason}”.")
