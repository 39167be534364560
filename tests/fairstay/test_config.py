from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.crawl import Source
from fairstay.config import Config, ConfigError, load_config

FULL = """
[store]
database = "sqlite:///kept/reviews.sqlite"
[privacy]
key_file = "/keys/town.key"
keep_names = true
[text]
model = ""
languages = ["en", "de"]
backend = "torch"
embed_at_most = 0
[run]
workers = 3
shards = 5
work_folder = "work"
inbox = "in"
[reports]
folder = "out"
pdf_dossiers = 0
[deliver]
folder = "drop"
[crawl]
contact = "a@b.example"
[[source]]
name = "guide"
spider = "schema_org"
platform = "lakeguide"
start_urls = ["http://a.example/", "http://b.example/"]
delay_s = 1
max_pages = 7
allow_private = true
"""
SOURCE = '[[source]]\nname = "g"\nspider = "schema_org"\nplatform = "g"\nstart_urls = ["http://a.example/"]\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "fairstay.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_defaults_without_a_file(tmp_path: Path) -> None:
    assert load_config(None, folder=tmp_path) == Config(folder=tmp_path)
    assert Config(folder=tmp_path).database_url == f"sqlite:///{tmp_path / 'fairstay.sqlite'}"


def test_every_setting_is_read(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, FULL))
    assert config == Config(
        folder=tmp_path,
        database=f"sqlite:///{tmp_path / 'kept/reviews.sqlite'}",
        key_file=Path("/keys/town.key"),
        keep_names=True,
        model="",
        languages=("en", "de"),
        backend="torch",
        embed_at_most=0,
        workers=3,
        shards=5,
        work_folder=Path("work"),
        inbox=Path("in"),
        reports_folder=Path("out"),
        pdf_dossiers=0,
        drop_folder=Path("drop"),
        contact="a@b.example",
        sources=(
            Source(
                name="guide",
                spider="schema_org",
                platform="lakeguide",
                start_urls=("http://a.example/", "http://b.example/"),
                delay_s=1,
                max_pages=7,
                allow_private=True,
            ),
        ),
    )
    assert config.path(config.inbox) == tmp_path / "in"
    assert config.path(config.key_file) == Path("/keys/town.key")


def test_the_working_folders_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "[run]\nworkers = 7\n")
    assert load_config(None, folder=tmp_path).workers == 7
    monkeypatch.chdir(tmp_path)
    assert load_config(None).workers == 7
    assert load_config(Path("fairstay.toml")).folder == tmp_path


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, '[store]\ndatabase = "sqlite:///file.sqlite"\n')
    assert load_config(file).database == f"sqlite:///{tmp_path / 'file.sqlite'}"
    monkeypatch.setenv("FAIRSTAY_DB", "sqlite:///environment.sqlite")
    assert load_config(file).database == "sqlite:///environment.sqlite"
    assert load_config(file, database="sqlite:///file.sqlite").database == "sqlite:///file.sqlite"


@pytest.mark.parametrize("url", ["sqlite:////var/reviews.sqlite", "postgresql://ann@db/reviews"])
def test_other_urls_of_a_file_stay_as_they_are(tmp_path: Path, url: str) -> None:
    assert load_config(written(tmp_path, f'[store]\ndatabase = "{url}"\n')).database == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[run", "cannot be read"),
        ("[run]\nworker = 2", "no setting [run] worker; in [run] there are inbox, shards, work_folder, workers"),
        (
            "[runs]\nworkers = 2",
            "no setting [runs] workers; the sections are crawl, deliver, detect, evidence, privacy, reports, run",
        ),
        ("workers = 2", "'workers' stands outside of a section"),
        ("[run]\nworkers = 0", "[run] workers must be 1 or more"),
        ("[run]\nworkers = true", "[run] workers must be a whole number"),
        ("[run]\nworkers = 2.5", "[run] workers must be a whole number"),
        ("[run]\nshards = -1", "[run] shards must be 1 or more"),
        ("[reports]\npdf_dossiers = -1", "[reports] pdf_dossiers must be 0 or more"),
        ('[privacy]\nkeep_names = "yes"', "[privacy] keep_names must be true or false"),
        ("[run]\ninbox = 3", "[run] inbox must be a path in quotes"),
        ('[run]\ninbox = ""', "[run] inbox must be a path in quotes"),
        ("[store]\ndatabase = 3", "[store] database must be a text in quotes"),
        ("[crawl]\ncontact = 3", "[crawl] contact must be a text in quotes"),
        ("source = 3", "[[source]] number 1 must be a table"),
        ('[[source]]\nname = "g"', "[[source]] number 1 needs name, spider and platform, and start_urls or listings"),
        (SOURCE + SOURCE + "speed = 3", "[[source]] number 2: no setting speed; there are allow_private, base_url"),
        (SOURCE + 'delay_s = "slow"', "delay_s must be a number of seconds"),
        (SOURCE + "delay_s = -1", "delay_s must be a number of seconds"),
        (SOURCE + "max_pages = 0", "max_pages must be a whole number, 1 or more"),
        (SOURCE + "max_pages = 1.5", "max_pages must be a whole number, 1 or more"),
        (SOURCE + "allow_private = 1", "allow_private must be true or false"),
        (SOURCE.replace('["http://a.example/"]', '"http://a.example/"'), "start_urls must be a list of texts"),
        (SOURCE.replace('["http://a.example/"]', "[3]"), "start_urls must be a list of texts"),
        (SOURCE.replace('name = "g"', "name = 3"), "name must be a text in quotes"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as said:
        load_config(file)
    assert str(said.value).startswith(f"{file}: ")
    assert words in str(said.value)
    assert "\n" not in str(said.value)


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "fairstay.toml").write_bytes(b"[crawl]\ncontact = '\xff'")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(None, folder=tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"other\.toml: there is no such configuration file"):
        load_config(tmp_path / "other.toml")


@pytest.mark.parametrize("value", ["10", "10.0"])
def test_the_alarm_budget_is_a_number(tmp_path: Path, value: str) -> None:
    file = written(tmp_path, f"[detect]\nfalse_per_1000_listing_years = {value}\n")
    assert load_config(file).alarm_budget == 10.0


@pytest.mark.parametrize("value", ["0", "-3", "inf", "nan", "true", '"10"'])
def test_an_alarm_budget_that_is_none(tmp_path: Path, value: str) -> None:
    file = written(tmp_path, f"[detect]\nfalse_per_1000_listing_years = {value}\n")
    with pytest.raises(ConfigError, match="must be a number above 0"):
        load_config(file)


@pytest.mark.parametrize("languages", ["[]", '"en"', '["English"]', '["EN"]', "[1]"])
def test_languages_are_two_letter_codes(tmp_path: Path, languages: str) -> None:
    with pytest.raises(ConfigError, match=r"\[text\] languages must be a list of two-letter codes"):
        load_config(written(tmp_path, f"[text]\nlanguages = {languages}\n"))


@pytest.mark.parametrize("backend", ['"openvino"', "1", '""'])
def test_a_backend_is_one_of_three(tmp_path: Path, backend: str) -> None:
    with pytest.raises(ConfigError, match=r"\[text\] backend must be one of auto, torch, onnx"):
        load_config(written(tmp_path, f"[text]\nbackend = {backend}\n"))
