"""The tables and the words of an evidence package: what is what, what it shows, and how an outsider checks it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import pyarrow as pa

from reports.formats import write_csv
from reports.safety import one_line
from store.proof import Proof, ProvenBody, ProvenFetch, Row

FORMAT = "fairstay-evidence/1"
SUMS = "manifest.sha256"
QUERY, REPLY = f"{SUMS}.tsq", f"{SUMS}.tsr"
_WIDTH = 118

FILES: Mapping[str, str] = {
    "evidence.warc.gz": "every answer whose bytes are kept, in time order (WARC 1.1)",
    "bodies/": "the same bytes as plain files, named by their SHA-256",
    "reviews.csv": "every version of every review of the listing, with the hash of the body that it was read from",
    "events.csv": "what happened to the reviews, by source and UTC time: edited, missing, removed, reappeared",
    "runs.csv": "how completely each run of each source saw the listing",
    "manifest.json": "this file: what is what",
    SUMS: "the SHA-256 of every other file, for sha256sum -c",
    "README.txt": "how to check all this",
}
_WHAT = "what is what: each body with its hash, and each address and time at which it came"
SHOWS = (
    "By the records of this installation, Fairstay received these bytes from these addresses at these times (UTC, by "
    f"the clock of the machine that it ran on). The hashes show that these are the files that {SUMS} was written for; "
    "a time stamp on it, where there is one, that all of them were there before the time in the stamp."
)
SHOWS_NOT = (
    "Who wrote a review, whether what it says is true, or what others were shown at the same addresses. No outsider "
    "witnessed the times of the fetches: a time stamp witnesses only that the package existed at its own time."
)

_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("rating", "rating_worst", "rating_best"), pa.float64()),
    **dict.fromkeys(("synthetic_id", "text_is_translation", "verified_stay"), pa.bool_()),
    **dict.fromkeys(
        ("version", "pages", "claimed", "listed", "new", "changed", "missing", "removed", "errors", "dropped"),
        pa.int64(),
    ),
}
_REVIEWS: Mapping[str, str] = {
    "review_id": "review_id",
    "synthetic_id": "synthetic_id",
    "reviewer": "reviewer_key",
    "version": "number",
    "seen_at": "seen_at",
    "source": "source",
    "url": "review_url",
    **{
        name: name
        for name in (
            "rating",
            "rating_worst",
            "rating_best",
            "published_from",
            "published_to",
            "published_precision",
            "edited",
            "stayed_from",
            "stayed_to",
            "verified_stay",
            "title",
            "text",
            "text_positive",
            "text_negative",
            "subratings",
            "language",
            "text_is_translation",
            "response_text",
            "response_published",
            "response_state",
            "syndicated_from",
            "first_seen",
            "last_seen",
            "raw_sha256",
            "body_sha256",
        )
    },
}
_EVENTS = {name: name for name in ("at", "kind", "review_id", "source")}
_RUNS = {
    name: name
    for name in (
        "seen_at",
        "source",
        "status",
        "pages",
        "claimed",
        "listed",
        "new",
        "changed",
        "missing",
        "removed",
        "errors",
        "dropped",
    )
}


def write_tables(proof: Proof, folder: Path) -> None:
    """``reviews.csv``, ``events.csv`` and ``runs.csv``; reviewers stand in them as pseudonyms."""
    for name, columns, rows in (
        ("reviews.csv", _REVIEWS, proof.versions),
        ("events.csv", _EVENTS, proof.events),
        ("runs.csv", _RUNS, proof.runs),
    ):
        write_csv(_table(rows, columns), folder / name)


def manifest(
    proof: Proof,
    *,
    files: Mapping[str, str | None],
    states: Mapping[str, str],
    records: Mapping[str, str],
    made_at: dt.datetime,
    since: dt.date | None,
    version: str,
) -> bytes:
    """``manifest.json``. By SHA-256 of a body: its file in the package or None, and its state; by fetch key: the id of
    its WARC record where there is one."""
    bodies = [_body(each, files[each.sha256], states[each.sha256], records) for each in proof.bodies]
    content = {
        "format": FORMAT,
        "tool": {"name": "fairstay", "version": version},
        "made_at": _plain(made_at),
        "since": _plain(since),
        "listing": {name: _plain(value) for name, value in proof.listing.items()},
        "shows": SHOWS,
        "does_not_show": SHOWS_NOT,
        "counts": {
            "bodies": len(bodies),
            "bodies_in_the_package": sum(each["file"] is not None for each in bodies),
            "fetches": len(proof.fetches),
            "reviews": len({row["review_id"] for row in proof.versions}),
            "review_versions": len(proof.versions),
            "events": len(proof.events),
            "runs": len(proof.runs),
        },
        "files": FILES,
        "bodies": bodies,
    }
    # ASCII alone: no character of a stranger's address or header changes how the file reads.
    return (json.dumps(content, indent=1) + "\n").encode("ascii")


def sums(folder: Path) -> bytes:
    """``manifest.sha256``: a line for each file of the folder, as ``sha256sum`` writes it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths).encode("ascii")


