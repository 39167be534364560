"""HTML to PDF: tagged, with the same bytes every time, and without reaching for anything outside."""

from __future__ import annotations

from pathlib import Path

from reports.files import write_bytes


class PdfUnavailable(RuntimeError):  # noqa: N818  (it says a state of the machine, not a fault of the caller)
    """WeasyPrint or its libraries are missing; one line says what the PDF needs."""


def write_pdf(html: str, path: Path) -> None:
    """Write the page as PDF/UA-1; the file appears whole.

    Raises:
        PdfUnavailable: Pango isn't installed.
    """
    write_bytes(path, pdf_bytes(html))


def pdf_bytes(html: str) -> bytes:
    """The page as PDF/UA-1.

    Raises:
        PdfUnavailable: Pango isn't installed.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise PdfUnavailable(
            "the PDF needs WeasyPrint with Pango: apt install libpango-1.0-0 libpangoft2-1.0-0 "
            "(macOS: brew install pango); the HTML file is complete without it"
        ) from None
    # WeasyPrint fetches images only through this; anything but the data in the page itself is refused.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    content = HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return bytes(content)
