import datetime as dt
import re
from pathlib import Path

from reports.queue import write_queue
from reports.wording import banned_words, generated_text
from store.cases import decide, write_cases
from store.database import Database
from tests.reports.conftest import AS_OF, HOTEL, KEYS, case, finding, key_of, write_found
from tests.reports.crowd_facts import account_facts, group_cells, ring_facts, travel_facts


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


def with_accounts(database: Database, folder: Path) -> str:
    """The queue with the cases of one account and of a group; the account's page."""
    inside = [key_of("tripadvisor", "h1", number) for number in (103, 118, 133)]
    ring = [key_of("tripadvisor", "h1", 100 + at) for at in range(15)]
    accounts = [KEYS.token("tripadvisor", f"many-{at}") for at in range(80)]
    places = [HOTEL, *(f"tripadvisor/far{at}" for at in range(29))]
    found = [
        finding("e1", "accounts", "account", "A-0123456789", account_facts(), inside),
        finding("e2", "travel", "account", "A-1123456789", travel_facts(places[:2]), inside[:2]),
        finding("e3", "collusion", "group", "g", ring_facts(accounts, places, cells=group_cells(80, 30)), ring),
    ]
    write_found(database, found, ring)
    cases = [case("c-one", "group", inside, ["e1", "e2"]), case("c-many", "group", ring, ["e3"])]
    write_cases(database, cases, {})
    write_queue(database, folder, as_of=AS_OF)
    return (folder / "cases/c-one.html").read_text()


def test_a_case_of_one_account_is_told_as_one(store: Database, tmp_path: Path) -> None:
    page = with_accounts(store, tmp_path / "queue")
    index = (tmp_path / "queue/index.html").read_text()
    row = index[index.index("c-one.html") :]
    assert row[: row.index("</th>")].endswith('<span class="soft">account</span>')
    assert "One account with 48 reviews over 31 days" in row[: row.index("</tr>")]
    assert "<dt>Kind</dt><dd>account</dd>" in page
    assert "<dt>Kind</dt><dd>group</dd>" in (tmp_path / "queue/cases/c-many.html").read_text()
    (name,) = set(re.findall(r'data-label="Account">(R\d+|no account id)<', page))
    assert f"<h3>Account {name}: habits" in page
    assert f"<h3>Account {name}: stays" in page
    assert page.count("<li>A travel writer") == 1


def test_no_page_of_accounts_shows_a_key_or_a_banned_word(store: Database, tmp_path: Path) -> None:
    with_accounts(store, tmp_path / "queue")
    keys = [KEYS.token("tripadvisor", f"{name}-{at}") for name in ("ring", "many") for at in range(80)]
    for name, content in pages(tmp_path / "queue").items():
        html = content.decode()
        assert not any(key in html for key in keys), name
        assert "A-0123456789" not in html
        assert banned_words(generated_text(html)) == [], name
    many = (tmp_path / "queue/cases/c-many.html").read_text()
    assert many.count("<img ") == 2
    assert "80 accounts by 30 listings" in many
    assert many.count('<tr><th scope="row">R') == len(group_cells(80, 30))
