from __future__ import annotations

import io

from fairstay.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_come_at_each_quarter() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for done in range(1, 2001):
        progress.step("shards", done, 2000)
    assert stream.getvalue().splitlines() == [
        f"  shards: {done} of 2,000" for done in ("500", "1,000", "1,500", "2,000")
    ]


def test_a_label_begins_anew_after_its_end() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for _ in range(2):
        for done in (1, 2):
            progress.step("x", done, 2)
    assert stream.getvalue().splitlines() == ["  x: 1 of 2", "  x: 2 of 2"] * 2


def test_two_labels_do_not_mix() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.step("a", 3, 4)
    progress.step("b", 1, 4)
    assert stream.getvalue() == "  a: 3 of 4\n  b: 1 of 4\n"


def test_nothing_to_do_says_nothing() -> None:
    stream = io.StringIO()
    Progress(stream).step("x", 0, 0)
    assert stream.getvalue() == ""


def test_quiet_says_nothing() -> None:
    for stream in (io.StringIO(), Terminal()):
        progress = Progress(stream, quiet=True)
        progress.say("x")
        progress.step("x", 1, 1)
        assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar_on_one_line() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.step("shards", 1, 3)
    assert stream.getvalue() == f"\r  {'shards':<28} [{'#' * 10}{'.' * 20}] 1 of 3"
    progress.step("shards", 3, 3)
    assert stream.getvalue().endswith(f"[{'#' * 30}] 3 of 3\n")
    assert stream.getvalue().count("\n") == 1


def test_a_line_never_runs_into_an_open_bar() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress.step("shards", 1, 3)
    progress.say("next")
    progress.say("after")
    assert stream.getvalue().endswith("1 of 3\nnext\nafter\n")
