"""A sentence-transformers model as int8 weights for ONNX Runtime: made once, kept in a folder, run without torch.

Weights are quantised per channel with a reduced range, activations as they come (Jacob et al., CVPR 2018).
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEEDED = ("onnx", "onnxruntime", "onnxscript")
WEIGHTS, TOKENS = "model.onnx", "tokenizer.json"
# Below this cosine with torch on one of the probes, the int8 weights are another model.
_LEAST_COSINE = 0.95
_PROBES = (
    "The room was clean, the staff were kind and the breakfast was good; we would come again.",
    "Never again: cold soup, a rude waiter, and they charged us twice.",
    "Loud street, thin walls, no sleep. The location is fine and the price is fair.",
    "Das Zimmer war sauber und das Personal freundlich.",
)
_OPSET = 17

Floats = NDArray[np.float32]


class ExportError(RuntimeError):
    """The model can't be made into one that gives the same; one line says why."""


def missing() -> str | None:
    """The first package that isn't installed, None where all are."""
    return next((name for name in NEEDED if importlib.util.find_spec(name) is None), None)


def export_once(folder: Path, load: Callable[[], Any]) -> None:
    """Put the model that ``load`` gives into ``folder``, unless it is there already.

    Raises:
        ExportError: its tokeniser can't be kept in a file, or the int8 weights disagree with the model.
    """
    if folder.is_dir():
        return
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    draft.mkdir(parents=True)
    try:
        model = load()
        _write(model, draft)
        _compare(model, draft)
        draft.replace(folder)
    finally:
        _sessions.pop(draft, None)
        shutil.rmtree(draft, ignore_errors=True)


def encode(folder: Path, texts: Sequence[str]) -> Floats:
    """One row for each text, each run alone: the int8 scale of a batch would depend on all that is in it."""
    session, tokeniser = _session(folder)
    rows = []
    for text in texts:
        # What no UTF-8 can hold, half of a surrogate pair, the tokeniser refuses.
        ids = tokeniser.encode(text.encode("utf-8", "replace").decode()).ids
        read = np.array([ids], dtype="int64")
        rows.append(session.run(None, {"ids": read, "mask": np.ones_like(read)})[0][0])
    return np.stack(rows) if rows else np.zeros((0, int(session.get_outputs()[0].shape[1])), dtype="float32")


def _write(model: Any, folder: Path) -> None:
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ExportError("its tokeniser has no fast form")
    whole = folder / "whole.onnx"
    _trace(model, whole)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # It recommends a step that changes nothing for this graph.
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(whole, folder / WEIGHTS, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    finally:
        logging.disable(logging.NOTSET)
    whole.unlink()
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_str(backend.to_str())
    tokeniser.no_padding()
    tokeniser.enable_truncation(model.max_seq_length)
    tokeniser.save(str(folder / TOKENS))


def _trace(model: Any, file: Path) -> None:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            return self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]

    ids = torch.ones((1, 7), dtype=torch.int64)
    with warnings.catch_warnings():
        # The exporter by tracing is to go one day; the one by dynamo wants more packages.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"torch\.|detection\.text\.onnx")
        # Tracing keeps the branches taken for one whole text without padding: there is no other here.
        warnings.filterwarnings("ignore", message="Converting a tensor to a Python boolean")
        # Negative indices, which there are none of.
        warnings.filterwarnings("ignore", message="Exporting aten::index operator", category=UserWarning)
        torch.onnx.export(
            Whole().eval(),
            (ids, torch.ones_like(ids)),
            str(file),
            dynamo=False,
            input_names=["ids", "mask"],
            output_names=["vector"],
            dynamic_axes={"ids": {1: "tokens"}, "mask": {1: "tokens"}},
            opset_version=_OPSET,
        )


def _compare(model: Any, folder: Path) -> None:
    right = model.encode(list(_PROBES), batch_size=1, show_progress_bar=False, convert_to_numpy=True)
    found = encode(folder, _PROBES)
    cosine = (right * found).sum(axis=1) / (np.linalg.norm(right, axis=1) * np.linalg.norm(found, axis=1))
    if not cosine.min() >= _LEAST_COSINE:
        raise ExportError(f"its int8 vectors agree with torch's only to a cosine of {cosine.min():.3f}")


_sessions: dict[Path, tuple[Any, Any]] = {}


def _session(folder: Path) -> tuple[Any, Any]:
    if folder not in _sessions:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(folder / WEIGHTS, options, providers=["CPUExecutionProvider"])
        _sessions[folder] = session, Tokenizer.from_file(str(folder / TOKENS))
    return _sessions[folder]
