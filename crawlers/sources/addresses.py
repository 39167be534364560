"""Addresses of an API's replies. Credentials travel with them, so none of them ever leads to another host."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

_MAX_LENGTH = 8000


def with_parameters(url: str, **changes: str) -> str:
    """The address with some of its query parameters set anew, the others kept."""
    parts = urlsplit(url)
    query = urlencode(_parameters(parts.query) | changes, safe=":,", errors="surrogateescape", quote_via=quote)
    return urlunsplit(parts._replace(query=query, fragment=""))


def parameter(url: str, name: str) -> str | None:
    """A query parameter of an address."""
    return _parameters(urlsplit(url).query).get(name)


def linked(url: str, link: object) -> str:
    """The next page that a reply at ``url`` links to; parameters that the link does not name are kept.

    A link to another host, which is what a server that stands in for an API may well replay, is followed on the host of
    ``url``. Raises ``ValueError`` where the link is no address, or leads to ``url`` itself.
    """
    if not isinstance(link, str) or not link.strip():
        raise ValueError("the next page has no address")
    here, there = urlsplit(url), urlsplit(urljoin(url, link.strip()))
    same_host = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    base = urlunsplit(here._replace(path=there.path if same_host else here.path))
    return further(url, with_parameters(base, **_parameters(there.query)))


def further(url: str, following: str) -> str:
    """``following``, checked: it is not ``url`` again and can be asked for. Raises ``ValueError``."""
    if following in (url, with_parameters(url)) or len(following) > _MAX_LENGTH:
        raise ValueError("the next page is this one again, or has no usable address")
    if not following.isascii() or not following.isprintable() or " " in following:
        raise ValueError("the next page has no usable address")
    return following


def _parameters(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))