def readme(proof: Proof, *, in_package: int, since: dt.date | None) -> bytes:
    """``README.txt``: how someone without Fairstay checks the package, which holds ``in_package`` of the bodies."""
    return _README.format(
        listing=one_line(proof.listing["key"], 200),
        name=one_line(proof.listing["name"] or "no name known", 200),
        since="" if since is None else f"Fetched before {since}: left out, but for answers that later ones confirm.\n",
        bodies=f"{in_package} of {len(proof.bodies)} bodies are here; of any other manifest.json says why it is not.",
        files="\n".join(f"{name}: {what}" for name, what in FILES.items()).replace("this file: what is what", _WHAT),
        shows=fill(SHOWS, _WIDTH),
        shows_not=fill(SHOWS_NOT, _WIDTH),
    ).encode()


def _body(body: ProvenBody, file: str | None, state: str, records: Mapping[str, str]) -> dict[str, Any]:
    return {
        "sha256": body.sha256,
        "size": body.size,
        "media_type": body.media_type,
        "file": file,
        "state": state,
        "removed_on": _plain(body.removed_on),
        "removed_why": body.removed_why,
        "review_ids": body.review_ids,
        "fetches": [_fetch(each, records.get(each.key)) for each in body.fetches],
    }


def _fetch(fetch: ProvenFetch, record: str | None) -> dict[str, Any]:
    return {
        "source": fetch.source,
        "url": fetch.url,
        "fetched_at": _plain(fetch.fetched_at),
        "status": fetch.status,
        "headers": fetch.headers,
        "warc_record_id": record,
    }


def _table(rows: Iterable[Row], columns: Mapping[str, str]) -> pa.Table:
    arrays = {}
    for name, key in columns.items():
        kind = _TYPES.get(name, pa.string())
        values = [row[key] for row in rows]
        arrays[name] = pa.array([_plain(value) for value in values] if kind == pa.string() else values, type=kind)
    return pa.table(arrays)


def _plain(value: Any) -> Any:
    """Times as UTC with a Z, days as ISO 8601, mappings as JSON; everything else as it is."""
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_README = """\
What Fairstay holds on the reviews of {listing} ({name}).
{since}
WHAT IT SHOWS
{shows}

WHAT IT DOES NOT SHOW
{shows_not}

WHAT IS HERE
{files}
In events.csv a review is edited when the same source shows it differently than before, missing when one complete
reading of a source no longer showed it, removed when a second one did not either, and reappeared when it came back.
In runs.csv a run is complete when every page was read to the last without an error, nothing was dropped, and no more
reviews were claimed than shown; partial when not; shortened where reading stopped at what was known; unchanged where
the source said that nothing had changed; suspect where so much was gone that the page is doubted. Only a complete run
says anything about what it did not show.

PERSONAL DATA
The files in bodies/ and evidence.warc.gz are pages and replies as they came, with the names that reviewers chose to
show there, and they may hold reviews of other places too. Give this folder only to those who must see it.
reviews.csv holds pseudonyms in place of reviewers, and the texts as they were written.

WITH CARE
The bytes come from strangers. A page is kept as .html.txt and a table as .csv.txt, so that a double click shows them
as text and runs nothing. In the .csv files an apostrophe stands before a cell that a spreadsheet would take for a
formula.

TO CHECK IT
1. That no file was changed, in this folder:
       sha256sum -c manifest.sha256
   (macOS: shasum -a 256 -c manifest.sha256)

2. That the WARC file is what it says, with a public reader, for example warcio or FastWARC:
       warcio check -v evidence.warc.gz
       fastwarc check -p evidence.warc.gz
   WARC-Payload-Digest is the SHA-256 by which the same bytes stand in bodies/ and in manifest.json.
   A record of type response is an answer of a server: its status line is written anew from the status, its headers
   are those that were kept, and its payload is decoded. So what the server said of the encoding and the length of
   the bytes on the wire is renamed X-Archived-...
   A record of type revisit is the answer 304: not changed since the answer that it refers to.
   A record of type resource is a file that was imported.

3. That it existed at a time, where there is a manifest.sha256.tsr (RFC 3161; manifest.sha256.tsq is what was asked):
       openssl ts -reply -in manifest.sha256.tsr -text
       openssl ts -verify -data manifest.sha256 -in manifest.sha256.tsr -CAfile authority.pem
   authority.pem is the certificate of the authority that the first command names; get it from the authority itself.
   Without a manifest.sha256.tsr nobody but the maker of this folder says when it was made.

4. That a review stood in a body: reviews.csv names in body_sha256 the body that a version was read from, and
   manifest.json says from which address it came, when, and in which WARC record it is.
   {bodies}
"""
