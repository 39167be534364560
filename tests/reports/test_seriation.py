import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.seriation import Cell, account_order, cells_of, listing_order
from tests.reports.crowd_facts import START, group_cells

DAYS = st.one_of(st.none(), st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31)))
CELLS = st.lists(st.builds(Cell, st.integers(0, 11), st.integers(0, 6), DAYS, st.none()), max_size=60)


def on(account: int, listing: int, later: int) -> Cell:
    return Cell(account, listing, START + dt.timedelta(days=later), 1.0)


@given(cells=CELLS, shuffled=st.randoms(use_true_random=False))
def test_orders_are_permutations_and_do_not_hang_on_the_order_of_the_cells(cells: list[Cell], shuffled: Any) -> None:
    mixed = list(cells)
    shuffled.shuffle(mixed)
    rows, columns = account_order(cells, 12), listing_order(cells, 7)
    assert sorted(rows) == list(range(12))
    assert sorted(columns) == list(range(7))
    assert (rows, columns) == (account_order(mixed, 12), listing_order(mixed, 7))
    seen = {cell.account for cell in cells}
    assert set(rows[: len(seen)]) == seen


def test_listings_stand_by_the_day_of_their_first_meeting() -> None:
    cells = [on(0, 0, 0), on(1, 0, 50), on(0, 1, 10), on(1, 1, 20), on(2, 1, 30), on(0, 2, 1), on(0, 2, 2)]
    assert listing_order(cells, 4) == [1, 0, 2, 3]


def test_teams_stand_together() -> None:
    cells = cells_of({"cells": group_cells(80, 30, days=200, cover=0.5, teams=2)}, 80, 30)
    teams = [account % 2 for account in account_order(cells, 80)]
    assert sum(one != other for one, other in pairwise(teams)) == 1


def test_accounts_with_the_same_listings_stand_by_their_first_day() -> None:
    cells = [on(account, listing, (7 * account) % 5 + listing) for account in range(5) for listing in range(3)]
    assert account_order(cells, 5) == [0, 3, 1, 4, 2]


def test_the_earliest_lies_in_the_first_half() -> None:
    cells = [on(account, listing, 100 - 10 * account) for account in range(9) for listing in (account, account + 1)]
    order = account_order(cells, 9)
    assert order == list(range(8, -1, -1))


@pytest.mark.parametrize(
    "odd",
    [[0, 3, "2026-01-01", 1], [3, 0, "2026-01-01", 1], [True, 0, None, 1], [-1, 0, None, 1], [0.0, 0, None, 1], "x"],
)
def test_a_cell_of_no_row_or_column_is_left_out(odd: Any) -> None:
    found = cells_of({"cells": [odd, [2, 2, "no day", "no rating"]]}, 3, 3)
    assert found == [Cell(2, 2, None, None)]
    assert cells_of({"cells": "x"}, 3, 3) == cells_of({}, 3, 3) == []


def test_very_many_accounts_are_ordered_by_time_alone() -> None:
    cells = [on(account, listing, account) for account in range(700) for listing in (account, account + 1)]
    assert account_order(cells, 700) == list(range(700))
