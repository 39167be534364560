"""What the roof's tests share: the command line in this process, and a town on which a detection has run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from fairstay.cli import cli, main
from fairstay.config import Config, load_config
from store.database import Database, open_database
from tests.fairstay.towns import AS_OF, NOW, write_settings, write_sources


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRSTAY_DB", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(*arguments)``: the command line as the console script runs it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        assert isinstance(ended.value.code, int)
        captured = capsys.readouterr()
        return Said(ended.value.code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def detected_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small town after a night without a model and without a crawl; copy it, don't run anything in it."""
    folder = tmp_path_factory.mktemp("detected") / "town"
    folder.mkdir()
    write_sources(folder)
    shutil.rmtree(folder / "sites")
    file = write_settings(folder, model="", workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FAIRSTAY_DB", raising=False)
        arguments = ["--config", str(file), "--quiet", "nightly", "--as-of", AS_OF, "--now", NOW]
        assert cli.main(args=arguments, standalone_mode=False) == 3
    return folder


@pytest.fixture
def town(detected_town: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(detected_town, tmp_path / "town"))


@pytest.fixture
def settings(town: Path) -> Config:
    """The copy's settings."""
    return load_config(town / "fairstay.toml")


@pytest.fixture
def store(settings: Config) -> Iterator[Database]:
    """The copy's store."""
    with closing(open_database(settings.database_url)) as database:
        yield database
