from crawlers.budget import Budget


class Clock:
    """A clock that is set by hand; seconds."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def budget(clock: Clock, *, pages: int = 2, size: int = 100, seconds: float = 60) -> Budget:
    return Budget(max_pages=pages, max_bytes=size, max_seconds=seconds, monotonic=clock)


def test_a_crawl_that_ends_at_the_limit_has_lost_nothing() -> None:
    one = budget(Clock())
    assert one.admit_page()
    assert one.admit_page()
    assert one.exhausted is None
    assert not one.admit_page()
    assert one.exhausted == "the budget of 2 pages"


def test_other_requests_cost_no_pages() -> None:
    one = budget(Clock(), pages=1)
    assert all(one.admit_request() for _ in range(10))
    assert one.admit_page()
    assert one.exhausted is None


def test_bytes_are_counted_as_they_come() -> None:
    one = budget(Clock())
    one.add_bytes(99)
    assert one.admit_request()
    one.add_bytes(1)
    assert not one.admit_request()
    assert not one.admit_page()
    assert one.exhausted == "the budget of 100 bytes"


def test_time_runs_from_the_first_request() -> None:
    clock = Clock()
    one = budget(clock)
    clock.now += 1000
    assert one.admit_page()
    clock.now += 59
    assert one.admit_request()
    clock.now += 1
    assert not one.admit_request()
    assert one.exhausted == "the budget of 60 seconds"


def test_a_wait_must_end_within_the_time() -> None:
    clock = Clock()
    one = budget(clock)
    assert one.admit_wait(59)
    clock.now += 30
    assert not one.admit_wait(30)
    assert one.exhausted == "the budget of 60 seconds"


def test_the_first_budget_that_refused_is_named() -> None:
    clock = Clock()
    one = budget(clock, pages=1)
    assert one.admit_page()
    assert not one.admit_page()
    clock.now += 100
    assert not one.admit_request()
    assert one.exhausted == "the budget of 1 page"
