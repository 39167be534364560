import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parse.mending import BROKEN, load
from tests.timing import LINEAR_IN_EIGHT, times_as_long


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2,],};', {"a": [1, 2]}),
        ('{"a": "x // y /* z */,}" // c\n, "b": 2}', {"a": "x // y /* z */,}", "b": 2}),
        ('{"a": "b\nc\td"}', {"a": "b\nc\td"}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": NaN, "b": [Infinity, -Infinity], "c": undefined}', {"a": None, "b": [None, None], "c": None}),
        ("{&quot;a&quot;: &quot;b &amp;amp; c&quot;}", {"a": "b &amp; c"}),
        ('{"a": "&quot;b&quot;"}', {"a": "&quot;b&quot;"}),
        ('<!-- {"a": "-->"} -->', {"a": "-->"}),
        ('/*<![CDATA[*/ {"a": 1} /*]]>*/', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
    ],
)
def test_harmless_errors_are_mended(text: str, value: object) -> None:
    assert load(text) == (value, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"r": [{"a": "the "best" one", "b": 1}, {"a": 2}]}', {"r": [{BROKEN: True, "b": 1}, {"a": 2}]}),
        ('{"r": [{"a": "5" wide"}, {"a": 2}], "n": 1}', {"r": [{BROKEN: True}, {"a": 2}], "n": 1}),
        ('{"r": [{"a": "said "no", and left"}, {"a": 2}]}', {"r": [{BROKEN: True}, {"a": 2}]}),
        ('{"r": [{"a": 1, "b": }, {"a": 2}]}', {"r": [{"a": 1, BROKEN: True}, {"a": 2}]}),
        ('{"r": [{"a": 1 "b": 3}, {"a": 2}]}', {"r": [{BROKEN: True}, {"a": 2}]}),
        ('{"r": [{"a": {"b": 1}, {"a": 2}]}', {"r": [{"a": {"b": 1}, BROKEN: True}, {"a": 2}]}),
        ('{"r": [{"a": [1, 2}, {"a": 2}]}', {"r": [{"a": [1, 2], BROKEN: True}, {"a": 2}]}),
        ('{"n": 1, "r": [{"a": 2}, {"a": "cut o', {"n": 1, "r": [{"a": 2}, {BROKEN: True}]}),
        ('{"n": 1, "r": [{"a": 2}, {"a": 3, "b', {"n": 1, "r": [{"a": 2}, {"a": 3, BROKEN: True}]}),
        ('{"n": 1, "m": rubbish, "r": [{"a": 2}]}', {"n": 1, BROKEN: True, "r": [{"a": 2}]}),
    ],
)
def test_an_error_costs_the_property_in_which_it_lies(text: str, value: object) -> None:
    assert load(text) == (value, False)


@pytest.mark.parametrize("text", ["", " ", "rubbish", "}", "1 2", "[" * 100_000])
def test_what_holds_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not JSON|nested too deeply"):
        load(text)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(), plain, min_size=1, max_size=4))
def test_sound_json_is_read_as_it_is_by_the_mending_as_well(value: dict[str, Any]) -> None:
    written = json.dumps(value)
    assert load(written) == (value, True)
    assert load(f"/* c */ {written};") == (value, True)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(['{"a":', "[", "]", "}", ",", '"', "\\", "x", "1", ":", "/*", "*/", "//", "\n", "NaN", "<!--"])
    )
)
def test_any_text_is_survived(pieces: list[str]) -> None:
    with suppress(ValueError):
        assert load("".join(pieces))[1] in (True, False)


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        ("", '"\\"'), ("", '{"a":'), ("", "/*"), ('{"a":x', '",\\'), ('{"a":x', '",'), ('{"a":"', '\\"'), ("", ",}"),
        ("", '{"a"'), ("", "{}"), ("", "1."), ("", "\\"), ("", " "),
    ],
)  # fmt: skip
def test_hostile_texts_take_time_in_line_with_their_length(start: str, unit: str) -> None:
    def loading(number: int) -> Callable[[], None]:
        text = start + unit * number + "x"

        def call() -> None:
            with suppress(ValueError):
                load(text)

        return call

    assert times_as_long(loading(80_000), loading(10_000)) < LINEAR_IN_EIGHT
