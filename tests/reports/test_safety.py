import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.safety import broken_up, clipped, file_name, one_line, safe_link, visible


@pytest.mark.parametrize("code", [0x202E, 0x2066, 0x200B, 0x200F, 0xFEFF, 0x00, 0x1B])
def test_invisible_characters_become_marks(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert chr(code) not in shown
    assert re.fullmatch(r"a\[[A-Z0-9+]+\]b", shown)


def test_addresses_and_numbers_are_broken_up() -> None:
    assert broken_up("See https://a.b.example/x.html or HTTP://c.d, me@e.f") == (
        "See hxxps://a[.]b[.]example/x[.]html or hxxp://c[.]d, me@e[.]f"
    )
    assert broken_up(".evil.example") == "[.]evil[.]example"
    assert broken_up("Call (0731) 123 45-67 or 015112345678") == "Call 0731[-]123[-]45[-]67 or 0151[-]1234[-]5678"


@pytest.mark.parametrize(
    "plain", ["Nice. Clean... 5 stars.", "12.05.2024", "2024-05-12", "Room 1203, 2019/2020", "12/05/2024"]
)
def test_days_years_and_plain_sentences_are_no_numbers_to_call(plain: str) -> None:
    assert broken_up(plain).replace("[.]", ".") == plain


def test_honest_joiners_and_lines_stay() -> None:
    text = "می‌خواهم\n👩‍🍳\tok"
    assert visible(text) == text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " data:text/html,x",
        "file:///etc/passwd",
        "//example.com/x",
        "https://",
        "https://user:word@example.com/",
        "https://[broken",
        "",
        None,
    ],
)
def test_other_links_are_refused(url: str | None) -> None:
    assert safe_link(url) is None


def test_quotes_in_links_are_encoded() -> None:
    assert safe_link('https://example.com/"onmouseover="x<y>') == "https://example.com/%22onmouseover=%22x%3Cy%3E"


@given(st.text(max_size=300))
def test_file_names_are_tame_and_distinct(text: str) -> None:
    name = file_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
    assert file_name(text + "x") != name


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
def test_lengths_hold(text: str, most: int) -> None:
    assert len(clipped(text, most)) <= most
    assert "\n" not in one_line(text, most)
