import itertools
import math
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.disputes import REPLIES, copy_texts, reply_for
from reports.explain import DETECTORS, RECIPROCITY, explained, reason_words
from reports.grounds import best_ground, ground_of
from reports.platforms import platform
from reports.records import Finding
from reports.strength import rarity_sentence, strength_of, strength_table
from reports.wording import ASPECTS, banned_words, generated_text, observation, short_observation, title
from store.strength import SCALES, STRENGTHS
from tests.reports.conftest import START, boosting_facts, burst_facts, group_facts, mismatch_facts
from tests.reports.crowd_facts import account_facts, month_facts, reciprocity_facts, ring_facts, travel_facts
from tests.reports.text_facts import generated_facts, hit, lures_facts, reuse_facts, told_mismatch

ROOT = Path(__file__).parents[2]
PLATFORMS = ("tripadvisor", "google", "booking", "yelp", "expedia", "trustpilot", "unheard-of")
FACTS = {
    "bursts": burst_facts(),
    "boosting": boosting_facts(),
    "collusion": group_facts(),
    "accounts": account_facts(),
    "travel": travel_facts(["a/b", "a/c"]),
    "mismatch": mismatch_facts(),
    "reuse": reuse_facts(),
    "lures": lures_facts(),
    "generated": generated_facts(),
    "later": {"a": 1},
}
OTHERS = (
    ("collusion", ring_facts(["r1", "r2", "r3"], ["a/b", "a/c"])),
    ("collusion", reciprocity_facts(["r1", "r2", "r3"], ["a/b", "a/c"])),
    ("travel", month_facts(["a/b", "a/c"])),
    ("mismatch", told_mismatch(mismatch_facts("text_worse"), ["r2"])),
    ("reuse", reuse_facts(kind="exact", template=[], slots=[])),
    ("lures", lures_facts(hit("reward"), hit("threat", hidden=True))),
)
EVERY = (*FACTS.items(), *OTHERS)
ODD: tuple[Any, ...] = (0, 1, -1, 1e300, 1e-300, 2.5, None, "text", [], {}, True, math.nan, math.inf)


def made(detector: str, facts: dict[str, Any]) -> Finding:
    return Finding("k", detector, 1, "listing", "a/b", START, None, 3, facts, {"r": 0.5})


@pytest.mark.parametrize(("detector", "whole"), EVERY)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_fact_breaks_a_sentence_or_lets_a_banned_word_in(detector: str, whole: dict[str, Any], odd: Any) -> None:
    variants = [{**whole, name: odd} for name in whole]
    for facts in [{}, whole, dict.fromkeys(whole, odd), *variants]:
        finding = made(detector, facts)
        said = [title(finding), *observation(finding), rarity_sentence(detector, facts), reply_for(finding).text]
        assert banned_words(" ".join(said)) == []
        assert all(each.strip() and "None" not in each and "nan" not in each for each in said)
        assert strength_of(detector, facts) in {None, *STRENGTHS}


def test_fixed_texts_hold_no_banned_word() -> None:
    texts = [reply.text for reply in REPLIES]
    for words in (*(explained(name) for name in (*DETECTORS, "later")), RECIPROCITY):
        texts += [words.name, words.checked, words.compared_with, words.calibration, *words.innocent, *words.owner_adds]
    texts += [reason_words(reason) for reason in ("no_text", "something new")]
    for slug in PLATFORMS:
        rules = platform(slug)
        texts += [rules.answer, rules.appeal, rules.advice, rules.caution]
    assert banned_words("\n".join(texts)) == []


def test_banned_words_are_found_as_whole_words() -> None:
    assert banned_words("A Fake, paid bot proves it definitely.") == ["fake", "paid", "bot", "proves", "definitely"]
    assert banned_words("both robots prepaid, FAKE_ENGAGEMENT_GROUP improves") == []
    assert banned_words("the probability that it is fake") == ["probability that it is fake"]


def test_quotations_are_exempt_and_their_surroundings_are_not() -> None:
    page = (
        '<p>a bot <q class="quote x">fake <b>fraud</b></q> scam <i data-verbatim="">liar<br>bot</i></p><img alt="paid">'
    )
    assert banned_words(generated_text(page)) == ["bot", "scam", "paid"]


def test_praise_and_blame_are_told_alike() -> None:
    praise = observation(made("bursts", burst_facts(direction="praise")))
    blame = observation(made("bursts", burst_facts(direction="blame")))
    assert [each.replace("igh ratings", "ow ratings").replace("hlow", "low") for each in praise] != []
    swapped = [each.replace("high ratings", "low ratings").replace("High ratings", "Low ratings") for each in praise]
    assert swapped == list(blame)
    assert strength_of("bursts", burst_facts(direction="praise")) == strength_of("bursts", burst_facts())


