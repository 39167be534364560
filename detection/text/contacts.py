"""Ways out of a review: links, shorteners, referral links, e-mail, telephones, messengers, disguised or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

from detection.text.disguise import PICTURES, Bare, bare, joined, word_endings
from detection.text.wordlists import fold, load, phrases

_MAIL = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{0,63}@((?:[a-z0-9-]{1,63}\.){1,4}([a-z0-9]{2,24}))(?![a-z0-9@-])"
)
_LINK = re.compile(
    r"(?<![a-z0-9@._-])(?:(https?|hxxps?|h\*\*ps?)\s{0,2}:[/\\\s]{0,4})?"
    r"((?:[a-z0-9][a-z0-9-]{0,61}\.){1,5}[a-z0-9-]{2,24})(?![a-z0-9@])(?::\d{1,5})?((?:/|\?)[^\s]{0,300})?"
)
_DIGITS = re.compile(r"(?<![0-9a-z.,])[+(]{0,2} ?\d(?:[ \-./()_*~|" + PICTURES + r"]{0,3}\d){6,29}(?![0-9])")
_HANDLE = re.compile(r"(?<![a-z0-9._@])(?:@[a-z0-9_.]{3,32}|[a-z0-9_.]{4,32})")
_WORD = re.compile(r"[a-z0-9]{2,24}")
# What may stand between a messenger's name and a handle: an "id" with or without a sign, a sign, a small word.
_LEAD = re.compile(
    r"(?P<id>\s{0,2}(?:app\s)?(?:id|username|user)\b)?"
    r"(?:(?P<sign>\s?(?:[:=→–-]|[-=]?>)\s{0,2})|\s{1,2}(?:me |us |is |id |at )?)(?=[@a-z0-9])"
)
_DATES = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2})"
    r"(?:[ /-]{1,3}(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2})){0,3}"
)
_TIMES = re.compile(r"\d{1,2}\.\d\d ?- ?\d{1,2}\.\d\d(?!\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[. ]\d{3}){1,4}")
_AMERICAN = re.compile(r"\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE = re.compile(r"[.!?\n]")
_SPELLED = re.compile(r"[^\W\d_]{1,40}|[^\s,\-–]|$")
_FEWEST_KINDS = 4
_QUERY = re.compile(r"[?&]([a-z_]{2,16})=")
# The letters that digits and signs stand for in "wh4tsapp" or ".c0m".
_LEET = str.maketrans("013457", "oieast")
_LEET_ENDINGS = frozenset({"com", "net", "org"})
_BEFORE, _AFTER = 40, 25
_MOST_OF_A_KIND = 20
_MOST_DIGITS, _FEWEST_DIGITS = 15, 7


class Contact(NamedTuple):
    """A way out: its kind, where it stands in the original, whether it was disguised, and where it leads."""

    kind: str
    start: int
    end: int
    hidden: bool
    target: str


def contacts(text: str, language: str) -> list[Contact]:
    """The ways out of a text (the first ``disguise.MOST_CHARACTERS`` of it) in their order, about 20 of a kind at most.

    The name of a review site alone ("booked on booking.com") is none.
    """
    told = joined(bare(text), language)
    found = [*islice(_mails(told), _MOST_OF_A_KIND)]
    taken = [(each.start, each.end) for each in found]
    for reader in (_links, _phones, _handles, _spelled):
        for each in islice(reader(told, text, language), _MOST_OF_A_KIND):
            if not any(each.start < end and start < each.end for start, end in taken):
                found.append(each)
                taken.append((each.start, each.end))
    return sorted(found, key=lambda each: each.start)


@cache
def _known(name: str) -> frozenset[str]:
    return frozenset(fold(each) for each in phrases(load("lures")["contacts"][name]))


def _contact(told: Bare, kind: str, start: int, end: int, target: str, hidden: bool = False) -> Contact:
    first, last = told.place(start, end)
    return Contact(kind, first, last, hidden or told.hidden(start, end), target)


def _mails(told: Bare) -> Iterator[Contact]:
    for match in _MAIL.finditer(told.text):
        ending = match.group(2)
        if ending in _known("endings"):
            yield _contact(told, "email", match.start(), match.end(), match.group())
        elif ending.translate(_LEET) in _known("endings"):
            yield _contact(told, "email", match.start(), match.end(), match.group(), True)


def _links(told: Bare, text: str, language: str) -> Iterator[Contact]:
    for match in _LINK.finditer(told.text):
        scheme, host, path = match.group(1) or "", match.group(2), (match.group(3) or "").rstrip(".,;:!?)]}'\"")
        labels = host.split(".")
        marked = bool(scheme) or labels[0] == "www"
        for number in range(len(labels), 1, -1):
            ending = labels[number - 1]
            leet = ending not in _known("endings") and ending.translate(_LEET) in _LEET_ENDINGS
            if not leet and ending not in _known("endings"):
                continue
            whole = number == len(labels)
            end = match.start(2) + len(".".join(labels[:number]))
            first, last = told.place(end - len(ending), end)
            # "Nice hotel.Net price ..."
            if not marked and text[first:last].istitle():
                continue
            site = ".".join(labels[(labels[0] == "www") : number])
            kind = _kind_of(site, path if whole else "", marked, language, leet)
            if kind and not (marked or path or leet) and _is_password(told, match.start(), end):
                break
            if kind:
                end = match.start(3) + len(path) if whole and path else end
                # A page on a site of many tenants is not that site.
                target = site + path if whole and not _known("platforms").isdisjoint(labels) else site
                target = _chat(path) if kind == "messenger" else target
                yield _contact(told, kind, match.start(), end, target, leet or scheme.startswith(("hx", "h*")))
                break


def _kind_of(site: str, path: str, marked: bool, language: str, leet: bool) -> str:
    """The kind of link that a site and its path are, "" for none."""
    labels = site.split(".")
    name, ending = labels[-2] if len(labels) > 1 else "", labels[-1]
    if site in _known("messengers"):
        return "messenger" if len(path) > 1 else ""
    if site in _known("shorteners"):
        return "shortener" if len(path) > 1 else ""
    if any(name in _known("platforms") for name in labels[:-1]) and len(path) < 2:
        return ""
    plain = ending not in word_endings(language) and ending not in _known("weak")
    if not marked and (len(name) < 2 or name.isdigit() or not (plain or leet)):
        return ""
    keys = {match.group(1) for match in _QUERY.finditer(path)}
    return "referral" if keys & _known("referral_keys") else "link"


def _chat(path: str) -> str:
    """Whom a messenger's link leads to: a number, or a name as it would be written without the link."""
    asked = re.search(r"(?:[?&]phone=|^/)\+?(\d{7,15})(?![0-9a-z])", path)
    return asked.group(1) if asked else path.partition("?")[0].strip("/@")


