"""The benchmark of lures: its disguises, its counting and its card."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.text_lures import (
    LETTERS,
    card_of,
    counted,
    half_of,
    main,
    print_offers,
    read_offers,
    read_reviews,
    variants,
)
from detection.text.lures import KINDS, read_lures


def test_every_variant_is_another_text() -> None:
    texts = [(language, text) for _, how, language, text in variants() if how not in {"plain", "Greek letters"}]
    assert len(set(texts)) > 0.97 * len(texts)
    assert {kind for kind, _, _, _ in variants()} <= set(KINDS)


@pytest.mark.parametrize("how", LETTERS)
def test_disguises_change_the_text(how: str) -> None:
    assert LETTERS[how]("villamaria.com") != "villamaria.com"


def test_a_card_counts_reviews_with_kinds_as_rare_or_rarer() -> None:
    texts = ["fine"] * 95 + ["see www.villamar.com"] * 3 + ["I will kill you", "see www . villamar (dot) com"]
    reviews = pd.DataFrame({"lures": read_lures(texts, ["en"] * 100)})
    assert counted(reviews["lures"]) == {"link": 4, "threat": 1, "hidden": 1}
    card = card_of(reviews)
    assert card.rates[0] == 1000.0
    assert card.rate(card.table("link").scores[-1]) == pytest.approx(105.13, rel=1e-3)
    assert card.rate(card.table("reward").scores[-1]) == pytest.approx(29.957, rel=1e-3)
    assert card.table("link").rates[-1] == pytest.approx(91.535, rel=1e-3)
    assert card.table("threat").scores[-1] > card.table("link").scores[-1]


def test_a_rate_is_an_upper_limit_of_what_was_seen() -> None:
    card = card_of(pd.DataFrame({"lures": [()] * 8_023}))
    # Of 8,023 without one, 95 of 100 times: 0.05 ** (1 / 8023).
    assert card.rates[-1] / 1000 == pytest.approx(1 - 0.05 ** (1 / 8_023), rel=1e-3)
    assert card_of(pd.DataFrame({"lures": [()]})).rates[-1] == 1000.0


def test_offers_are_found_and_near_misses_left(capsys: pytest.CaptureFixture[str]) -> None:
    offers = read_offers()
    assert offers["text"].is_unique
    assert (offers.groupby(["language", "offer"]).size() >= 13).all()
    assert offers.loc[offers["found"] & (offers["offer"] == 0), "text"].tolist() == []
    kept = offers[(offers["half"] == "B") & (offers["offer"] == 1)]
    assert kept["found"].sum() >= 75
    assert (kept.groupby("language")["found"].mean() > 0.5).all()
    print_offers(offers)
    assert f"offer     B  {kept['found'].sum()} of {len(kept)}:" in capsys.readouterr().out


def test_halves_are_by_the_whole_text() -> None:
    start = "x" * 5_000
    assert {half_of(start + str(number)) for number in range(20)} == {"A", "B"}
    assert half_of("one  two\n") == half_of("one two")


def test_without_the_data_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["text_lures", "--data", str(tmp_path)])
    assert main() == 2
    assert "No reviews" in capsys.readouterr().err


def test_reviews_are_read_once_each_and_halved_by_their_text(tmp_path: Path) -> None:
    (tmp_path / "hotel_reviews_en").mkdir()
    stars = pd.DataFrame({"rating": [5, 4, 4], "text": ["Nice", "Fine", "Fine"]})
    stars.to_csv(tmp_path / "hotel_reviews_en" / "reviews.csv.gz", index=False)
    for kind in ("real", "generated"):
        (tmp_path / "maide_up" / kind).mkdir(parents=True)
        for name in ("English", "German", "French", "Italian", "Spanish", "Turkish"):
            row = pd.DataFrame({"Upside_Review": [f"{kind} {name}"], "Downside_Review": ["none"], "Review_Score": [9]})
            row.to_csv(tmp_path / "maide_up" / kind / f"{name}.csv", index=False)
    reviews = read_reviews(tmp_path)
    assert len(reviews) == 2 + 12
    assert reviews["text"].is_unique
    assert set(reviews["half"]) == {"A", "B"}
    assert (~reviews["real"]).sum() == 6
