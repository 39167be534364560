"""The benchmark of aspects: its labels are known aspects of known languages, and its counting is right."""

import numpy as np
import pandas as pd

from benchmarks.text_aspects import LABELS, bits, both, f_one, labelled, unit
from detection.text.aspects import aspects, languages


def test_labels_are_hashes_and_known_aspects() -> None:
    labels = pd.read_csv(LABELS, keep_default_na=False)
    assert list(labels.columns) == ["text_sha256", "language", "part", "named", "fault"]
    assert labels["text_sha256"].str.fullmatch(r"[0-9a-f]{64}").all()
    assert not labels["text_sha256"].duplicated().any()
    assert set(labels["language"]) <= languages()
    assert set(labels["part"]) == {"develop", "second", "report"}
    for named, fault in zip(labels["named"].str.split(), labels["fault"].str.split(), strict=True):
        assert set(fault) <= set(named) <= set(aspects())


def test_bits_and_labels_have_a_column_for_each_aspect() -> None:
    first, last = aspects()[0], aspects()[-1]
    numbers = np.array([0, 1, (1 << (len(aspects()) - 1)) + 1])
    assert (bits(numbers) == labelled(pd.Series(["", first, f"{last} {first}"]))).all()


def test_precision_and_recall_count_pairs() -> None:
    found = np.array([[True, True, False], [False, True, False]])
    right = np.array([[True, False, True], [False, True, True]])
    assert both(found, right) == "P 0.67 R 0.50 (4)"
    assert both(found & False, right) == "P 0.00 R 0.00 (4)"
    assert f_one(found, right) == 4 / 7


def test_vectors_of_unit_length() -> None:
    assert np.allclose(np.linalg.norm(unit(np.array([[3.0, 4.0], [0.0, 2.0]], dtype="float16")), axis=1), 1.0)