def test_two_crowds_are_told_with_their_figures() -> None:
    said = observation(made("boosting", boosting_facts()))
    assert "18 reviews with high ratings by accounts with no earlier review" in said[0]
    assert "about 2.3" in said[0]
    assert (
        "11 of 14 reviews by accounts with earlier reviews find fault with building work; usual would be 2 %" in said[1]
    )
    assert said[2].endswith("did not name it; 1 further one by new accounts did.")
    assert "25 %, before 78 %; accounts without 93 %" in said[3]
    weaker = observation(made("boosting", boosting_facts(judged_by="ratings", aspect="", praise_naming=0)))
    assert "reviews by accounts with earlier reviews rated at or below the middle of the scale" in weaker[1]
    assert not any("stars" in each for each in weaker)
    assert "the weaker form" in weaker[2]


def test_praise_beside_the_listing_s_own_past() -> None:
    said = observation(made("boosting", boosting_facts(praising=19, expected_by_past=7.25)))
    assert "19 high ratings in all" in said[1]
    assert "whatever the other guests' mood, about 7.2 were to be expected" in said[1]


def test_what_is_said_of_weights_and_of_alike_texts_is_what_was_counted() -> None:
    said = " ".join(observation(made("bursts", burst_facts(flagged=7, pairs=100, alike_pairs=9))))
    assert "7 of these reviews carry a weight of one half or more" in said
    assert "one in fifty pairs of reviews of one listing in the same language usually reaches on this platform" in said
    assert "1 of these reviews carries" in " ".join(observation(made("bursts", burst_facts(flagged=1))))


def test_every_aspect_has_words() -> None:
    assert set(ASPECTS) >= set(tomllib.loads((ROOT / "detection/text/words/aspects.toml").read_text("utf-8")))


def test_the_table_and_the_words_agree() -> None:
    table = strength_table()
    assert [row.name for row in table] == [explained(detector).name for detector in SCALES]
    assert all([word for word, _ in row.ranges] == list(STRENGTHS) for row in table)
    for row, scale in zip(table, SCALES.values(), strict=True):
        ranges = dict(row.ranges)
        assert not any("inf" in said for said in ranges.values())
        limits = (scale.moderate, scale.strong, scale.very_strong)
        assert ["never" in said for said in ranges.values()] == [False, *map(math.isinf, limits)]
        assert sum("or rarer" in said for said in ranges.values()) == any(map(math.isfinite, limits))
    # One text is never more than strong evidence, however rare.
    for rarity, word in ((99, "weak"), (100, "moderate"), (1_000, "strong"), (1e6, "strong")):
        assert strength_of("mismatch", {"one_in": rarity}) == word
    for rarity, word in ((999, "weak"), (1_000, "moderate"), (20_000, "strong"), (500_000, "very strong")):
        assert strength_of("reuse", {"one_in": rarity}) == word
    assert strength_of("bursts", {"false_per_1000_listing_years": 0}) == "strong"
    assert strength_of("bursts", {}) is None
    assert "one alarm in 40,000 accounts" in rarity_sentence("collusion", {"false_groups_per_100k_accounts": 2.5})
    assert "one alarm in 400 listing-years" in rarity_sentence("bursts", {"false_per_1000_listing_years": 2.5})


@pytest.mark.parametrize("detector", ["accounts", "travel"])
def test_single_accounts_are_graded_by_their_own_rate(detector: str) -> None:
    said = rarity_sentence(detector, {"false_accounts_per_100k": 2.5})
    assert "About one alarm in 40,000 accounts on honest data." in said
    assert strength_of(detector, {"false_accounts_per_100k": 2.5}) in STRENGTHS
    assert strength_of(detector, {"false_groups_per_100k_accounts": 2.5}) is None


def test_every_pair_has_a_fit_and_the_best_comes_first() -> None:
    for slug, (detector, facts) in itertools.product(PLATFORMS, EVERY):
        assert ground_of(made(detector, facts), slug).fit in "DCN"
    burst, mismatch = made("bursts", {}), made("mismatch", {})
    best = best_ground([burst, mismatch], "tripadvisor")
    assert best is not None
    assert (best[0], best[1].fit) == (mismatch, "D")
    assert best_ground([], "google") is None
    assert ground_of(burst, "trustpilot").fit == ground_of(mismatch, "google").fit == "N"


def test_findings_about_accounts_support_a_ground_and_are_none() -> None:
    others = [(detector, facts) for detector, facts in EVERY if detector in {"accounts", "travel"}]
    others.append(("collusion", reciprocity_facts([], [])))
    for slug, (detector, facts) in itertools.product(PLATFORMS, others):
        assert ground_of(made(detector, facts), slug).fit in "CN"
    owners = ground_of(made("collusion", reciprocity_facts([], [])), "tripadvisor")
    assert (owners.fit, owners.label) == ("C", "It's written by an ex-employee or competitor")
    assert ground_of(made("collusion", ring_facts([], [])), "google").fit == "D"
    assert [ground_of(made("travel", {}), slug).fit for slug in ("booking", "expedia", "yelp")] == ["N", "N", "C"]


