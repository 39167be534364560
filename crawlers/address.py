"""Which host an address names, however it is written."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9._-]+")
_IPV6 = re.compile(r"[0-9a-f:.]+")


def host_key(url: str) -> str:
    """``host`` or ``host:port`` of an address: lower-case, in ASCII, without a last dot or the scheme's own port.

    Raises ``ValueError`` for what is not http or https, for a user name in the address and for characters that no host
    name has.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"'{url}' is not an http or https address")
    if "@" in parts.netloc:
        raise ValueError(f"'{url}' carries a user name, which no address of a source has")
    host = _ascii(parts.hostname)
    is_ipv6 = parts.netloc.startswith("[")
    if not (_IPV6 if is_ipv6 else _NAME).fullmatch(host) or is_ipv6 != (":" in host):
        raise ValueError(f"'{url}' names no host")
    host = f"[{host}]" if is_ipv6 else host
    port = parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme]
    return host if port == _DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"


def _ascii(hostname: str) -> str:
    try:
        host = hostname if hostname.isascii() else hostname.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return host.lower().removesuffix(".")
