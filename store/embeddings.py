"""Vectors of texts, kept for ever: a text is embedded once under one encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select

from store.database import Database, chunks, table_of, upsert
from store.models import Embedding

_DTYPE = "<f2"


def read_vectors(database: Database, encoder: str, text_sha256s: Sequence[str]) -> dict[str, np.ndarray]:
    """The known vectors (float16) among the texts asked for."""
    found = {}
    with database.read() as connection:
        for part in chunks(list(text_sha256s)):
            query = select(Embedding.text_sha256, Embedding.vector).where(
                Embedding.encoder == encoder, Embedding.text_sha256.in_(part)
            )
            for key, blob in connection.execute(query):
                found[key] = np.frombuffer(blob, dtype=_DTYPE)
    return found


def write_vectors(database: Database, encoder: str, vectors: Mapping[str, np.ndarray]) -> None:
    """Keep vectors by the SHA-256 of their texts, in one transaction."""
    rows = [
        {"encoder": encoder, "text_sha256": key, "vector": vector.astype(_DTYPE).tobytes()}
        for key, vector in vectors.items()
    ]
    with database.write() as connection:
        upsert(connection, table_of(Embedding), rows)