def _is_password(told: Bare, start: int, end: int) -> bool:
    """Whether a part written openly is what the sentence has just called a password."""
    said = _SENTENCE.split(told.text[max(0, start - _BEFORE) : start])[-1]
    return not told.hidden(start, end) and not _known("password_words").isdisjoint(_WORD.findall(said)[-3:])


def _around(told: Bare, start: int, end: int) -> tuple[list[str], list[str]]:
    """The words just before and just after a part, as they are and with letters for the digits in them."""
    near = told.text[max(0, start - _BEFORE) : start], told.text[end : end + _AFTER]
    before, after = ([each for word in _WORD.findall(part) for each in (word, word.translate(_LEET))] for part in near)
    return before, after


def _phones(told: Bare, text: str, language: str) -> Iterator[Contact]:
    for match in _DIGITS.finditer(told.text):
        said = match.group()
        groups = re.findall(r"\d+", said)
        digits = "".join(groups)
        if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or len(set(digits)) < 3:
            continue
        before, after = _around(told, match.start(), match.end())
        apart = sum(len(group) == 1 for group in groups) >= 6
        spelled = apart and len(digits) >= 9 and len(set(digits)) >= 5 and not _counts(groups)
        if spelled or _is_phone(said, groups, digits, set(before), set(after[:2])):
            named = not _known("messenger_names").isdisjoint([*before[-10:], *after[:6]])
            end = match.end()
            yield _contact(told, "messenger" if named else "phone", match.start(), end, digits, apart)


