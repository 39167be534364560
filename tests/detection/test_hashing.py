import subprocess
import sys

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.hashing import hashed

texts = st.lists(st.text(max_size=20), max_size=30)


@settings(deadline=None)
@given(texts)
def test_a_texts_hash_depends_on_nothing_else(values: list[str]) -> None:
    together = hashed(pd.Series(values, dtype="str"))
    assert str(together.dtype) == "int64"
    assert together.tolist() == hashed(pd.Series(values, dtype="object")).tolist()
    for value, number in zip(values, together, strict=True):
        assert hashed(pd.Series([value], dtype="str"))[0] == number
    assert len(set(together.tolist())) == len(set(values))


def test_the_same_in_another_process() -> None:
    """Partials are kept from night to night and folded over processes: a salted hash would break both."""
    code = "import pandas as pd; from detection.hashing import hashed; print(hashed(pd.Series(['a', 'Zürich', ''])))"
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert said == {f"{hashed(pd.Series(['a', 'Zürich', '']))}\n"}


def test_no_two_of_many_agree() -> None:
    keys = pd.Series([f"wideworld/u{number:08d}" for number in range(300_000)], dtype="str")
    assert len(set(hashed(keys).tolist())) == len(keys)
