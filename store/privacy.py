"""Reviewers as keyed pseudonyms. The key lives outside of the database."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES = 32


class KeyFileError(ValueError):
    """The key file is not usable; the message says which file and what to do."""


class Pseudonymiser:
    """Turns a platform's reviewer id into an HMAC-SHA256 token and a sealed copy that only the key opens.

    The token (32 hex digits) is what everything joins on. The sealed copy (AES-SIV, RFC 5297, deterministic) lets an
    operator who holds the key export the id that was imported; without the key it says nothing.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise KeyFileError(f"the privacy key must have at least {KEY_BYTES} bytes, this one has {len(key)}")
        self._token_key = hashlib.sha256(b"fairstay token\0" + key).digest()
        self._seal = AESSIV(hashlib.sha512(b"fairstay seal\0" + key).digest())

    def token(self, platform: str, reviewer_id: str) -> str:
        """The pseudonym of one account on one platform: 32 hex digits."""
        said = f"{platform}\0{reviewer_id}".encode()
        return hmac.new(self._token_key, said, hashlib.sha256).hexdigest()[:32]

    def owner(self, label: str) -> str:
        """The pseudonym of an owner by an operator's label; no platform's account has the same one."""
        return self.token("", label)

    def seal(self, platform: str, reviewer_id: str) -> bytes:
        """The id, encrypted under the key and bound to its platform."""
        return self._seal.encrypt(reviewer_id.encode(), [platform.encode()])

    def open(self, platform: str, sealed: bytes) -> str | None:
        """The imported id, or ``None`` when it was sealed under another key."""
        try:
            return self._seal.decrypt(sealed, [platform.encode()]).decode()
        except InvalidTag:
            return None


def load_key(path: Path) -> bytes:
    """The key in ``path``, made on first use with mode 0600 (hex, one line)."""
    if not path.exists():
        _make_key(path)
    try:
        return bytes.fromhex(path.read_text().strip())
    except (ValueError, OSError) as error:
        raise KeyFileError(
            f"{path}: not a privacy key ({error}); restore the right file, or name another in [privacy] key_file"
        ) from None


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
    # A whole file appears at once or not at all; who comes second keeps the first one's key.
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
