import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from crawlers import credentials
from crawlers.credentials import AuthorisationError, CredentialsError, Grant, Keyring

BASE = "https://api.example"
GOOGLE = {"client_id": "id-1", "client_secret": "SECRET-1", "refresh_token": "REFRESH-1"}


def write(folder: Path, said: object, mode: int = 0o600) -> Path:
    file = folder / "keys.json"
    file.write_text(said if isinstance(said, str) else json.dumps(said), "utf-8")
    file.chmod(mode)
    return file


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


class Endpoint:
    """A token endpoint that gives the answers of a list, the last one again and again, and a clock set by hand."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.now = 1000.0

    async def ask(self, grant: Grant) -> tuple[int, bytes]:
        status, body = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    def keyring(self, secrets: credentials.Secrets) -> Keyring:
        return Keyring(secrets, ask=self.ask, monotonic=lambda: self.now)


def grant() -> Grant:
    return Grant("https://accounts.example/token", {"grant_type": "refresh_token", "client_secret": "SECRET-1"})


def authorization(keyring: Keyring) -> str:
    return asyncio.run(keyring.headers())["Authorization"]


def token(number: int, expires_in: object = 3599) -> tuple[int, Any]:
    return 200, {"access_token": f"TOKEN-{number}", "token_type": "Bearer", "expires_in": expires_in}


def test_google_refreshes_a_token_at_its_own_endpoint_or_the_named_one(tmp_path: Path) -> None:
    said = credentials.google(write(tmp_path, {"type": "authorized_user", **GOOGLE}), BASE)
    assert said == Grant("https://oauth2.googleapis.com/token", {"grant_type": "refresh_token", **GOOGLE})
    named = credentials.google(write(tmp_path, {**GOOGLE, "token_uri": "https://x.example/t"}), BASE)
    assert isinstance(named, Grant)
    assert named.token_uri == "https://x.example/t"


def test_booking_takes_a_machine_account_or_a_token(tmp_path: Path) -> None:
    pair = credentials.booking(write(tmp_path, {"username": "hotel", "password": "pa:ss word"}), BASE)
    assert pair == {"Authorization": basic("hotel:pa:ss word")}
    assert credentials.booking(write(tmp_path, {"token": "T-1"}), BASE) == {"Authorization": "Bearer T-1"}


def test_trustpilot_has_a_key_for_what_is_public_and_a_grant_for_what_is_not(tmp_path: Path) -> None:
    file = write(tmp_path, {"api_key": "KEY-1", "api_secret": "SECRET-1"})
    assert credentials.trustpilot(file, BASE) == {"apikey": "KEY-1"}
    assert credentials.trustpilot_private(file, BASE + "/") == Grant(
        "https://api.example/v1/oauth/oauth-business-users-for-applications/accesstoken",
        {"grant_type": "client_credentials"},
        {"Authorization": basic("KEY-1:SECRET-1")},
    )


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            {"client_id": "a", "refresh_token": "SECRET-1"},
            "client_secret is missing; write client_id and client_secret",
        ),
        ({**GOOGLE, "refresh_token": ""}, "refresh_token must be a text of printable ASCII"),
        ({**GOOGLE, "refresh_token": "SECRET-1\r\nX: y"}, "refresh_token must be a text of printable ASCII"),
        ({**GOOGLE, "client_secret": 7}, "client_secret must be a text"),
        ({**GOOGLE, "token_uri": ["SECRET-1"]}, "token_uri must be a text"),
        ([GOOGLE], "must be one JSON object"),
        ('{"client_secret": "SECRET-1', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_key_and_no_value(tmp_path: Path, said: object, line: str) -> None:
    file = write(tmp_path, said)
    with pytest.raises(CredentialsError) as caught:
        credentials.google(file, BASE)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert line in message
    assert "SECRET-1" not in message
    assert "\n" not in message


def test_booking_says_both_of_its_forms_and_refuses_a_user_name_with_a_colon(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="password is missing; write username and password, or token"):
        credentials.booking(write(tmp_path, {"username": "hotel"}), BASE)
    with pytest.raises(CredentialsError, match="username must not hold a colon"):
        credentials.booking(write(tmp_path, {"username": "a:b", "password": "c"}), BASE)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o602])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = write(tmp_path, GOOGLE, mode)
    with pytest.raises(CredentialsError, match="chmod 600"):
        credentials.google(file, BASE)


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no such credentials file"):
        credentials.google(tmp_path / "none.json", BASE)
    with pytest.raises(CredentialsError, match="cannot be read"):
        credentials.google(tmp_path, BASE)


def test_nothing_that_is_printed_shows_a_secret(tmp_path: Path) -> None:
    said = credentials.trustpilot_private(write(tmp_path, {"api_key": "KEY-1", "api_secret": "SECRET-1"}), BASE)
    encoded = base64.b64encode(b"KEY-1:SECRET-1").decode()
    assert encoded not in repr(said)
    assert "SECRET" not in repr(credentials.google(write(tmp_path, GOOGLE), BASE))


def test_a_token_is_kept_until_a_minute_before_it_expires() -> None:
    endpoint = Endpoint(token(1), token(2, "3599"))
    keyring = endpoint.keyring(grant())
    assert authorization(keyring) == "Bearer TOKEN-1"
    endpoint.now += 3599 - 61
    assert authorization(keyring) == "Bearer TOKEN-1"
    endpoint.now += 2
    assert authorization(keyring) == "Bearer TOKEN-2"
    assert endpoint.asked == 2


def test_a_token_without_an_expiry_lasts_until_it_is_refused() -> None:
    endpoint = Endpoint((200, {"access_token": "TOKEN-1"}), token(2))
    keyring = endpoint.keyring(grant())
    assert authorization(keyring) == "Bearer TOKEN-1"
    endpoint.now += 1e9
    assert authorization(keyring) == "Bearer TOKEN-1"
    assert keyring.renew()
    assert authorization(keyring) == "Bearer TOKEN-2"


def test_what_never_changes_cannot_be_renewed() -> None:
    endpoint = Endpoint()
    keyring = endpoint.keyring({"apikey": "KEY-1"})
    assert not keyring.renew()
    assert asyncio.run(keyring.headers()) == {"apikey": "KEY-1"}
    assert endpoint.asked == 0


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ((400, {"error": "invalid_grant", "error_description": "SECRET-1"}), "HTTP 400, invalid_grant; authorise"),
        ((401, {"error": "SECRET-1"}), "HTTP 401\\)"),
        ((400, b"\xff"), "HTTP 400\\)"),
        ((400, ["invalid_grant"]), "HTTP 400\\)"),
        ((200, b"<html>SECRET-1"), "holds no access token"),
        ((200, {}), "holds no access token"),
        ((200, ["SECRET-1"]), "holds no access token"),
        ((200, {"access_token": ""}), "holds no access token"),
        ((200, {"access_token": "SECRET-1\r\nX: y"}), "holds no access token"),
        ((200, {"access_token": 5}), "holds no access token"),
        ((200, {"access_token": "SECRET-1", "expires_in": "soon"}), "holds no access token"),
    ],
)
def test_a_token_endpoint_that_refuses_is_asked_once_and_named(answer: tuple[int, Any], line: str) -> None:
    endpoint = Endpoint(answer, token(1))
    keyring = endpoint.keyring(grant())
    for _ in range(3):
        with pytest.raises(AuthorisationError, match=line) as caught:
            authorization(keyring)
        assert "SECRET-1" not in str(caught.value)
        assert "accounts.example" in str(caught.value)
    assert endpoint.asked == 1


def test_refused_credentials_are_not_used_again() -> None:
    endpoint = Endpoint(token(1))
    keyring = endpoint.keyring(grant())
    assert authorization(keyring) == "Bearer TOKEN-1"
    assert str(keyring.refuse("no")) == "no"
    with pytest.raises(AuthorisationError, match="no"):
        authorization(keyring)
    assert endpoint.asked == 1
