from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fairstay import reporting
from fairstay.progress import Progress
from fairstay.reporting import Reported, write_dossier, write_reports
from reports.pdf import PdfUnavailable
from reports.records import ReportError
from reports.safety import file_name
from store.cases import decide, read_cases
from store.database import Database
from store.reading import read_listing_reviews
from tests.fairstay.towns import files_of

AS_OF = dt.date(2026, 11, 1)
LATER = dt.date(2026, 11, 20)
Write = Callable[..., Reported]


@pytest.fixture
def pdfs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """WeasyPrint is slow; which PDFs are made, and from what, is what these tests are about."""
    made: list[Path] = []

    def write_pdf(html: str, path: Path) -> None:
        made.append(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"%PDF of {html}")

    monkeypatch.setattr(reporting, "write_pdf", write_pdf)
    return made


@pytest.fixture
def write(store: Database, tmp_path: Path) -> Write:
    def run(as_of: dt.date = AS_OF, pdf_dossiers: int = 0) -> Reported:
        progress = Progress(io.StringIO())
        return write_reports(store, tmp_path / "out", as_of=as_of, pdf_dossiers=pdf_dossiers, progress=progress)

    return run


def check_pdfs_are_of_their_pages(reported: Reported) -> None:
    for pdf in reported.pdfs:
        assert pdf.read_text() == f"%PDF of {pdf.with_suffix('.html').read_text()}"


def test_a_queue_and_a_dossier_for_each_listing_with_a_case(store: Database, write: Write, tmp_path: Path) -> None:
    reported = write()
    assert reported.cases == len(read_cases(store)) > 1
    found = files_of(tmp_path / "out")
    assert "queue/index.html" in found
    assert sorted(name for name in found if name.startswith("owners/")) == sorted(
        f"owners/{path.name}" for path in reported.dossiers
    )
    assert len(reported.dossiers) > 1
    assert str(reported) == f"{reported.cases} cases in the queue, {len(reported.dossiers)} dossiers, 0 as PDF"


def test_the_most_urgent_listing_comes_first_and_gets_the_pdf(store: Database, write: Write, pdfs: list[Path]) -> None:
    reported = write(pdf_dossiers=1)
    assert pdfs == reported.pdfs == [reported.dossiers[0].with_suffix(".pdf")]
    most_urgent = max(read_cases(store), key=lambda case: case.priority)
    reviews = read_listing_reviews(store)
    listings = set(reviews.loc[reviews["review_key"].isin(most_urgent.reviews), "listing_key"])
    assert reported.dossiers[0].stem in {file_name(listing) for listing in listings}
    check_pdfs_are_of_their_pages(reported)


def test_what_did_not_change_is_left_alone(write: Write, pdfs: list[Path], tmp_path: Path) -> None:
    write(pdf_dossiers=2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    write(pdf_dossiers=2)
    assert len(pdfs) == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_another_day_makes_other_pages_and_pdfs(write: Write, pdfs: list[Path]) -> None:
    write(pdf_dossiers=1)
    reported = write(LATER, pdf_dossiers=1)
    assert len(pdfs) == 2
    check_pdfs_are_of_their_pages(reported)


def test_dossiers_of_cases_set_aside_are_removed(
    store: Database, write: Write, pdfs: list[Path], tmp_path: Path
) -> None:
    first = write(pdf_dossiers=1)
    for case in read_cases(store):
        decide(store, case.id, decision="dismissed", reason="BENIGN_EVENT", by="Ann", on=AS_OF)
    after = write(pdf_dossiers=1)
    assert first.dossiers
    assert after.dossiers == after.pdfs == []
    assert list((tmp_path / "out" / "owners").iterdir()) == []


def test_fewer_pdfs_remove_the_others(write: Write, pdfs: list[Path]) -> None:
    first = write(pdf_dossiers=2)
    second = write(pdf_dossiers=1)
    assert (len(first.pdfs), len(second.pdfs)) == (2, 1)
    assert first.pdfs[0].exists()
    assert not first.pdfs[1].exists()


def test_without_pango_the_pages_are_made_and_one_note(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: Any) -> None:
        raise PdfUnavailable("the PDF needs Pango")

    monkeypatch.setattr(reporting, "write_pdf", unavailable)
    reported = write(pdf_dossiers=3)
    assert reported.notes == ["the PDF needs Pango"]
    assert reported.pdfs == []
    assert len(reported.dossiers) > 1
    assert all(path.read_text().startswith("<!DOCTYPE html>") for path in reported.dossiers)


def test_an_old_pdf_does_not_stay_beside_a_new_page(
    write: Write, pdfs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(pdf_dossiers=1)

    def unavailable(*_: Any) -> None:
        raise PdfUnavailable("the PDF needs Pango")

    monkeypatch.setattr(reporting, "write_pdf", unavailable)
    write(LATER, pdf_dossiers=1)
    assert not first.pdfs[0].exists()


@pytest.mark.parametrize("dies", ["before", "after"])
def test_killed_around_a_pdf_the_next_run_still_makes_it_anew(
    write: Write, pdfs: list[Path], monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    write(pdf_dossiers=1)
    really = reporting.write_pdf

    def killed(html: str, path: Path) -> None:
        if dies == "after":
            really(html, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reporting, "write_pdf", killed)
        with pytest.raises(KeyboardInterrupt):
            write(LATER, pdf_dossiers=1)
    reported = write(LATER, pdf_dossiers=1)
    assert len(reported.pdfs) == 1
    check_pdfs_are_of_their_pages(reported)


def test_drafts_of_a_killed_run_are_cleared_away(write: Write, tmp_path: Path) -> None:
    write()
    before = files_of(tmp_path / "out")
    for folder in ("queue", "queue/cases", "owners"):
        (tmp_path / "out" / folder / ".index.html.4711.new").write_text("half")
    write()
    assert files_of(tmp_path / "out") == before


def test_one_dossier(store: Database, write: Write, pdfs: list[Path], tmp_path: Path) -> None:
    listing = "tripadvisor/tr100001"
    html, none = write_dossier(store, listing, tmp_path / "one", as_of=AS_OF, pdf=False)
    assert none is None
    assert html.parent == tmp_path / "one"
    html, pdf = write_dossier(store, listing, tmp_path / "one", as_of=AS_OF, pdf=True)
    assert pdf == html.with_suffix(".pdf")
    assert pdfs == [pdf]
    with pytest.raises(ReportError, match="tripadvisor/none"):
        write_dossier(store, "tripadvisor/none", tmp_path, as_of=AS_OF, pdf=False)


def test_one_dossier_without_pango_still_has_its_page(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> None:
        raise PdfUnavailable("the PDF needs Pango")

    monkeypatch.setattr(reporting, "write_pdf", unavailable)
    with pytest.raises(PdfUnavailable):
        write_dossier(store, "tripadvisor/tr100001", tmp_path / "one", as_of=AS_OF, pdf=True)
    assert [path.suffix for path in (tmp_path / "one").iterdir()] == [".html"]
