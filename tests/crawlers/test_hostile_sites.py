import datetime as dt
import time
from collections.abc import Iterator

import pytest

from crawlers.crawl import Fetched, Source, SourceResult, crawl
from crawlers.network import Network
from tests.crawlers.hostile import HostileServer, hostile_server, page
from tests.crawlers.hostile import answer as proper
from tests.crawlers.misbehaviours import CASES, Case

NOW = dt.datetime.fromisoformat("2026-01-01T22:00")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as made:
        yield made


@pytest.fixture(scope="module")
def good_server() -> Iterator[HostileServer]:
    with hostile_server() as made:
        made.answers = {"/1": proper(page(1, following="/2")), "/2": proper(page(2))}
        yield made


async def no_sleep(_: float) -> None:
    """Waits are counted elsewhere."""


def visit(
    case: Case, server: HostileServer, good_server: HostileServer
) -> tuple[SourceResult, SourceResult, list[Fetched]]:
    """What came of the hostile source, of a good one beside it, and the pages of the hostile one."""
    fetched: list[Fetched] = []
    server.answers = case.answers
    starts = tuple(start.replace("{host}", server.host) for start in case.starts)
    sources = (
        Source("bad", "schema_org", "example", starts, delay_s=0, max_pages=case.max_pages, allow_private=True),
        Source("good", "schema_org", "example", (f"http://{good_server.host}/1",), delay_s=0, allow_private=True),
    )
    network = case.network
    hostile, good = crawl(
        sources,
        contact="ops@fairstay.example",
        seen=NOW.date(),
        clock=lambda: NOW,
        on_page=fetched.append,
        network=Network(network.timeout_s, network.max_bytes, network.longest_wait_s, no_sleep, network.resolve),
    )
    return hostile, good, [one for one in fetched if one.source == "bad"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_site_that_misbehaves(
    case: Case,
    server: HostileServer,
    good_server: HostileServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = time.monotonic()
    hostile, good, fetched = visit(case, server, good_server)
    assert time.monotonic() - start < case.seconds
    assert len(hostile.errors) == len(case.errors), hostile.errors
    for line, part in zip(hostile.errors, case.errors, strict=True):
        assert part in line
        assert line.isprintable()
        assert not any(word in line for word in ("Error", "Traceback", " object at "))
    assert (hostile.reviews, hostile.complete) == (case.reviews, case.complete)
    if case.says:
        first = fetched[0].page.observations[0]
        assert case.says in {first.reviewer_name, first.title}
    assert hostile.forbidden == case.forbidden
    assert bool(hostile.parked) == case.parked
    assert len(server.asked) <= case.requests, server.asked
    assert not any("cookie" in headers for headers in server.headers)
    assert (good.reviews, good.complete) == (2, True)
    assert not [record for record in caplog.records if record.exc_info]
    assert capfd.readouterr() == ("", "")


def test_the_cases_are_distinct_and_enough() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 50
