"""What strangers wrote, made safe to show: controls visible, links plain, file names tame."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote, urlsplit

# Characters that change how the text around them is read without being seen themselves.
_BIDI = {
    0x061C: "ALM",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
}
_ZERO_WIDTH = {0x200B: "ZWSP", 0x2060: "WJ", 0xFEFF: "BOM", 0x00AD: "SHY", 0x180E: "MVS"}
# Joiners belong to honest Persian, Indic scripts and emoji: harmless, so they stay as they are.
_MARKS = {**_BIDI, **_ZERO_WIDTH}
_KEPT_CONTROLS = frozenset("\n\t")
_SAFE_LINK = frozenset("!#$%&'()*+,/:;=?@[]~-._")
_SCHEME = re.compile(r"http", re.IGNORECASE)
# Also where the text begins with the dot: the name before it may stand in the text before.
_INNER_DOT = re.compile(r"(?<!\W)\.(?=\w)")
# Seven digits and more, as telephone numbers have them; bounded, so that no text makes it slow.
_NUMBER = re.compile(r"\(?\d(?:[ \u00a0()./-]{0,3}\d){6,29}")
_DAYS = re.compile(
    r"(?:\d{1,2}[ ./-]){2}(?:19|20)\d\d|(?:19|20)\d\d(?:[ ./-]\d{1,2}){2}|(?:19|20)\d\d\D{1,3}(?:19|20)\d\d"
)
_GROUP = re.compile(r"\d{1,4}")


def visible(text: str) -> str:
    """The text with bidi, zero-width and control characters replaced by marks such as ``[RLO]``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_shown, text))


def one_line(text: str, most: int) -> str:
    """The visible text on one line, shortened to at most ``most`` code points with an ellipsis."""
    return clipped(" ".join(visible(text).split()), most)


def clipped(text: str, most: int) -> str:
    """At most ``most`` code points, the last one an ellipsis where something was left out."""
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"


def safe_link(url: str | None) -> str | None:
    """The address if it is an http or https one, percent-encoded where need be; ``None`` otherwise."""
    if url is None:
        return None
    url = url.strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username or parts.password:
        return None
    return quote(url, safe="".join(_SAFE_LINK))


def broken_up(text: str) -> str:
    """The text with what leads elsewhere written so that no program makes a link of it.

    ``hxxp``, ``example[.]com``, ``0151[-]1234[-]5678``; dates and years stay as they are.
    """
    return _INNER_DOT.sub("[.]", _SCHEME.sub("hxxp", _NUMBER.sub(_parted, text)))


def file_name(text: str) -> str:
    """A file name for any text: ASCII letters, digits, ``-_.``; a short hash keeps different texts apart."""
    tame = re.sub(r"[^A-Za-z0-9_-]+", "-", unicodedata.normalize("NFKD", text)).strip("-")[:60] or "x"
    if tame == text:
        return tame
    return f"{tame}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _parted(number: re.Match[str]) -> str:
    found = number.group()
    return found if _DAYS.fullmatch(found) else "[-]".join(_GROUP.findall(found))


def _shown(character: str) -> str:
    code = ord(character)
    if code in _MARKS:
        return f"[{_MARKS[code]}]"
    category = unicodedata.category(character)
    if (category == "Cc" and character not in _KEPT_CONTROLS) or category == "Cs":
        return f"[U+{code:04X}]"
    return character
