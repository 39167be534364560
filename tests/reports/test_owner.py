import datetime as dt
import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sqlalchemy import insert

from reports.disputes import copy_texts
from reports.owner import Dossier, owner_dossier, render_html
from reports.pages import CSP
from reports.platforms import business_days_after
from reports.records import ReportError, read_findings
from reports.wording import banned_words, generated_text
from store.cases import decide
from store.database import Database
from store.observations import write_observations
from store.provenance import Sighting
from tests.reports.conftest import (
    AS_OF,
    BOOKING,
    CAFE,
    HOTEL,
    KEYS,
    QUIET,
    SEEN,
    START,
    burst_facts,
    finding,
    key_of,
    mismatch_facts,
    observation,
    write_found,
)
from tests.reports.crowd_facts import account_facts, month_facts, reciprocity_facts, ring_facts, travel_facts


class Page(HTMLParser):
    """Tags and attributes as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_first_page_counts(store: Database) -> None:
    dossier = owner_dossier(store, HOTEL, as_of=AS_OF)
    assert (dossier.counts.examined, dossier.counts.evidence, dossier.counts.listed) == (101, 41, 1)
    assert dossier.counts.supporting == 40
    assert dossier.strength == "very strong"
    assert "41 reviews stand out" in dossier.sentence
    assert dossier.steps[1].by == "by 28 November 2026"
    assert dossier.cards[0].ground.fit == "D"
    assert dossier.cards[0].review.when == "1 May 2026 to 31 May 2026"
    assert dossier.cards[0].review.stayed == "1 April 2026 to 30 April 2026"


@pytest.mark.parametrize("key", [HOTEL, CAFE, QUIET, BOOKING])
def test_pages_are_safe_and_say_no_banned_word(store: Database, key: str) -> None:
    html = render_html(owner_dossier(store, key, as_of=AS_OF))
    page = Page(html)
    assert banned_words(generated_text(html)) == []
    assert CSP in {attrs.get("content") for tag, attrs in page.tags if tag == "meta"}
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "link", "object", "form"})
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    for tag, attrs in page.tags:
        if tag == "a":
            assert re.match(r"#|https?://", attrs["href"] or "")
            assert (attrs["href"] or "").startswith("#") or attrs["rel"] == "noreferrer noopener"
        if tag == "img":
            assert (attrs["src"] or "").startswith("data:image/svg+xml;base64,")
            assert attrs["alt"]
    assert "\u202e" not in html
    assert "\u200b" not in html


def test_headings_are_in_order(store: Database) -> None:
    tags = Page(render_html(owner_dossier(store, HOTEL, as_of=AS_OF))).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_hostile_texts_are_shown_as_text(store: Database) -> None:
    html = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in html
    assert "[RLO]evil txt[PDF]" in html
    assert "more characters are left out" in html
    assert "javascript:" not in html
    assert len(html) < 1_000_000


def test_no_reviewer_key_or_name_is_shown(store: Database) -> None:
    html = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    assert KEYS.token("tripadvisor", "ring-3") not in html
    assert "ring-3" not in html
    assert "R15" in html


def test_without_a_ground_there_is_a_reply_and_no_form_text(store: Database) -> None:
    known = read_findings(store)
    dossier = owner_dossier(store, CAFE, as_of=AS_OF, findings=known)
    assert len(dossier.cards) == 2
    for card in dossier.cards:
        assert (card.ground.fit, card.copies) == ("N", ())
        assert card.reply is not None
        assert copy_texts(card.ground, card.review, list(known.by_key.values())) == ()
    html = render_html(dossier)
    assert "of at most" not in html
    assert "Do not report these reviews to Google" in html


def test_a_review_that_is_gone_needs_no_report(store: Database) -> None:
    before = owner_dossier(store, HOTEL, as_of=AS_OF)
    gone = [card.review for card in before.cards if card.ground.usable]
    rows = [
        {
            "review_key": review.key,
            "source": "site",
            "listing_key": HOTEL,
            "first_seen": SEEN,
            "last_seen": SEEN,
            "missed": 2,
            "missing_since": SEEN,
            "removed": SEEN + dt.timedelta(days=2),
        }
        for review in gone
    ]
    with store.write() as connection:
        connection.execute(insert(Sighting), rows)
    after = owner_dossier(store, HOTEL, as_of=AS_OF)
    assert (after.counts.evidence, after.counts.gone) == (before.counts.evidence, len(gone))
    assert (after.counts.listed, after.counts.supporting) == (0, 0)
    html = render_html(after)
    assert html.count("· no longer shown</h3>") == len(gone)
    assert html.count("Nothing is to be reported") == len(gone)
    assert "two complete readings up to 22 November 2026 no longer found it" in html
    assert "Text for the form" not in html


def test_a_decided_benign_case_is_set_aside(store: Database) -> None:
    decide(store, "c-cafe", decision="dismissed", reason="BENIGN_EVENT", by="Ada", on=AS_OF)
    dossier = owner_dossier(store, CAFE, as_of=AS_OF)
    assert [each.case_id for each in dossier.set_aside] == ["c-cafe"]
    assert key_of("google", "c1", 100) not in {card.review.key for card in dossier.cards}


def test_a_quiet_listing_gets_a_short_honest_dossier(store: Database) -> None:
    dossier = owner_dossier(store, QUIET, as_of=AS_OF)
    assert "found none that stands out" in dossier.sentence
    assert dossier.strength is None
    assert [step.by for step in dossier.steps] == [""]
    assert all(check.outcome == "Checked, and nothing found." for check in dossier.checks)


def test_what_could_not_be_judged_is_said(store: Database) -> None:
    html = render_html(owner_dossier(store, BOOKING, as_of=AS_OF))
    assert "gives no reviewer ids, so accounts were not compared" in html
    assert "never joined by display names" in html
    assert "a_new_reason" in render_html(owner_dossier(store, HOTEL, as_of=AS_OF))


@pytest.mark.parametrize("asked", ["tripadvisor/h2", "h1", "Café Sud"])
def test_an_unknown_listing_gets_close_matches(store: Database, asked: str) -> None:
    with pytest.raises(ReportError, match=r"did you mean .*/") as caught:
        owner_dossier(store, asked, as_of=AS_OF)
    assert "\n" not in str(caught.value)


def test_an_empty_store_says_so(empty_store: Database) -> None:
    with pytest.raises(ReportError, match="the store is empty"):
        owner_dossier(empty_store, HOTEL, as_of=AS_OF)


def test_the_same_store_gives_the_same_bytes(store: Database) -> None:
    first = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    time.sleep(1.1)
    assert render_html(owner_dossier(store, HOTEL, as_of=AS_OF)) == first


@pytest.mark.parametrize("facts", [{}, {"weeks": "x", "count": None}, {"weeks": [[1, 2, 3, 4, 5], ["2026-09-07", 1]]}])
def test_findings_without_their_facts_still_make_a_page(store: Database, facts: dict[str, object]) -> None:
    key = key_of("trustpilot", "q1", 3)
    found = [
        finding("e1", "bursts", "listing", QUIET, facts, [key]),
        finding("e2", "collusion", "group", "g", facts, [key]),
        finding("e3", "mismatch", "review", key, facts, [key]),
        finding("e4", "something new", "review", key, facts, [key]),
    ]
    write_found(store, found, [key])
    html = render_html(owner_dossier(store, QUIET, as_of=AS_OF))
    assert "not graded" in html
    assert "<img" not in html
    assert banned_words(generated_text(html)) == []


def _mirrored(database: Database, direction: str) -> Dossier:
    """Twenty reviews in one burst and one mismatch; the stars are mirrored with the direction."""
    blame = direction == "blame"
    rating = 1.0 if blame else 5.0
    plain = [observation("tripadvisor", direction, number, rating=3.0) for number in range(30)]
    burst = [observation("tripadvisor", direction, 100 + at, rating=rating, day=START) for at in range(20)]
    write_observations(database, [*plain, *burst], source="files", seen_at=SEEN, pseudonymiser=KEYS)
    keys = [key_of("tripadvisor", direction, 100 + at) for at in range(20)]
    odd = mismatch_facts("text_better" if blame else "text_worse")
    listing = f"tripadvisor/{direction}"
    found = [
        finding("e1", "bursts", "listing", listing, burst_facts(direction=direction), keys),
        finding("e2", "mismatch", "review", keys[0], odd, keys[:1]),
    ]
    write_found(database, found, keys)
    return owner_dossier(database, listing, as_of=AS_OF)


def test_praise_is_treated_like_blame(empty_store: Database) -> None:
    blame, praise = _mirrored(empty_store, "blame"), _mirrored(empty_store, "praise")
    assert [card.ground for card in blame.cards] == [card.ground for card in praise.cards]
    assert [card.strength for card in blame.cards] == [card.strength for card in praise.cards]
    assert blame.counts.blame == praise.counts.praise == 20
    assert blame.steps == praise.steps
    assert "It may concern you" in render_html(praise)
    shown = [row.mean for row in blame.ratings.rows]
    mirrored = [None if row.mean is None else 6 - row.mean for row in praise.ratings.rows]
    assert shown[:2] == pytest.approx(mirrored[:2])
    assert shown[2] == pytest.approx(mirrored[3])


def test_intervals_hold_the_mean_and_repeat(store: Database) -> None:
    rows = owner_dossier(store, HOTEL, as_of=AS_OF).ratings.rows
    assert rows == owner_dossier(store, HOTEL, as_of=AS_OF).ratings.rows
    for row in rows:
        assert row.mean is not None
        assert row.low is not None
        assert row.high is not None
        assert row.low <= row.mean <= row.high


def test_business_days_skip_weekends() -> None:
    assert business_days_after(dt.date(2026, 11, 20), 1) == dt.date(2026, 11, 23)
    assert business_days_after(dt.date(2026, 11, 21), 5) == dt.date(2026, 11, 27)


def with_accounts(database: Database) -> Dossier:
    """The hotel with what can be found about accounts: one of them named by three findings."""
    ring = [key_of("tripadvisor", "h1", 100 + at) for at in range(40)]
    elsewhere = observation("tripadvisor", "far0", 50, reviewer_id="ring-3")
    write_observations(database, [elsewhere], source="files", seen_at=SEEN, pseudonymiser=KEYS)
    of_one = [ring[3], ring[18], key_of("tripadvisor", "far0", 50)]
    accounts = [KEYS.token("tripadvisor", f"ring-{at}") for at in range(15)]
    places = [HOTEL, *(f"tripadvisor/far{at}" for at in range(3))]
    found = [
        finding("e1", "collusion", "group", "g1", ring_facts(accounts, places, kind="ring"), ring[:15]),
        finding("e2", "collusion", "group", "g2", reciprocity_facts(accounts[:4], places), ring[4:8]),
        finding("e3", "accounts", "account", "A-0123456789", account_facts(), of_one),
        finding("e4", "travel", "account", "A-1123456789", travel_facts(places), of_one[:2]),
        finding("e5", "travel", "account", "A-2123456789", month_facts(places), of_one[:1]),
    ]
    write_found(database, found, ring)
    return owner_dossier(database, HOTEL, as_of=AS_OF)


def test_accounts_are_told_by_their_pseudonyms_and_never_by_a_key(store: Database) -> None:
    dossier = with_accounts(store)
    html = render_html(dossier)
    shown = next(card.review.account for card in dossier.cards if card.review.review_id == "h1-103")
    assert [each.indication.account for each in dossier.shared] == ["", "", shown, shown, shown]
    assert f"<h3>Account {shown}: habits that differ from" in html
    assert f"<h3>Account {shown}: stays that are hard to fit together" in html
    assert f"<h3>Account {shown}: stays far apart in the same months: an indication only" in html
    assert "A-0123456789" not in html
    for number in range(15):
        assert KEYS.token("tripadvisor", f"ring-{number}") not in html
        assert KEYS.token("tripadvisor", f"ring-{number}")[:12] not in html
    assert banned_words(generated_text(html)) == []


def test_groups_and_accounts_have_one_section_with_pictures_tables_and_readings(store: Database) -> None:
    html = render_html(with_accounts(store))
    weeks, accounts = html.index("2. When reviews came"), html.index("3. Groups of accounts, single")
    assert "No weeks with more reviews than expected stand out." in html[weeks:accounts]
    section = html[accounts : html.index("4. The reviews with evidence")]
    assert section.count("<article") == 5
    assert section.count("<img ") == 2
    assert section.count("(this listing)") == 2
    assert "The shape also fits: a club" in section
    assert "Owners&#39; accounts that praised one another" in section
    assert "neighbours who know one another" in section
    assert "It rests on 3 reviews, 2 of them of this listing." in section
    assert "Pairs that are hard to fit together" in section
    assert "not known by the day, so an indication only" in section
    assert "3 May 2026 to 6 May 2026" in section


def test_anchors_count_up_the_page(store: Database) -> None:
    dossier = with_accounts(store)
    assert [each.anchor for each in dossier.shared] == [f"finding-{at}" for at in range(1, 6)]
    for card in dossier.cards:
        assert {each.anchor for each in card.indications} <= {each.anchor for each in dossier.shared}


def test_what_supports_a_ground_needs_the_owner_s_records(store: Database) -> None:
    for card in with_accounts(store).cards:
        assert card.ground.fit == "C"
        assert any("bookings" in line for line in card.owner_adds) or "Somebody asked" in " ".join(card.owner_adds)
        for copy in card.copies:
            assert "Please look into" in copy.text
