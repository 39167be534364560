"""Why a request gave no page, in words of ours and in one printable line."""

from __future__ import annotations

import gzip
import re
import zlib

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

_OF_THE_HOST: tuple[tuple[type[Exception], str], ...] = (
    (CannotResolveHostError, "the host name cannot be resolved"),
    (DownloadConnectionRefusedError, "the host cannot be reached"),
)
_OF_THE_PAGE: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "the answer does not come in time"),
    (DownloadCancelledError, "the answer is too large"),
    (ResponseDataLossError, "the connection ended before the answer did"),
    (DownloadFailedError, "the answer is not proper HTTP"),
    (zlib.error, "the answer is compressed wrongly"),
    (gzip.BadGzipFile, "the answer is compressed wrongly"),
    (EOFError, "the answer is compressed wrongly"),
)
_TOO_LARGE_UNPACKED = re.compile(r"exceeded\s+DOWNLOAD_MAXSIZE")
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def plain(error: BaseException) -> str:
    """What went wrong."""
    if isinstance(error, IgnoreRequest) and _TOO_LARGE_UNPACKED.search(str(error)):
        return "the answer is too large once unpacked"
    for kind, reason in (*_OF_THE_HOST, *_OF_THE_PAGE):
        if isinstance(error, kind):
            return reason
    return _UNPRINTABLE.sub(" ", str(error)).strip() or type(error).__name__


def concerns_host(error: BaseException) -> bool:
    """Whether another page of the same host would meet the same error."""
    return isinstance(error, tuple(kind for kind, _ in _OF_THE_HOST))
