"""The pages of findings about texts: whole, safe, and of the texts that are stored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.owner import Dossier, owner_dossier, render_html
from reports.queue import write_queue
from reports.wording import banned_words, generated_text
from store.cases import write_cases
from store.database import Database
from store.observations import write_observations
from tests.reports.conftest import (
    AS_OF,
    HOTEL,
    KEYS,
    QUIET,
    SEEN,
    case,
    finding,
    key_of,
    mismatch_facts,
    observation,
    write_found,
)
from tests.reports.test_owner import Page
from tests.reports.text_facts import HOSTILE, generated_facts, hit, lures_facts, reuse_facts, told_mismatch

SAID = "We stayed {} at the {} and loved the {}. Staff were so kind, we will surely come back next year!"
FILLED = (("two nights", "Adler", "view"), ("a week", "Post", "breakfast"), ("a weekend", "Krone", "pool"))


def told(database: Database, *, rating: float = 5.0, text: str = SAID) -> list[str]:
    """Three reviews from one template, here and elsewhere; a mismatch, passages and a program's manner."""
    batch = [
        observation("tripadvisor", listing, 300 + at, rating=rating, text=text.format(*words), reviewer_id=f"t-{at}")
        for at, (listing, words) in enumerate(zip(("h1", "h1", "far0"), FILLED, strict=True))
    ]
    alike = observation("google", "c1", 300, rating=5.0, text="Wonderful breakfast, perfect rooms. " * 9)
    write_observations(database, [*batch, alike], source="files", seen_at=SEEN, pseudonymiser=KEYS)
    copies = [key_of("tripadvisor", listing, 300 + at) for at, listing in enumerate(("h1", "h1", "far0"))]
    slip, plain = key_of("tripadvisor", "h1", 200), [key_of("tripadvisor", "h1", at) for at in range(3)]
    mismatch = told_mismatch(mismatch_facts(), [key_of("google", "c1", 300), "gone"])
    found = [
        finding("e1", "reuse", "group", f"reuse:{copies[0]}", reuse_facts([(copies[0], copies[2])]), copies),
        finding("e2", "mismatch", "review", slip, mismatch, [slip]),
        finding("e3", "lures", "review", plain[0], lures_facts(hit("reward"), hit("link", HOSTILE[2])), plain[:1]),
        finding("e4", "generated", "review", slip, generated_facts(), [slip]),
        finding("e5", "generated", "review", plain[1], generated_facts(), plain[1:2]),
    ]
    write_found(database, found, [*copies, slip, *plain])
    inside = [case("c-copies", "group", copies, ["e1"]), case("c-offer", "review", plain[:1], ["e3"])]
    write_cases(database, [*inside, case("c-both", "review", [slip], ["e2", "e4"])], {})
    return copies


def dossier(database: Database, *, rating: float = 5.0) -> Dossier:
    told(database, rating=rating)
    return owner_dossier(database, HOTEL, as_of=AS_OF)


def test_a_template_is_told_with_its_slots_its_texts_and_where_they_stand(store: Database) -> None:
    html = render_html(dossier(store))
    section = html[html.index("3. Groups of accounts") : html.index("4. The reviews with evidence")]
    assert "One template behind several texts" in section
    assert '<span class="slot"><b>2</b> Adler / Post / Krone</span>' in section
    assert section.count("<mark>") == 8
    assert "<mark>. Staff were so kind, we will surely" not in section
    assert "<mark>Staff were so kind, we will surely come back next year</mark>" in section
    assert "It rests on 3 reviews, 2 of them of this listing." in section
    assert section.count('data-label="Listing"') == 3
    assert "the words that both have, in the same order, are bold and underlined" in section


def test_a_mismatch_shows_its_passages_and_others_with_their_ratings(store: Database) -> None:
    html = render_html(dossier(store))
    card = html[html.index("What the text says that the rating does not") :]
    assert "Wonderful rooms, perfect breakfast!</q>" in card[:400]
    assert '<b>5 of 5</b>:<q class="quote" lang="en" dir="auto">Wonderful breakfast' in card
    assert "9 in 10 texts that read like this one came with ratings from 4 to 5." in html


def test_a_program_s_manner_makes_no_card_of_its_own(store: Database) -> None:
    made = dossier(store)
    assert {card.review.review_id for card in made.cards} == {"h1-300", "h1-301", "h1-200", "h1-0"}
    assert made.counts.evidence == 4
    html = render_html(made)
    assert html.count("reads like text that a program wrote; this is an indication only") == 1
    assert "program" not in " ".join(copy.text for card in made.cards for copy in card.copies)


