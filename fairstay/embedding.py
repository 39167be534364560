"""Sentence embeddings for the night's texts, kept in the store so that each text is embedded once, ever."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detection.protocol import Vectors
from detection.text.encoder import Encoder
from fairstay.progress import Progress
from store.database import Database
from store.embeddings import read_vectors, write_vectors

_CHUNK = 256


def texts_to_embed(partials: pd.DataFrame, *, at_most: int) -> dict[str, str]:
    """The texts worth a transformer, by their SHA-256, in that order.

    ``partials`` are those of the mismatch detector. Languages with more than ``at_most`` texts are left out: there
    TF-IDF alone is as good, and the transformer costs a hundred times as much.
    """
    judged = partials[partials["abstained"] == ""]
    counts = judged.groupby("language")["text_sha256"].transform("nunique")
    chosen = judged[counts <= at_most].drop_duplicates("text_sha256").sort_values("text_sha256")
    return dict(zip(chosen["text_sha256"], chosen["text"], strict=True))


def embed(database: Database, encoder: Encoder, texts: dict[str, str], *, workers: int, progress: Progress) -> Vectors:
    """Vectors of all texts, embedding those that the store doesn't hold.

    Chunks are cut from all texts, not from the missing ones, and written whole: a night that was killed and started
    again meets the same chunks, and so the same bits.
    """
    keys = list(texts)
    known = read_vectors(database, encoder.key, keys)
    chunks = [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
    missing = [[key for key in chunk if key not in known] for chunk in chunks]
    missing = [chunk for chunk in missing if chunk]
    total = sum(len(chunk) for chunk in missing)
    done = 0
    rows = encoder.encode_chunks([[texts[key] for key in chunk] for chunk in missing], workers)
    for chunk, vectors in zip(missing, rows, strict=True):
        found = dict(zip(chunk, vectors, strict=True))
        write_vectors(database, encoder.key, found)
        known.update(found)
        done += len(chunk)
        progress.step("texts embedded", done, total)
    matrix = np.stack([known[key] for key in keys]) if keys else np.zeros((0, 1), dtype="float16")
    return Vectors(encoder.key, {key: row for row, key in enumerate(keys)}, matrix)
