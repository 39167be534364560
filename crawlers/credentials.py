"""What an owner's API asks for before it answers: the secrets in a file, and the access tokens that they buy."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scrapy.exceptions import IgnoreRequest

from crawlers.address import host_key

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  (an address, no secret)
TRUSTPILOT_TOKEN_PATH = "/v1/oauth/oauth-business-users-for-applications/accesstoken"  # noqa: S105  (a path)

# A token is asked for again so many seconds before it expires.
_MARGIN_S = 60.0
_MAX_FILE_BYTES = 64 * 1024
_PRINTABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_TOKEN = re.compile(r"[!-~]{1,8192}")
# RFC 6749, 5.2; any other word of a token endpoint is not repeated.
_OAUTH_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
}


class CredentialsError(ValueError):
    """A credentials file that cannot be used; one line names the file, the key and what to do, and no value."""


class AuthorisationError(IgnoreRequest):
    """The API or its token endpoint does not accept the credentials, or cannot be asked."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A form that buys an access token when it is posted to ``token_uri`` (RFC 6749, 4.4 and 6)."""

    token_uri: str
    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


# Headers that never change, or what buys a bearer token.
Secrets = Mapping[str, str] | Grant


def google(file: Path, base_url: str) -> Secrets:
    """The ``authorized_user`` form of Google's client libraries; ``token_uri`` may be left out."""
    said = _read(file, ("client_id", "client_secret", "refresh_token"))
    form = {key: said[key] for key in ("client_id", "client_secret", "refresh_token")}
    return Grant(said.get("token_uri", GOOGLE_TOKEN_URI), {"grant_type": "refresh_token", **form})


def booking(file: Path, base_url: str) -> Secrets:
    """A machine account's ``username`` and ``password``, or a bearer ``token``."""
    said = _read(file, ("username", "password"), ("token",))
    return _bearer(said["token"]) if "token" in said else _basic(file, said, "username", "password")


def trustpilot(file: Path, base_url: str) -> Secrets:
    """The ``api_key`` of the public API, in a header and not in the address."""
    return {"apikey": _read(file, ("api_key",))["api_key"]}


def trustpilot_private(file: Path, base_url: str) -> Secrets:
    """``api_key`` and ``api_secret`` for the client credentials grant; ``token_uri`` may be given."""
    said = _read(file, ("api_key", "api_secret"))
    token_uri = said.get("token_uri", base_url.rstrip("/") + TRUSTPILOT_TOKEN_PATH)
    return Grant(token_uri, {"grant_type": "client_credentials"}, _basic(file, said, "api_key", "api_secret"))


class Keyring:
    """What a source's requests carry; an access token is kept until a minute before it expires or it is refused.

    ``ask`` posts a grant and gives the status and the body of the answer; ``monotonic`` is a clock in seconds.
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        ask: Callable[[Grant], Awaitable[tuple[int, bytes]]],
        monotonic: Callable[[], float],
    ) -> None:
        self._secrets = secrets
        self._ask = ask
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until = 0.0
        self._refusal: str | None = None

    async def headers(self) -> Mapping[str, str]:
        """The headers of the next request. Raises ``AuthorisationError``, from the first refusal on every time."""
        async with self._lock:
            if self._refusal is not None:
                raise AuthorisationError(self._refusal)
            if not isinstance(self._secrets, Grant):
                return self._secrets
            if self._token is None or self._monotonic() >= self._until:
                await self._buy(self._secrets)
            return _bearer(self._token or "")

    def renew(self) -> bool:
        """Drops an access token that was refused; False where there is nothing that could be renewed."""
        self._token = None
        return isinstance(self._secrets, Grant)

    def refuse(self, reason: str) -> AuthorisationError:
        """Ends the use of these credentials: no other request is made with them."""
        self._refusal = reason
        return AuthorisationError(reason)

    async def _buy(self, grant: Grant) -> None:
        self._token = None
        try:
            status, body = await self._ask(grant)
        except AuthorisationError as error:
            raise self.refuse(str(error)) from None
        if status != 200:
            raise self.refuse(f"{_host(grant)} gives no access token (HTTP {status}{_oauth_error(body)})")
        try:
            answer = json.loads(body)
            token, expires_in = answer["access_token"], answer.get("expires_in", "inf")
            if not _TOKEN.fullmatch(token):
                raise ValueError
            self._until = self._monotonic() + float(expires_in) - _MARGIN_S
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise self.refuse(f"the answer of {_host(grant)} holds no access token") from None
        self._token = token


def _host(grant: Grant) -> str:
    return f"the token endpoint at {host_key(grant.token_uri)}"


def _oauth_error(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    word = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(word, str) or word not in _OAUTH_ERRORS:
        return ""
    return f", {word}; authorise Fairstay anew" if word == "invalid_grant" else f", {word}"


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _basic(file: Path, said: Mapping[str, str], name: str, password: str) -> Mapping[str, str]:
    if ":" in said[name]:
        raise CredentialsError(f"{file}: {name} must not hold a colon")
    pair = base64.b64encode(f"{said[name]}:{said[password]}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _read(file: Path, *forms: tuple[str, ...]) -> dict[str, str]:
    """The texts of a JSON object that has all keys of one of the forms."""
    said = _object(file)
    missing = [[key for key in form if key not in said] for form in forms]
    if all(missing):
        needed = ", or ".join(" and ".join(form) for form in forms)
        raise CredentialsError(f"{file}: {min(missing, key=len)[0]} is missing; write {needed}")
    known = {key for form in forms for key in form} | {"token_uri"}
    for key in sorted(known & set(said)):
        value = said[key]
        if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
            raise CredentialsError(f"{file}: {key} must be a text of printable ASCII characters in quotes")
    return {key: value for key, value in said.items() if isinstance(value, str)}


def _object(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & 0o077:
                raise CredentialsError(f"{file}: others on this machine may read it; run: chmod 600 '{file}'")
            content = stream.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise CredentialsError(f"{file}: there is no such credentials file") from None
    except OSError as error:
        raise CredentialsError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        said = json.loads(content[:_MAX_FILE_BYTES].decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise CredentialsError(f"{file}: is not JSON; write one object with the keys in quotes") from None
    if not isinstance(said, dict):
        raise CredentialsError(f"{file}: must be one JSON object")
    return said