def test_copies_of_praise_and_of_blame_are_told_alike(store: Database) -> None:
    praise = render_html(dossier(store, rating=5.0))
    section = praise[praise.index("3. Groups") : praise.index("4. The reviews")]
    assert "This concerns praise" in section
    told(store, rating=1.0)
    blame = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    section = blame[blame.index("3. Groups") : blame.index("4. The reviews")]
    assert "One template behind several texts" in section
    assert "This concerns praise" not in section


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_page_runs_or_links_what_a_stranger_wrote(store: Database, tmp_path: Path, text: str) -> None:
    copies = told(store, text=text.replace("{", "{{").replace("}", "}}") + " {} {} {}")
    lured = lures_facts(hit("link", text), hit("reward", text, language='"><b>'))
    hostile = reuse_facts([(copies[0], copies[1])], template=[text, None, text], slots=[[text, text]])
    mismatch = told_mismatch(mismatch_facts(words=[text]), copies, quotes=[text, text])
    plain = [key_of("tripadvisor", "h1", at) for at in range(2)]
    found = [
        finding("e1", "reuse", "group", "reuse:1", hostile, copies),
        finding("e2", "mismatch", "review", plain[0], mismatch, plain[:1]),
        finding("e3", "lures", "review", plain[1], lured, plain[1:]),
    ]
    write_found(store, found, plain)
    write_cases(store, [case("c-all", "group", [*copies, *plain], ["e1", "e2", "e3"])], {})
    write_queue(store, tmp_path, as_of=AS_OF)
    pages = [render_html(owner_dossier(store, HOTEL, as_of=AS_OF)), (tmp_path / "cases/c-all.html").read_text()]
    for html in pages:
        page = Page(html)
        assert banned_words(generated_text(html)) == []
        assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "link", "object", "form"})
        assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
        for tag, attrs in page.tags:
            if tag == "a":
                assert re.match(r"#|\.\./index\.html|https://example\.com/", attrs["href"] or "")
        assert ("format-detection", "telephone=no, date=no, address=no, email=no, url=no") in {
            (attrs.get("name"), attrs.get("content")) for tag, attrs in page.tags if tag == "meta"
        }
        assert not set(html) & set("\u202e\u200b\x00\x07")
        assert len(html) < 500_000


def test_erased_texts_are_gone_from_what_quotes_them(store: Database) -> None:
    html = render_html(dossier(store))
    assert "Wonderful breakfast, perfect rooms." in html
    with store.write() as connection:
        for table in ("review_version", "review"):
            column = "review_key" if table == "review_version" else "key"
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE {column} = ?",
                (key_of("google", "c1", 300),),
            )
    html = render_html(owner_dossier(store, HOTEL, as_of=AS_OF))
    assert "Wonderful breakfast, perfect rooms." not in html
    assert "nothing is held against these" not in html


def test_case_pages_name_the_reasons_that_fit(store: Database, tmp_path: Path) -> None:
    told(store)
    write_queue(store, tmp_path, as_of=AS_OF)
    copies, offer, both = ((tmp_path / f"cases/{name}.html").read_text() for name in ("c-copies", "c-offer", "c-both"))
    assert 'would go by <code data-verbatim="">DUPLICATE_TEXT</code>, if you' in copies
    assert 'would go by <code data-verbatim="">INCENTIVISED</code>, if you' in offer
    assert 'would go by <code data-verbatim="">RATING_TEXT_MISMATCH</code>, if you' in both
    assert copies.count("<mark>") == 8
    assert "Where these texts stand" not in copies
    assert "Words about an offer in return for a review" in offer
    assert "hxxps://evil[.]example" in offer
    for html in (copies, offer, both):
        assert banned_words(generated_text(html)) == []


@pytest.mark.parametrize("facts", [{}, {"hits": "x", "pairs": 3, "alike": [[]], "quotes": [1], "template": [None]}])
def test_findings_without_their_facts_still_make_a_page(store: Database, facts: dict[str, object]) -> None:
    key = key_of("trustpilot", "q1", 3)
    detectors = ("mismatch", "reuse", "lures", "generated")
    write_found(store, [finding(f"e-{name}", name, "review", key, facts, [key]) for name in detectors], [key])
    html = render_html(owner_dossier(store, QUIET, as_of=AS_OF))
    assert "not graded" in html
    assert banned_words(generated_text(html)) == []