def test_passages_are_grounds_by_what_they_are() -> None:
    def fits(*kinds: str) -> list[str]:
        finding = made("lures", lures_facts(*(hit(kind) for kind in kinds)))
        return [ground_of(finding, slug).fit for slug in PLATFORMS]

    assert fits("link") == fits("code") == fits("phone") == ["D", "D", "C", "C", "N", "D", "N"]
    assert fits("reward") == ["D", "D", "C", "D", "C", "D", "N"]
    assert fits("threat") == fits("demand") == ["C", "C", "C", "C", "C", "C", "N"]
    both = ground_of(made("lures", lures_facts(hit("threat"), hit("link"))), "tripadvisor")
    assert (both.label, both.fit, both.basis) == ("Commercial or promotional", "D", "S-secondary")
    assert fits() == fits("link")
    assert ground_of(made("lures", {"hits": []}), "google").fit == "N"


def test_copies_are_a_listed_ground_only_where_a_platform_shows_them() -> None:
    def fit(slug: str, **changed: Any) -> str:
        return ground_of(made("reuse", reuse_facts(**changed)), slug).fit

    assert [fit(slug) for slug in PLATFORMS] == ["D", "D", "C", "D", "D", "C", "N"]
    assert [fit(slug, platforms=2) for slug in PLATFORMS] == ["C", "C", "C", "D", "C", "C", "N"]


def test_a_program_s_manner_is_no_ground_and_no_word_of_a_form() -> None:
    generated, mismatch = made("generated", generated_facts()), made("mismatch", mismatch_facts())
    for slug in PLATFORMS:
        assert ground_of(generated, slug).fit == "N"
        for text in copy_texts(ground_of(mismatch, slug), _review(), [mismatch, generated]):
            assert "program" not in text.text
    assert strength_of("generated", generated_facts(one_in=1e9)) == "weak"
    assert "About one honest review in 1,000 reads as much like it." in rarity_sentence("generated", generated_facts())


@pytest.mark.parametrize(("one_in", "told"), [(3_300.0, "3,300"), (8_023.7, "8,000"), (3_399.0, "3,300"), (2.9, "2")])
def test_the_figure_of_passages_is_told_as_a_bound_and_never_rounded_up(one_in: float, told: str) -> None:
    said = rarity_sentence("lures", lures_facts(one_in=one_in))
    assert said == f"At most one in {told} honest reviews holds a passage like these."


def test_a_form_s_text_quotes_the_passages() -> None:
    finding = made("lures", lures_facts())
    longest = copy_texts(ground_of(finding, "google"), _review(), [finding])[-1]
    assert "In the text: “book at www[.]cheap-rooms[.]example/ulm”, “w h a t s a p p +49" in longest.text
    assert any("cheap-rooms" in part for part in longest.verbatim)
    assert all(part in longest.text for part in longest.verbatim)


@given(words=st.lists(st.text(max_size=80), max_size=12), count=st.floats(min_value=0, max_value=1e12))
def test_copy_texts_keep_their_lengths(words: list[str], count: float) -> None:
    review = _review()
    for slug, (detector, whole) in itertools.product(PLATFORMS, EVERY):
        facts = {**whole, "words": words, "count": count, "quotes": words, "hits": [hit("link", *words[:1])]}
        ground = ground_of(made(detector, facts), slug)
        texts = copy_texts(ground, review, [made(detector, facts), made("bursts", {})])
        assert len(texts) == (3 if ground.usable else 0)
        for text in texts:
            assert 60 < text.count <= text.limit
        assert all(each.count <= 180 for each in copy_texts(ground, review, [made(detector, facts)], 180))


def test_a_queue_line_is_short() -> None:
    for detector, facts in EVERY:
        assert len(short_observation(made(detector, facts))) < 200


def _review() -> Any:
    import pandas as pd

    from reports.reviews import Pseudonyms, review_views

    row = {
        "review_key": "r",
        "review_id": "x" * 200,
        "listing_key": "a/b",
        "platform": "a",
        "listing_name": None,
        "reviewer_key": None,
        "rating": 2.5,
        "rating_worst": 1.0,
        "rating_best": 10.0,
        "title": None,
        "text": None,
        "text_positive": None,
        "text_negative": None,
        "removed": None,
        "language": None,
        "published_from": START,
        "published_to": START,
        "stayed_from": None,
        "stayed_to": None,
        "review_url": "https://example.com/" + "y" * 900,
        "raw_sha256": "0" * 64,
        "first_seen": pd.Timestamp("2026-09-07"),
        "last_seen": pd.Timestamp("2026-09-08"),
    }
    return review_views(pd.DataFrame([row]), Pseudonyms())[0]
