import gzip
import zlib

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawlers.reasons import concerns_host, plain


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotResolveHostError("x"), "the host name cannot be resolved"),
        (DownloadConnectionRefusedError("x"), "the host cannot be reached"),
        (DownloadTimeoutError("x"), "the answer does not come in time"),
        (DownloadCancelledError("x"), "the answer is too large"),
        (ResponseDataLossError("x"), "the connection ended before the answer did"),
        (DownloadFailedError("x"), "the answer is not proper HTTP"),
        (zlib.error("x"), "the answer is compressed wrongly"),
        (gzip.BadGzipFile("x"), "the answer is compressed wrongly"),
        (
            IgnoreRequest("Ignored response because it exceeded DOWNLOAD_MAXSIZE (5 B)"),
            "the answer is too large once unpacked",
        ),
        (ValueError("two\nlines\tand \x1b[31mred \u202egnp"), "two lines and [31mred gnp"),
        (KeyError(), "KeyError"),
    ],
)
def test_errors_are_said_in_one_printable_line(error: Exception, expected: str) -> None:
    assert plain(error) == expected
    assert plain(error).isprintable()


def test_what_concerns_the_whole_host() -> None:
    assert concerns_host(CannotResolveHostError("x"))
    assert not concerns_host(DownloadTimeoutError("x"))
