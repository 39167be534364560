"""The night's reports as files: the queue, and a dossier for each listing with evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from fairstay.delivering import remove_drafts
from fairstay.progress import Progress
from reports.files import write_bytes
from reports.owner import owner_dossier, render_html
from reports.pdf import PdfUnavailable, write_pdf
from reports.queue import write_queue
from reports.records import read_findings
from reports.safety import file_name
from store.database import Database
from store.reading import read_listing_reviews

QUEUE = "queue"
OWNERS = "owners"


@dataclass(slots=True)
class Reported:
    """The reports made: cases in the queue, dossiers, those made as PDF too, and what could not be made."""

    cases: int = 0
    dossiers: list[Path] = field(default_factory=list)
    pdfs: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.cases:,} cases in the queue, {len(self.dossiers):,} dossiers, {len(self.pdfs):,} as PDF"


def write_dossier(
    database: Database, listing_key: str, folder: Path, *, as_of: dt.date, pdf: bool
) -> tuple[Path, Path | None]:
    """One owner's dossier as HTML and, if asked for, as PDF.

    Raises:
        ReportError: there is no such listing.
        PdfUnavailable: the HTML is written; the machine lacks what the PDF needs.
    """
    html = render_html(owner_dossier(database, listing_key, as_of=as_of))
    path = folder / f"{file_name(listing_key)}.html"
    write_bytes(path, html.encode())
    if not pdf:
        return path, None
    write_pdf(html, path.with_suffix(".pdf"))
    return path, path.with_suffix(".pdf")


def write_reports(
    database: Database, folder: Path, *, as_of: dt.date, pdf_dossiers: int, progress: Progress
) -> Reported:
    """The whole night's reports; files that did not change are left alone, those of earlier nights removed."""
    reported = Reported(cases=write_queue(database, folder / QUEUE, as_of=as_of).cases)
    findings = read_findings(database)
    touched = _listings_by_priority(database)
    wanted: set[Path] = set()
    for number, listing_key in enumerate(touched):
        path = folder / OWNERS / f"{file_name(listing_key)}.html"
        html = render_html(owner_dossier(database, listing_key, as_of=as_of, findings=findings))
        pdf = path.with_suffix(".pdf")
        wanted.add(path)
        reported.dossiers.append(path)
        if number < pdf_dossiers:
            try:
                # Before the HTML: a night that is killed between the two still sees that the PDF is old.
                if not pdf.exists() or not path.is_file() or path.read_bytes() != html.encode():
                    write_pdf(html, pdf)
                wanted.add(pdf)
                reported.pdfs.append(pdf)
            except PdfUnavailable as error:
                reported.notes = [str(error)]
        write_bytes(path, html.encode())
        progress.step("dossiers", number + 1, len(touched))
    for stale in set((folder / OWNERS).glob("*.*")) - wanted:
        stale.unlink()
    remove_drafts(folder)
    return reported


def _listings_by_priority(database: Database) -> list[str]:
    """Listings with a review in a case that isn't set aside, the most urgent case first."""
    findings = read_findings(database)
    listing_of = read_listing_reviews(database).set_index("review_key")["listing_key"]
    ranked: dict[str, float] = {}
    for case in findings.cases:
        if case.status in {"dismissed", "closed"}:
            continue
        for listing in set(listing_of.reindex(list(case.reviews)).dropna()):
            ranked[listing] = max(case.priority, ranked.get(listing, 0.0))
    return sorted(ranked, key=lambda listing: (-ranked[listing], listing))
