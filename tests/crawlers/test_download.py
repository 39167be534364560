import datetime as dt
import time
from itertools import pairwise

from crawlers.crawl import Source, crawl
from tests.crawlers.hostile import Exchange, hostile_server

NOW = dt.datetime.fromisoformat("2026-01-01T22:00")


def test_a_broken_connection_is_tried_again_only_after_the_delay() -> None:
    asked: list[float] = []

    def reset(exchange: Exchange) -> None:
        asked.append(time.monotonic())
        exchange.reset()

    with hostile_server() as server:
        server.answers = {"/1": reset}
        source = Source("inn", "schema_org", "example", (f"http://{server.host}/1",), delay_s=0.3, allow_private=True)
        (result,) = crawl(
            [source], contact="ops@fairstay.example", seen=NOW.date(), clock=lambda: NOW, on_page=lambda _: None
        )
    assert len(asked) == 3
    assert result.requests == len(server.asked) == 4
    assert min(later - earlier for earlier, later in pairwise(asked)) > 0.25
