"""From the store's reviews to evidence, scores and cases in the store."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import dataclass

import pandas as pd

from detection.cases import build_cases
from detection.engines.local import Shards, scan_and_fold, write_shards
from detection.engines.memo import read_memo, write_memo
from detection.fusion import fuse
from detection.protocol import Detector, Findings, Night
from detection.text.encoder import Encoder, EncoderError, find_encoder
from fairstay.calibrating import IN_USE, Calibration, describe, in_use, lines_in_use
from fairstay.config import Config
from fairstay.embedding import StoredVectors, start_allowance
from fairstay.progress import Progress
from store.cases import read_cases, read_upheld, write_cases
from store.database import Database, file_sha256
from store.findings import read_evidence, replace_findings
from store.frames import ABSTENTIONS, EVIDENCE, MEMBERS, empty
from store.owners import read_owners
from store.runs import read_state, write_state
from store.snapshot import read_reviews
from store.syndication import link_copies

_STATE = "detected"


@dataclass(frozen=True, slots=True)
class Detected:
    """What a detection came to. ``changed`` is false where nothing had changed since the last one."""

    changed: bool
    reviews: int
    evidence: int
    opened: int
    updated: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.changed:
            return f"{self.reviews:,} reviews, nothing changed since the last detection"
        return (
            f"{self.reviews:,} reviews, {self.evidence:,} pieces of evidence, "
            f"{self.opened:,} cases opened, {self.updated:,} updated"
        )


def detect(
    database: Database, config: Config, *, as_of: dt.date, full: bool = False, progress: Progress | None = None
) -> Detected:
    """Find evidence and cases in all reviews; shards that did not change are not scanned again, unless ``full``.

    Raises:
        EncoderError: the configured model is there but not the one that was expected.
    """
    say = progress or Progress(quiet=True)
    work = config.path(config.work_folder)
    if full:
        shutil.rmtree(work, ignore_errors=True)
    if (linked := link_copies(database)) > 0:
        say.say(f"{linked:,} reviews are linked to the same review on another platform")
    say.say("reading the reviews")
    shards = write_shards(read_reviews(database), work / "shards", config.shards)
    calibration = in_use(database, config)
    detectors = calibration.detectors()
    encoder, notes = _encoder(config)
    notes += calibration.notes
    owners, upheld = read_owners(database), read_upheld(database)
    state = _fingerprint(shards, owners, upheld, detectors, encoder, config, calibration)
    reviews = shards.read()
    if not full and read_state(database, _STATE) == state:
        evidence, _ = read_evidence(database)
        return Detected(False, len(reviews), len(evidence), 0, 0, notes)
    for line in lines_in_use(detectors, calibration):
        say.say(line)
    vectors = None
    if encoder is not None:
        allowance = start_allowance(database, night=state, at_most=config.embed_at_most)
        vectors = StoredVectors(database, encoder, allowance, workers=config.workers, progress=say)
    findings = _run(config, shards, owners, upheld, detectors, vectors, as_of, say)
    opened, updated = _keep(database, reviews, findings, as_of)
    write_state(database, IN_USE, describe(reviews, calibration))
    write_state(database, _STATE, state)
    number = sum(len(found.evidence) for found in findings.values())
    notes += () if vectors is None else tuple(vectors.allowance.notes)
    return Detected(True, len(reviews), number, opened, updated, notes)


def _encoder(config: Config) -> tuple[Encoder | None, tuple[str, ...]]:
    if not config.model:
        return None, ("no sentence-embedding model is configured: texts are judged with TF-IDF alone",)
    try:
        exports = config.path(config.work_folder) / "models"
        found = find_encoder(config.model, languages=config.languages, backend=config.backend, exports=exports)
        return found, ()
    except EncoderError as error:
        if "not installed" not in str(error):
            raise
        return None, (f"{error}; texts are judged with TF-IDF alone",)


def _fingerprint(
    shards: Shards,
    owners: pd.DataFrame,
    upheld: tuple[str, ...],
    detectors: tuple[Detector, ...],
    encoder: Encoder | None,
    config: Config,
    calibration: Calibration,
) -> str:
    said = [file_sha256(file) for file in shards.files]
    said.append(owners.to_csv(index=False))
    said += [str(len(upheld)), *upheld]
    said += [f"{each.name} {each.version} {each!r}" for each in detectors]
    if encoder is not None:
        said += [encoder.key, "any" if encoder.languages is None else ",".join(sorted(encoder.languages))]
    said += [str(config.embed_at_most), calibration.key]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _run(
    config: Config,
    shards: Shards,
    owners: pd.DataFrame,
    upheld: tuple[str, ...],
    detectors: tuple[Detector, ...],
    vectors: StoredVectors | None,
    as_of: dt.date,
    progress: Progress,
) -> dict[str, Findings]:
    findings = {}
    for detector in detectors:
        progress.say(f"{detector.name}: scanning")
        partials = scan_and_fold(
            detector,
            shards,
            config.path(config.work_folder) / "partials",
            workers=config.workers,
            progress=lambda name, done, total: progress.step(f"{name} shards", done, total),
        )
        kept = config.path(config.work_folder) / "memo"
        memo = read_memo(detector, kept)
        asked = None if vectors is None else vectors.asked_by(detector.name)
        night = Night(as_of, shards, vectors=asked, owners=owners, upheld=upheld, memo=memo)
        findings[detector.name] = detector.conclude(partials, night)
        write_memo(memo, detector, kept)
        progress.say(f"{detector.name}: {len(findings[detector.name].evidence):,} pieces of evidence")
    return findings


def _keep(database: Database, reviews: pd.DataFrame, findings: dict[str, Findings], as_of: dt.date) -> tuple[int, int]:
    evidence = pd.concat([empty(EVIDENCE), *(found.evidence for found in findings.values())], ignore_index=True)
    members = pd.concat([empty(MEMBERS), *(found.members for found in findings.values())], ignore_index=True)
    abstentions = pd.concat(
        [empty(ABSTENTIONS), *(found.abstentions for found in findings.values())], ignore_index=True
    )
    scores = fuse(reviews, findings)
    replace_findings(
        database,
        evidence=evidence,
        members=members,
        abstentions=abstentions,
        review_scores=scores.reviews,
        reviewer_scores=scores.reviewers,
    )
    earlier = read_cases(database)
    found = build_cases(evidence, members, reviews, earlier, as_of)
    write_cases(database, found.cases, found.events)
    known = {case.id for case in earlier}
    opened = sum(case.id not in known for case in found.cases)
    return opened, len(found.cases) - opened
