import math
from typing import Any

import pandas as pd
import pytest

from reports.passages import passages_of, quoted_passages
from reports.quoted import quotes_of
from tests.reports.conftest import mismatch_facts
from tests.reports.test_quoted import made, row
from tests.reports.text_facts import HOSTILE, generated_facts, hit, lures_facts, told_mismatch


def test_a_mismatch_shows_its_passages_and_the_most_alike_reviews() -> None:
    long = row(review_key="k2", text="So lovely. " * 60, rating=9.0)
    quotes = quotes_of(pd.DataFrame([long, row(review_key="k3", text="", title=" ")]))
    found = passages_of(made("mismatch", told_mismatch(mismatch_facts(), ["k9", "k2", "k3"])), quotes)
    assert found is not None
    assert [(each.quote, each.kind) for each in found.passages] == [("Wonderful rooms, perfect breakfast!", "")]
    (alike,) = found.alike
    assert (alike.scale, len(alike.quote), alike.quote[-1]) == ("9 of 10", 160, "…")


def test_a_mismatch_of_the_first_version_has_none() -> None:
    assert passages_of(made("mismatch", mismatch_facts()), {}) is None
    assert passages_of(made("generated", generated_facts()), {}) is None
    assert quoted_passages(made("bursts", {"quotes": ["x"]})) == []


def test_lures_show_what_each_passage_is_and_whether_it_is_hidden() -> None:
    found = passages_of(made("lures", lures_facts()), {})
    assert found is not None
    assert [(each.kind, each.hidden) for each in found.passages] == [("A link", False), ("A messenger contact", True)]
    assert found.passages[0].quote == "book at www[.]cheap-rooms[.]example/ulm"
    assert found.note == ""
    offered = passages_of(made("lures", lures_facts(hit("reward"))), {})
    assert offered is not None
    assert offered.note.startswith("If an offer was made")
    assert "find out who made it" in offered.note


def test_what_strangers_wrote_beside_it_leads_nowhere() -> None:
    said = "Lovely, see https://a.example/x, me@b.example or +49 151 1234567"
    shown = "Lovely, see hxxps://a[.]example/x, me@b[.]example or +49[-]151[-]1234[-]567"
    quotes = quotes_of(pd.DataFrame([row(review_key="k2", text=said)]))
    found = passages_of(made("mismatch", told_mismatch(mismatch_facts(), ["k2"], quotes=[said])), quotes)
    assert found is not None
    assert [each.quote for each in (*found.passages, *found.alike)] == [shown, shown]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_quotes_are_short_and_visible(text: str) -> None:
    for finding in (made("lures", lures_facts(hit("link", text))), made("mismatch", {"quotes": [text] * 50})):
        shown = quoted_passages(finding)
        assert len(shown) <= 10
        for quote in shown:
            assert 0 < len(quote) <= 240
            assert "://" not in quote or "hxxp" in quote
            assert not set(quote) & set("\u202e\u200b\x00\x07\n")


@pytest.mark.parametrize("odd", [None, "x", 3, math.nan, [], {}, [None], [{}], [{"kind": 3}], [{"kind": "link"}]])
def test_odd_facts_never_fail(odd: Any) -> None:
    assert passages_of(made("lures", {"hits": odd}), {}) is None
    assert passages_of(made("mismatch", {"quotes": odd if odd != "x" else None, "alike": odd}), {}) is None
