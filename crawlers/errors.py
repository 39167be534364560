"""What a failed request means for its source: an error line, a forbidden address, or nothing new."""

from __future__ import annotations

from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.hosts import BudgetError, HostParkedError
from crawlers.reasons import concerns_host, plain
from crawlers.resolver import PrivateHostError
from crawlers.robots import RobotsForbiddenError, RobotsUnreachableError
from crawlers.visit import Visit


def note_failure(visit: Visit, url: str, error: BaseException) -> None:
    """Books a request that gave no page."""
    if isinstance(error, BudgetError):
        return  # the crawl says at its end which budget it was
    if isinstance(error, HostParkedError):
        visit.add_error(url, f"the host {error}", whole_host=True)
    elif isinstance(error, RobotsForbiddenError):
        visit.add_forbidden()
    elif isinstance(error, RobotsUnreachableError | PrivateHostError):
        visit.add_error(url, plain(error), whole_host=True)
    elif isinstance(error, HttpError):
        visit.add_error(url, f"HTTP {error.response.status}")
    else:
        visit.add_error(url, plain(error), whole_host=concerns_host(error))
