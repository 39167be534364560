"""What a failed request means for its source: an error line, a forbidden address, or nothing new."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.hosts import HostParkedError
from crawlers.robots import RobotsForbiddenError, RobotsUnreachableError
from crawlers.visit import Visit

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (CannotResolveHostError, "the host name cannot be resolved"),
    (DownloadConnectionRefusedError, "the host cannot be reached"),
    (DownloadTimeoutError, "the host does not answer in time"),
    (DownloadCancelledError, "the page is too large"),
)


def note_failure(visit: Visit, url: str, error: BaseException) -> None:
    """Books a request that gave no page."""
    if isinstance(error, HostParkedError):
        visit.add_error(url, f"the host {error}; it is left alone for this run", whole_host=True)
    elif isinstance(error, RobotsForbiddenError):
        visit.add_forbidden()
    elif isinstance(error, RobotsUnreachableError):
        visit.add_error(url, str(error), whole_host=True)
    elif isinstance(error, HttpError):
        visit.add_error(url, f"HTTP {error.response.status}")
    else:
        known = next((reason for kind, reason in _REASONS if isinstance(error, kind)), None)
        visit.add_error(url, known or str(error) or type(error).__name__, whole_host=known is not None)
