"""An evidence package: everything that the store can prove of one listing, in a folder that an outsider can check."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reports import warc
from reports.manifest import SUMS, manifest, readme, sums, write_tables
from reports.records import ReportError
from reports.safety import file_name
from store.archive import Archive
from store.database import Database
from store.proof import NOT_MODIFIED, Proof, ProvenBody, ProvenFetch, read_proof

KEPT, REMOVED, MISSING, DAMAGED = "kept", "removed", "missing", "damaged"
_WARC = "evidence.warc.gz"
# What a double click would run, a browser or a spreadsheet, is kept as text.
_ENDINGS: Mapping[str, str] = {
    "text/html": ".html.txt",
    "application/xhtml+xml": ".html.txt",
    "text/xml": ".xml.txt",
    "application/xml": ".xml.txt",
    "text/csv": ".csv.txt",
    "text/plain": ".txt",
    "application/json": ".json",
    "application/ld+json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/gzip": ".gz",
    "application/zip": ".zip",
    "application/vnd.apache.parquet": ".parquet",
}
# An imported file without a media type is known by its name.
_FILE_ENDINGS = (".csv", ".jsonl", ".json", ".parquet", ".html", ".xml", ".gz", ".zip")


@dataclass(frozen=True, slots=True)
class Package:
    """A written package. ``lost`` names the bodies that the archive should have and has not, one line each."""

    folder: Path
    bodies: int
    fetches: int
    versions: int
    not_kept: int
    lost: tuple[str, ...]

    def __str__(self) -> str:
        gone = f" ({self.not_kept:,} more not kept)" if self.not_kept else ""
        return f"{self.folder}: {self.bodies:,} bodies{gone}, {self.fetches:,} fetches, {self.versions:,} versions"


def write_package(
    database: Database,
    archive: Archive,
    listing_key: str,
    folder: Path,
    *,
    made_at: dt.datetime,
    since: dt.date | None,
    version: str,
) -> Package:
    """Write the package of a listing into a folder of its own in ``folder``, whole or not at all.

    All files but ``manifest.json`` (it has ``made_at``, UTC) are the same bytes for the same store.

    Raises:
        ReportError: no such listing, or its package is there already: an older one may have its own time stamp.
        ArchiveError: the archive cannot be read.
    """
    proof = read_proof(database, listing_key, since=since)
    if proof is None:
        raise ReportError(f"no listing {listing_key!r}: name it as platform/listing id, as in an export of reviews")
    target = folder / file_name(listing_key)
    if target.exists():
        raise ReportError(f"{target}: is there already; move it away, or name another folder with -o")
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        (draft / "bodies").mkdir(parents=True)
        draft.chmod(0o700)
        states = {body.sha256: _copy(archive, body, draft) for body in proof.bodies}
        files = {body.sha256: _path(body) if states[body.sha256] == KEPT else None for body in proof.bodies}
        with (draft / _WARC).open("wb") as file:
            records = _write_warc(file, proof, draft, files, made_at=made_at, version=version)
        write_tables(proof, draft)
        said = manifest(
            proof, files=files, states=states, records=records, made_at=made_at, since=since, version=version
        )
        (draft / "manifest.json").write_bytes(said)
        in_package = sum(file is not None for file in files.values())
        (draft / "README.txt").write_bytes(readme(proof, in_package=in_package, since=since))
        (draft / SUMS).write_bytes(sums(draft))
        draft.rename(target)
    except OSError as error:
        raise ReportError(f"{target}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Package(
        folder=target,
        bodies=in_package,
        fetches=len(proof.fetches),
        versions=len(proof.versions),
        not_kept=sum(state == REMOVED for state in states.values()),
        lost=tuple(f"the body {sha256} is {state} in {archive.folder}" for sha256, state in _lost(states)),
    )


def _lost(states: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(sha256, state) for sha256, state in states.items() if state in {MISSING, DAMAGED}]


def _copy(archive: Archive, body: ProvenBody, folder: Path) -> str:
    """Put the body into the package; its state."""
    if not body.kept:
        return REMOVED
    content = archive.get(body.sha256)
    if content is None:
        return DAMAGED if archive.has(body.sha256) else MISSING
    (folder / _path(body)).write_bytes(content)
    return KEPT


def _path(body: ProvenBody) -> str:
    kind = (body.media_type or "").partition(";")[0].strip().lower()
    name = body.fetches[0].url.lower() if warc.is_file(body.fetches[0]) else ""
    ending = next((each for each in _FILE_ENDINGS if name.endswith(each)), ".bin")
    text = ".txt" if ending in {".csv", ".html", ".xml"} else ""
    return f"bodies/{body.sha256}{_ENDINGS.get(kind, ending + text)}"


def _write_warc(
    file: BinaryIO,
    proof: Proof,
    folder: Path,
    files: Mapping[str, str | None],
    *,
    made_at: dt.datetime,
    version: str,
) -> dict[str, str]:
    """Write a record for each fetch whose body is in the package; the record ids by fetch key."""
    fetches = [each for each in proof.fetches if files[each.body_sha256] is not None]
    media_types = {body.sha256: body.media_type for body in proof.bodies}
    name = "\n".join(["warcinfo", version, proof.listing["key"], *(each.key for each in fetches)])
    # The time of the newest answer rather than of the writing, so that the file is the same however often it is made.
    newest = fetches[-1].fetched_at if fetches else made_at
    file.write(warc.warcinfo(name, made_at=newest, file_name=_WARC, fields=_about(proof, version)))
    written: dict[str, str] = {}
    answers: dict[str, ProvenFetch] = {}
    for fetch in fetches:
        body = (folder / str(files[fetch.body_sha256])).read_bytes()
        record = _record(fetch, body, media_types[fetch.body_sha256], answers, warc.record_id(name))
        if record is not None:
            file.write(record)
            written[fetch.key] = warc.fetch_record_id(fetch)
    return written


def _record(
    fetch: ProvenFetch, body: bytes, media_type: str | None, answers: dict[str, ProvenFetch], warcinfo_id: str
) -> bytes | None:
    """The record of a fetch, None for a 304 without the answer that it confirms; ``answers`` are the ones so far."""
    if fetch.status == NOT_MODIFIED:
        confirmed = answers.get(fetch.body_sha256)
        return None if confirmed is None else warc.not_modified(fetch, confirmed, warcinfo_id=warcinfo_id)
    answers[fetch.body_sha256] = fetch
    if warc.is_file(fetch):
        return warc.resource(fetch, body, media_type=media_type, warcinfo_id=warcinfo_id)
    return warc.response(fetch, body, warcinfo_id=warcinfo_id)


def _about(proof: Proof, version: str) -> list[tuple[str, str]]:
    return [
        ("software", f"fairstay/{version}"),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", warc.CONFORMS_TO),
        ("description", f"what Fairstay received that speaks of the listing {proof.listing['key']}"),
    ]