def _counts(groups: list[str]) -> bool:
    """Whether each number is the one after that before it, or before it: "1 2 3 4 5 6 7 8 9 10"."""
    steps = {int(two) - int(one) for one, two in pairwise(groups)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _is_phone(said: str, groups: list[str], digits: str, before: set[str], after: set[str]) -> bool:
    plus, cue = said.lstrip("(").startswith(("+", "00")), not before.isdisjoint(_known("phone_words"))
    if not before.isdisjoint(_known("number_words")) and not plus and not cue:
        return False
    if not after.isdisjoint(_known("money_words")) or _DATES.fullmatch(said) or _TIMES.search(said):
        return False
    if not (plus or cue) and (any(_YEAR.fullmatch(group) for group in groups) or _THOUSANDS.fullmatch(said)):
        return False
    shaped = (plus and len(digits) >= 9) or (digits[0] == "0" and 9 <= len(digits) <= 12)
    return shaped or cue or _AMERICAN.fullmatch(said) is not None


def _handles(told: Bare, text: str, language: str) -> Iterator[Contact]:
    """Handles at a messenger's name: ``telegram: johnny_88``, ``insta @place``, ``Line ID: johnny``."""
    if not any(word in _last_words() or _messenger(word) for word in set(_WORD.findall(told.text))):
        return
    for name, start in _names(told.text):
        lead = _LEAD.match(told.text, name.end(), name.end() + _BEFORE)
        handle = lead and _HANDLE.match(told.text, lead.end())
        if not lead or not handle:
            continue
        said, word = handle.group().rstrip("."), told.text[start : name.end()] in _known("messenger_words")
        if re.search(r"[a-z]", said) and _is_handle(said, lead, word, _named(told, text, start, name.end())):
            hidden = start == name.start() and not word and name.group() not in _known("messenger_names")
            yield _contact(told, "messenger", start, handle.start() + len(said), said.lstrip("@"), hidden)


def _names(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """The names of messengers, of one word or two: the last word and where the name begins."""
    before, known = None, _all_names()
    for word in _WORD.finditer(text):
        if before and word.group() in _last_words() and text[before.start() : word.end()] in known:
            yield word, before.start()
        elif word.group() in known or _messenger(word.group()):
            yield word, word.start()
        before = word


@cache
def _all_names() -> frozenset[str]:
    return _known("messenger_names") | _known("messenger_words")


@cache
def _last_words() -> frozenset[str]:
    return frozenset(name.split()[-1] for name in _all_names())


def _is_handle(said: str, lead: re.Match[str], word: bool, named: bool) -> bool:
    """Whether what follows a messenger's name is a handle; ``word``: the name is an ordinary word as well."""
    sign = (lead["sign"] or "").strip()
    if said.startswith("@"):
        return not word or named or bool(lead["id"])
    if lead["id"]:
        return (named and bool(sign)) or re.search(r"[0-9_]", said) is not None
    shape = r"_" if word else r"[0-9_]"
    return sign in {":", "="} and (named or not word) and re.search(shape, said) is not None


def _named(told: Bare, text: str, start: int, end: int) -> bool:
    """Whether a word is written as a name of its own: "LINE", or "Line", but neither "RED LINE" nor "Red Line"."""
    first, last = told.place(start, end)
    before = text[max(0, first - _BEFORE) : first]
    if text[first:last].isupper():
        return not before.isupper()
    return text[first].isupper() and not any(word[0].isupper() for word in before.split()[-1:])


def _messenger(word: str) -> bool:
    if word.isalpha() or word.isdigit():
        return word in _known("messenger_names")
    return any(word.replace("1", one).translate(_LEET) in _known("messenger_names") for one in "il")


@cache
def _digit_words(language: str) -> dict[str, str]:
    by_language = load("lures")["digits"]
    said = [by_language[language]] if language in by_language else by_language.values()
    return {
        fold(word): str(digit) for entry in said for digit, words in enumerate(phrases(entry)) for word in words.split()
    }


def _spelled(told: Bare, text: str, language: str) -> Iterator[Contact]:
    """Telephone numbers in words: nine digits or more in a row, of four kinds or more."""
    known, run = _digit_words(language), []
    if len(known.keys() & set(_SPELLED.findall(told.text))) < _FEWEST_KINDS:
        return
    for match in _SPELLED.finditer(told.text):
        digit = known.get(match.group())
        if digit is not None:
            run.append((match, digit))
            continue
        digits = "".join(each for _, each in run)
        if 9 <= len(digits) <= _MOST_DIGITS and len(set(digits)) >= _FEWEST_KINDS and match.group() != "star":
            yield _contact(told, "phone", run[0][0].start(), run[-1][0].end(), digits, True)
        run = []
