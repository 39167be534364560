"""Sentence embeddings for the night's texts, kept in the store so that each text is embedded once, ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detection.text import MOST_CHARACTERS
from detection.text.encoder import Encoder
from detection.text.terms import normalised, text_sha256
from fairstay.progress import Progress
from store.database import Database
from store.embeddings import read_vectors, write_vectors
from store.runs import read_state, write_state

_CHUNK = 256
_STATE = "embedding"


@dataclass(slots=True)
class Allowance:
    """How many texts a night may embed anew, and what it granted.

    Grants are kept in the store: a night that was killed and begun again finds part of its texts embedded, and must
    refuse what it would have refused. ``at_most`` 0 grants everything.
    """

    database: Database
    night: str
    at_most: int
    granted: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def grants(self, asker: str, keys: Collection[str], missing: int) -> bool:
        """Whether ``asker`` may have these texts, ``missing`` of which are not embedded yet; a refusal is noted."""
        call = hashlib.sha256("\0".join([asker, *sorted(keys)]).encode()).hexdigest()
        if not missing or call in self.granted:
            return True
        left = self.at_most - sum(self.granted.values())
        if self.at_most and missing > left:
            self.notes.append(
                f"{asker} wanted sentence embeddings of {missing:,} more texts, and {max(left, 0):,} of the night's "
                f"{self.at_most:,} were left: it judged without; [text] embed_at_most allows more"
            )
            return False
        self.granted[call] = missing
        write_state(self.database, _STATE, json.dumps({"night": self.night, "granted": self.granted}, sort_keys=True))
        return True


def start_allowance(database: Database, *, night: str, at_most: int) -> Allowance:
    """The allowance of the night that ``night`` names, with what it granted before it was killed."""
    said = json.loads(read_state(database, _STATE) or "{}")
    return Allowance(database, night, at_most, said["granted"] if said.get("night") == night else {})


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """``detection.protocol.Vectors``: looked up in the store, and embedded where that has none."""

    database: Database
    model: Encoder
    allowance: Allowance
    workers: int = 1
    progress: Progress = field(default_factory=lambda: Progress(quiet=True))
    asker: str = ""

    @property
    def encoder(self) -> str:
        """The encoder's key."""
        return self.model.key

    @property
    def languages(self) -> frozenset[str] | None:
        """The two-letter codes that the model reads well, ``None`` for any."""
        return self.model.languages

    def asked_by(self, detector: str) -> StoredVectors:
        """The same for a detector, under whose name it tells of progress and of refusals."""
        return replace(self, asker=detector)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """A row for each text, by its first ``MOST_CHARACTERS``; ``None`` beyond the night's allowance.

        What is embedded is written chunk by chunk: a killed night loses one chunk for each worker.
        """
        read = [text[:MOST_CHARACTERS] for text in texts]
        keys = [text_sha256(text) for text in read]
        wanted = dict(zip(keys, read, strict=True))
        known = read_vectors(self.database, self.model.key, list(wanted))
        missing = sorted(wanted.keys() - known.keys())
        if not self.allowance.grants(self.asker, wanted, len(missing)):
            return None
        chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
        rows = self.model.encode_chunks([[normalised(wanted[key]) for key in chunk] for chunk in chunks], self.workers)
        done = 0
        for chunk, vectors in zip(chunks, rows, strict=True):
            found = dict(zip(chunk, vectors, strict=True))
            write_vectors(self.database, self.model.key, found)
            known.update(found)
            done += len(chunk)
            self.progress.step(f"{self.asker}: texts embedded", done, len(missing))
        if not keys:
            return np.zeros((0, 1), dtype="float32")
        return np.stack([known[key] for key in keys]).astype("float32")
