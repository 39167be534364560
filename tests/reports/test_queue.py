import datetime as dt
import re
from pathlib import Path

from reports.queue import write_queue
from reports.wording import banned_words, generated_text
from store.cases import decide, write_cases
from store.database import Database
from tests.reports.conftest import AS_OF, case, key_of


def pages(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_queue_is_sorted_and_a_campaign_is_one_case(store: Database, tmp_path: Path) -> None:
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    index = (tmp_path / "queue/index.html").read_text()
    links = re.findall(r'href="cases/([^"]+)\.html"', index)
    assert links == ["c-campaign", "c-cafe", "c-slip", "c-old"]
    assert index.index("Decided cases") < index.index("c-old")
    assert "strength&nbsp;0.9" in index


def test_a_case_page_has_what_a_decision_needs(store: Database, tmp_path: Path) -> None:
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    page = (tmp_path / "queue/cases/c-campaign.html").read_text()
    assert "fairstay decide c-campaign --decision DECISION --reason REASON" in page
    assert page.count("<q class=") == 40
    assert page.count("<img ") == 2
    assert "40 reviews &lt;i&gt;in&lt;/i&gt; 14 days" in page
    assert "<script" not in page


def test_pages_say_no_banned_word_and_load_nothing(store: Database, tmp_path: Path) -> None:
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    for name, content in pages(tmp_path / "queue").items():
        html = content.decode()
        assert banned_words(generated_text(html)) == [], name
        assert "default-src &#39;none&#39;" in html
        assert not re.search(r'(?:src|href)="(?!data:|#|https?://example\.com|cases/|\.\./index)', html)


def test_a_second_run_changes_no_byte_and_no_file(store: Database, tmp_path: Path) -> None:
    assert write_queue(store, tmp_path / "queue", as_of=AS_OF).changed == 4
    before = pages(tmp_path / "queue")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "queue").rglob("*.html")}
    written = write_queue(store, tmp_path / "queue", as_of=AS_OF)
    assert (written.changed, written.removed) == (0, 0)
    assert pages(tmp_path / "queue") == before
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "queue").rglob("*.html")} == times


def test_a_new_day_changes_only_the_index(store: Database, tmp_path: Path) -> None:
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    assert write_queue(store, tmp_path / "queue", as_of=AS_OF + dt.timedelta(days=1)).changed == 0


def test_stale_pages_go_and_other_files_stay(store: Database, tmp_path: Path) -> None:
    (tmp_path / "queue/cases").mkdir(parents=True)
    (tmp_path / "queue/cases/gone.html").write_text("old")
    (tmp_path / "queue/notes.txt").write_text("mine")
    assert write_queue(store, tmp_path / "queue", as_of=AS_OF).removed == 1
    assert (tmp_path / "queue/notes.txt").exists()
    assert not (tmp_path / "queue/cases/gone.html").exists()


def test_a_decision_moves_the_case_down(store: Database, tmp_path: Path) -> None:
    decide(store, "c-campaign", decision="upheld", reason="FAKE_ENGAGEMENT_GROUP", by="Ada <b>", on=AS_OF, note="=1+1")
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    index = (tmp_path / "queue/index.html").read_text()
    assert index.index("Decided cases") < index.index("c-campaign")
    page = (tmp_path / "queue/cases/c-campaign.html").read_text()
    assert "Ada &lt;b&gt;" in page


def test_an_empty_store_gives_an_empty_queue(empty_store: Database, tmp_path: Path) -> None:
    assert write_queue(empty_store, tmp_path / "queue", as_of=AS_OF).cases == 0
    assert "No case is open" in (tmp_path / "queue/index.html").read_text()


def test_hostile_case_ids_stay_inside_the_folder(store: Database, tmp_path: Path) -> None:
    odd = case("../../x';rm", "review", [key_of("google", "c1", 1)], [], window_start=None, window_end=None, facts={})
    write_cases(store, [odd], {})
    write_queue(store, tmp_path / "queue", as_of=AS_OF)
    assert len(list((tmp_path / "queue/cases").iterdir())) == 5
    assert {path.name for path in tmp_path.glob("*.html")} == set()
