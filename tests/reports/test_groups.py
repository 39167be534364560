import datetime as dt
from typing import Any

import pandas as pd
import pytest

from reports.exhibits import Exhibits
from reports.groups import Matrix, matrix_of
from reports.pages import render
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms
from reports.wording import banned_words, generated_text
from tests.reports.crowd_facts import HOSTILE, START, group_cells, ring_facts
from tests.reports.test_matrices import written

ABSTENTIONS = pd.DataFrame({"detector": [], "listing_key": [], "reason": [], "reviews": []})


def names(accounts: int, listings: int) -> tuple[list[str], list[str]]:
    return [f"key-of-{at}" for at in range(accounts)], [f"a/{at}" for at in range(listings)]


def known(listings: int) -> Findings:
    said = [HOSTILE if at == 1 else f"House {at}" for at in range(listings)]
    frame = pd.DataFrame({"key": names(0, listings)[1], "name": said, "city": "Ulm", "country": "DE"})
    return Findings({}, (), ABSTENTIONS, frozenset(), frame)


def made(accounts: int, listings: int, own: str = "", **changed: Any) -> Matrix | None:
    return of_facts(ring_facts(*names(accounts, listings), **changed), own)


def of_facts(facts: dict[str, Any], own: str = "") -> Matrix | None:
    finding = Finding("k", "collusion", 2, "group", "g", None, None, 3, facts, {"r": 1.0})
    return matrix_of(finding, Pseudonyms(), known(30), own)


def page(matrix: Matrix) -> str:
    """The macro as a case page shows it."""
    return render("macros.html") + render("shared.html", each=_shared(matrix))


def _shared(matrix: Matrix) -> dict[str, Any]:
    words = {
        "title": "T",
        "account": "",
        "strength": None,
        "sentences": ("S.",),
        "rarity": "R.",
        "words": (),
        "passages": None,
        "innocent": ("x",),
    }
    return {
        "anchor": "a",
        "indication": words,
        "reviews": 3,
        "here": 3,
        "praise": False,
        "exhibits": Exhibits(None, matrix, None, None),
    }


@pytest.mark.parametrize(("accounts", "listings", "pictures"), [(15, 8, 1), (40, 4, 1), (80, 30, 2)])
def test_every_review_stands_in_the_table_and_nothing_is_left_out(accounts: int, listings: int, pictures: int) -> None:
    matrix = made(accounts, listings)
    assert matrix is not None
    cells = group_cells(accounts, listings)
    assert (len(matrix.pictures), len(matrix.rows)) == (pictures, len(cells))
    assert "Shown are" not in matrix.caption
    shown = written(matrix.pictures[0].image)
    assert {f"R{at + 1}" for at in range(accounts)} | {f"L{at + 1}" for at in range(listings)} <= set(shown)
    for picture in matrix.pictures:
        assert f"{len(cells):,} reviews, " in picture.alt
        assert "the table below" in picture.alt
        assert f"{sum(cell[3] < 0.5 for cell in cells)} of them with a rating in the lower half" in picture.alt


def test_rows_and_columns_keep_their_reviews_when_they_are_ordered() -> None:
    matrix = made(15, 8)
    assert matrix is not None
    name_of = {each.label: each.name for each in matrix.labels}
    accounts = {f"R{at + 1}": at for at in range(15)}
    told = {(accounts[row.account], name_of[row.listing], row.when) for row in matrix.rows}
    expected = set()
    for account, listing, when, _ in group_cells(15, 8):
        house = known(8).listing_name(f"a/{listing}")
        expected.add((account, house, f"{dt.date.fromisoformat(when):%-d %B %Y}"))
    assert {(account, name, when) for account, name, when in told if name.startswith("House")} == {
        each for each in expected if each[1].startswith("House")
    }
    assert len(told) == len(expected)


def test_listings_stand_by_their_first_meeting_and_the_reader_s_own_is_named() -> None:
    cells = [[at, 0, (START + dt.timedelta(days=90)).isoformat(), 1.0] for at in range(3)]
    cells += [[at, 2, START.isoformat(), 1.0] for at in range(3)]
    matrix = made(3, 3, "a/2", cells=cells)
    assert matrix is not None
    assert [(each.name, each.own) for each in matrix.labels][:2] == [("House 2", True), ("House 0", False)]
    assert page(matrix).count("(this listing)") == 1


def test_a_group_too_large_for_a_page_is_cut_and_said_to_be() -> None:
    matrix = made(130, 50)
    assert matrix is not None
    assert "Shown are 100 of 130 accounts and 40 of 50 listings, those with the most reviews" in matrix.caption
    assert len(matrix.rows) == len(group_cells(130, 50))
    assert len({row.account for row in matrix.rows}) == 130
    shown = set(written(matrix.pictures[0].image))
    assert len({each for each in shown if each.startswith("R")}) == 100
    assert len({each for each in shown if each.startswith("L")}) == 40


def test_what_a_square_cannot_show_is_said() -> None:
    cells = [*group_cells(50, 12), [0, 0, None, 1.0], [1, 1, "2026-09-07", 1.0], [1, 1, "2026-09-30", 1.0]]
    matrix = made(50, 12, cells=cells)
    assert matrix is not None
    assert "1 review without a known day: framed squares, and no mark." in matrix.caption
    assert "reviewed a listing more than once" in matrix.caption
    undated = made(50, 12, cells=[[at, at % 12, None, None] for at in range(50)])
    assert undated is not None
    assert len(undated.pictures) == 1
    assert {(row.when, row.rating) for row in undated.rows} == {("no day known", "no rating")}


@pytest.mark.parametrize(
    "changed",
    [
        {"cells": None},
        {"cells": [[0, 0]]},
        {"cells": [[99, 0, "2026-09-07", 1.0]]},
        {"accounts": []},
        {"listings": "x"},
    ],
)
def test_without_cells_there_is_no_matrix(changed: dict[str, Any]) -> None:
    assert of_facts({**ring_facts(*names(3, 3)), **changed}) is None


@pytest.mark.parametrize(("accounts", "listings"), [(15, 8), (80, 30)])
def test_names_of_strangers_are_text_outside_of_the_pictures(accounts: int, listings: int) -> None:
    matrix = made(accounts, listings)
    assert matrix is not None
    for picture in matrix.pictures:
        labels = {each for each in written(picture.image) if not each[-1].isdigit()}
        assert all(each.split()[-1] in {"Sep", "Oct", "Nov", "Dec"} for each in labels)
        assert "key-of-" not in picture.image + picture.alt
    html = page(matrix)
    assert "<script" not in html
    assert "\u202e" not in html
    assert "x&lt;/text&gt;&lt;script&gt;alert(1)" in html
    assert "key-of-" not in html
    assert banned_words(generated_text(html)) == []


def test_the_same_group_gives_the_same_matrix() -> None:
    assert made(80, 30) == made(80, 30, cells=list(reversed(group_cells(80, 30))))
