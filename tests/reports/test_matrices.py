import base64
import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from reports.matrices import dated_matrix, fits_dates, shaded_matrix, visit_line
from reports.seriation import Cell, cells_of
from tests.reports.crowd_facts import START, group_cells

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def drawn(uri: str) -> str:
    start = "data:image/svg+xml;base64,"
    assert uri.startswith(start)
    return base64.b64decode(uri.removeprefix(start)).decode()


def written(uri: str) -> list[str]:
    """The texts in a picture: they are drawn as paths, each behind a comment that says it."""
    return [line.strip() for each in re.findall(r"<!-- (.*?) -->", drawn(uri), re.DOTALL) for line in each.split("\n")]


def boxes(uri: str) -> Counter[str]:
    """How many closed boxes there are of each fill."""
    found: Counter[str] = Counter()
    for path in ElementTree.fromstring(drawn(uri)).iter(f"{SVG}path"):
        fill = re.search(r"fill: (#\w{6})", path.get("style") or "")
        if fill and path.get("clip-path"):
            found[fill.group(1)] += (path.get("d") or "").count("z")
    return found


def dots(uri: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Where round marks lie, and where one has a white middle."""
    found: dict[str, set[tuple[str, str]]] = {"#0b4f6c": set(), "#ffffff": set()}
    for path in ElementTree.fromstring(drawn(uri)).iter(f"{SVG}path"):
        style = path.get("style") or ""
        if "stroke-linecap: round" in style:
            color = re.search(r"stroke: (#\w{6})", style)
            assert color
            found[color.group(1)] |= set(re.findall(r"M (\S+) (\S+)", path.get("d") or ""))
    return found["#0b4f6c"], found["#ffffff"]


def names(accounts: int, listings: int) -> tuple[list[str], list[str]]:
    return [f"R{at + 1}" for at in range(accounts)], [f"L{at + 1}" for at in range(listings)]


def cells(accounts: int, listings: int, **given: int) -> list[Cell]:
    return cells_of({"cells": group_cells(accounts, listings, **given)}, accounts, listings)


def pictures(accounts: int, listings: int) -> Sequence[str]:
    inside = cells(accounts, listings)
    if fits_dates(accounts, listings):
        return [dated_matrix(*names(accounts, listings), inside)]
    return [shaded_matrix(*names(accounts, listings), inside), visit_line(names(accounts, 1)[0], inside)]


@pytest.mark.parametrize(("accounts", "listings"), [(2, 1), (15, 8), (40, 4), (60, 10), (80, 30), (100, 40)])
def test_pictures_stand_alone_fit_a_page_and_repeat(accounts: int, listings: int) -> None:
    made = pictures(accounts, listings)
    assert pictures(accounts, listings) == made
    for uri in made:
        assert len(uri) < 350_000
        root = ElementTree.fromstring(drawn(uri))
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags.isdisjoint({"script", "image", "text", "foreignObject", "a"})
        assert all(element.get(LINK, "#").startswith("#") for element in root.iter())
        assert "@import" not in drawn(uri)
        assert not re.search(r"url\((?!#)", drawn(uri))
        _, _, width, height = (float(each) for each in (root.get("viewBox") or "").split())
        assert width <= 360
        assert height <= 3.2 * width


@pytest.mark.parametrize(("accounts", "listings"), [(15, 8), (3, 2), (42, 4)])
def test_every_day_stands_in_its_cell(accounts: int, listings: int) -> None:
    inside = cells(accounts, listings)
    texts = Counter(written(dated_matrix(*names(accounts, listings), inside)))
    assert set(names(accounts, listings)[0]) <= set(texts)
    for day, count in Counter(cell.day for cell in inside).items():
        assert day is not None
        short = f"{day:%-d %b}"
        assert texts[short if listings > 4 else f"{short} {day:%y}"] >= count


def test_high_ratings_are_shaded_and_low_ones_barred() -> None:
    when = START
    rated = [Cell(0, at, when, rating) for at, rating in enumerate((1.0, 0.5, 0.49, 0.0, None))]
    assert boxes(dated_matrix(["R1"], list("abcde"), rated)) == {"#dbe5ea": 2, "#222a30": 2}


def test_a_second_review_is_marked_and_one_without_a_day_has_a_dot() -> None:
    twice = [Cell(0, 0, START + dt.timedelta(days=3), 1.0), Cell(0, 0, START, 1.0), Cell(1, 0, None, 1.0)]
    assert {"7 Sep 26 +1", "•"} <= set(written(dated_matrix(["R1", "R2"], ["L1"], twice)))


def test_squares_are_as_many_as_pairs_and_darker_with_time() -> None:
    inside = cells(80, 30)
    uri = shaded_matrix(*names(80, 30), inside)
    found, legend = boxes(uri), [text for text in written(uri) if text.startswith("from ")]
    pairs = {(cell.account, cell.listing) for cell in inside}
    assert sum(found.values()) == len(pairs) + len(legend)
    assert len(legend) == len(found) == 6
    assert {*names(80, 30)[0], *names(80, 30)[1]} <= set(written(uri))


def test_a_shade_is_a_stretch_of_time() -> None:
    late = [Cell(at, 0, START + dt.timedelta(days=at), 1.0) for at in range(12)]
    uri = shaded_matrix(*names(12, 9), late)
    assert set(boxes(uri).values()) == {3}
    assert written(uri)[-6:] == [f"from {day} Sep 26" for day in (7, 9, 11, 13, 15, 17)]
    same = shaded_matrix(*names(12, 9), [Cell(0, 0, START, 1.0)])
    assert written(same)[-1] == "from 7 Sep 26"


def test_a_square_without_a_day_is_framed() -> None:
    uri = shaded_matrix(*names(9, 9), [Cell(0, 0, None, 1.0), Cell(1, 0, START, None)])
    assert boxes(uri) == {"#ffffff": 1, "#c6dae3": 2}


def test_each_review_has_a_mark_in_its_row() -> None:
    inside = [
        Cell(0, 0, START, 1.0),
        Cell(0, 1, START + dt.timedelta(days=9), 0.0),
        Cell(2, 0, START + dt.timedelta(days=40), None),
    ]
    uri = visit_line(["R1", "R2", "R3"], inside)
    full, hollow = dots(uri)
    assert (len(full), len(hollow)) == (3, 2)
    assert hollow < full
    assert len({y for _, y in full}) == 2
    assert {"R1", "R2", "R3", "7 Sep 26", "17 Oct 26"} <= set(written(uri))


@pytest.mark.parametrize("days", [0, 1, 20, 45, 200, 900, 4_000, 9_000])
def test_a_line_of_any_length_has_days_below_it(days: int) -> None:
    inside = [Cell(0, 0, START, 1.0), Cell(1, 0, START + dt.timedelta(days=days), 1.0)]
    ticks = [text for text in written(visit_line(["R1", "R2"], inside)) if text.count(" ") == 2]
    assert 1 <= len(ticks) <= 4
    assert len(ticks) == len(set(ticks))


@pytest.mark.parametrize("edge", [dt.date.min, dt.date.max])
def test_the_ends_of_the_calendar_are_days(edge: dt.date) -> None:
    inside = [Cell(0, 0, edge, 1.0), Cell(1, 0, START, 1.0)]
    assert visit_line(["R1", "R2"], inside)
    assert shaded_matrix(*names(2, 9), inside)
