import builtins
import importlib
import re
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from reports.owner import owner_dossier, render_html
from reports.pdf import PdfUnavailable, pdf_bytes, write_pdf
from store.database import Database
from tests.reports.conftest import AS_OF, CAFE


def needs_pango() -> None:
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError):
        pytest.skip("Pango is not installed")


def test_the_pdf_is_tagged_paged_and_repeats_byte_for_byte(store: Database, tmp_path: Path) -> None:
    needs_pango()
    html = render_html(owner_dossier(store, CAFE, as_of=AS_OF))
    write_pdf(html, tmp_path / "a.pdf")
    time.sleep(1.1)
    content = (tmp_path / "a.pdf").read_bytes()
    assert pdf_bytes(html) == content
    whole = content + b"".join(_streams(content))
    assert len(re.findall(rb"/Type\s*/Page\b", whole)) >= 2
    assert b"/StructTreeRoot" in whole
    assert b"/Lang" in whole
    assert b"pdfuaid" in whole


def test_nothing_outside_is_fetched(tmp_path: Path) -> None:
    needs_pango()
    (tmp_path / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>secret</text></svg>')
    page = f'<html lang="en"><title>t</title><img alt="x" src="file://{tmp_path}/secret.svg"><p>text</p></html>'
    plain = '<html lang="en"><title>t</title><img alt="x" src="data:,"><p>text</p></html>'
    assert abs(len(pdf_bytes(page)) - len(pdf_bytes(plain))) < 100


def test_without_pango_one_line_says_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = builtins.__import__

    def missing(
        name: str,
        scope: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        names: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return found(name, scope, local, names, level)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(PdfUnavailable, match=r"apt install libpango-1.0-0 libpangoft2-1.0-0") as caught:
        write_pdf("<p>x", tmp_path / "x.pdf")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "x.pdf").exists()


def _streams(content: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            found.append(zlib.decompress(match.group(1)))
        except zlib.error:
            continue
    return found
