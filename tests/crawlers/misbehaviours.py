"""What sites do to a crawler, and what must come of it."""

from __future__ import annotations

import gzip
import socket
import zlib
from dataclasses import dataclass, field
from typing import Any

from crawlers.network import Network
from tests.crawlers.hostile import Answer, Exchange, answer, head, hotel, json_ld_page, moved, page, review

QUICK = Network(timeout_s=0.6)
SMALL = Network(max_bytes=200_000)

GOOD = answer(page(1))
CHALLENGE = answer(b"<html><head><title>Just a moment...</title></head></html>")


@dataclass(frozen=True, slots=True)
class Case:
    """``answers`` by path; ``*`` is any other. ``errors`` are parts of the error lines, one for each, in their order.

    ``requests`` is the most that the server may be asked for, robots.txt among them; ``says`` the reviewer's name or
    the title of the first review; ``seconds`` the time by which all must be over, on a busy machine.
    """

    name: str
    answers: dict[str, Answer]
    errors: tuple[str, ...] = ()
    reviews: int = 0
    complete: bool = False
    requests: int = 2
    parked: bool = False
    forbidden: int = 0
    starts: tuple[str, ...] = ("http://{host}/1",)
    max_pages: int = 20
    network: Network = field(default_factory=lambda: Network(timeout_s=8))
    says: str = ""
    seconds: float = 30


def one(name: str, said: Answer, *errors: str, **changes: Any) -> Case:
    """A case of one page."""
    return Case(name, {"/1": said}, errors, **changes)


def taken(name: str, said: Answer, **changes: Any) -> Case:
    """A page that is odd, and must be read all the same."""
    return one(name, said, **({"reviews": 1, "complete": True} | changes))


def drip_body(asked: Exchange) -> None:
    asked.send(head("Content-Type: text/html", "Content-Length: 5000"))
    asked.drip(b"<html>" + b" " * 4990)


def open_end(asked: Exchange) -> None:
    asked.send(head("Content-Type: text/html") + page(1))
    asked.hang()


def endless(asked: Exchange) -> None:
    asked.send(head("Content-Type: text/html", "Transfer-Encoding: chunked"))
    while not asked.is_over.is_set():
        asked.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def endless_interim(asked: Exchange) -> None:
    while not asked.is_over.wait(0.01):
        asked.send(head(status="103 Early Hints"))


def on_and_on(asked: Exchange) -> bytes:
    number = int(asked.path[2:] or 1)
    return answer(page(number, following=f"/p{number + 1}"))


def first_ill(asked: Exchange) -> bytes:
    return answer(status="500 Oops") if asked.times == 1 else GOOD


def first_busy(asked: Exchange) -> bytes:
    return answer(b"", "Retry-After: 1", status="503 Busy") if asked.times == 1 else GOOD


def wants_cookie(asked: Exchange) -> bytes:
    return GOOD if "cookie" in asked.headers else moved("/1", "Set-Cookie: in=1; Path=/")


def changing_robots(asked: Exchange) -> bytes:
    rules = b"User-agent: *\nDisallow:\n" if asked.times == 1 else b"User-agent: *\nDisallow: /\n"
    return answer(rules, media_type="text/plain")


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    said = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head(f"Content-Type: {'text/html'}", "Transfer-Encoding: chunked", "Connection: close") + said + end


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return answer(body, f"Content-Encoding: {encoding}")


def of_length(said: str, body: bytes = page(1)) -> bytes:
    return head("Content-Type: text/html", f"Content-Length: {said}", "Connection: close") + body


def nested(levels: int) -> str:
    return '{"@type":"Review","itemReviewed":' * levels + "1" + "}" * levels


def cyclic() -> bytes:
    inn = {"@id": "#inn", "@type": "Hotel", "name": "Inn", "review": [{"@id": "#r"}], "parent": {"@id": "#inn"}}
    said = review(1) | {"@id": "#r", "itemReviewed": {"@id": "#inn"}, "author": {"@id": "#a"}}
    author = {"@id": "#a", "@type": "Person", "name": "Guest", "knows": {"@id": "#a"}, "review": {"@id": "#r"}}
    return json_ld_page({"@context": "https://schema.org", "@graph": [inn, said, author]})


def many(count: int) -> bytes:
    lean = {"@type": "Review", "reviewRating": 4, "author": "G", "datePublished": "2024-05-17"}
    return json_ld_page(hotel(*(lean | {"@id": f"#{number}"} for number in range(count))))


def chain(second: Answer) -> dict[str, Answer]:
    """Answers of the pages /1 and /2; the first leads to the second."""
    return {"/1": answer(page(1, following="/2")), "/2": second}


async def nowhere(_: str, __: int) -> list[Any]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


REDIRECTS = (
    Case("endless redirects", {"*": lambda asked: moved(asked.path + "x")}, ("redirect",), requests=7),
    Case("redirects in a ring", {"/1": moved("/2"), "/2": moved("/1")}, ("redirect",), requests=7),
    one("redirect to a file", moved("file:///etc/passwd"), "HTTP 302"),
    one("redirect to FTP", moved("ftp://127.0.0.1/x"), "HTTP 302"),
    one("redirect to a script", moved("javascript:alert(1)"), "javascript:"),
    one("redirect to a metadata service", moved("http://169.254.169.254/latest/"), "not a host of this source"),
    one("redirect to another port", moved("http://127.0.0.1:1/"), "not a host of this source"),
    one("redirect with a user name", moved("http://{host}@evil.example/"), "carries a user name"),
    one("redirect to nowhere", answer(status="302 Found"), "HTTP 302"),
    one("redirect with garbage", moved("http://[::1/\\\\"), "/1"),
    one("two Location headers", moved("/2", "Location: http://evil.example/"), "not a host of this source"),
    one("a cookie or nothing", wants_cookie, "redirect", requests=7),
)
TRANSFER = (
    one("a body byte by byte", drip_body, "in time", network=QUICK, requests=4),
    one("headers byte by byte", lambda asked: asked.drip(GOOD), "in time", network=QUICK, requests=4),
    one("no length and no end", open_end, "in time", network=QUICK, requests=4),
    one("not a word", lambda asked: asked.hang(), "in time", network=QUICK, requests=4),
    one("interim answers without end", endless_interim, "in time", network=QUICK, requests=4),
    one("a truncated body", of_length("9999"), "ended before", requests=4),
    one("a length that cuts the page", of_length("120", page(1)[:120])),
    one("a length that is no number", of_length("many"), "not proper HTTP", requests=4),
    one("a negative length", of_length("-1"), "not proper HTTP", requests=4),
    one("two lengths", of_length("10\r\nContent-Length: 400"), "not proper HTTP", requests=4),
    one("a chunk of no size", chunked(page(1), end=b"zz\r\n"), "not proper HTTP", requests=4),
    one("chunks without an end", chunked(page(1), end=b""), "ended before", requests=4),
    one("a reset", lambda asked: asked.reset(), "not proper HTTP", requests=4),
    one("a closed door", b"\n", "not proper HTTP", requests=4),
    one(
        "half a page, then a reset",
        lambda asked: asked.send(of_length("9999")) or asked.reset(),
        "ended before",
        requests=4,
    ),
    one("no gzip that says so", packed(page(1)), "compressed wrongly"),
    one("half a gzip", packed(gzip.compress(page(1))[:200])),
    one("an unknown compression", packed(b"\x00\x01\x02", "lzma")),
    one("a gzip bomb", packed(gzip.compress(bytes(5_000_000))), "too large once unpacked", network=SMALL),
    one("a deflate bomb", packed(zlib.compress(bytes(5_000_000)), "deflate"), "too large once", network=SMALL),
    one(
        "a bomb in a bomb",
        packed(gzip.compress(gzip.compress(bytes(9_000_000))), "gzip, gzip"),
        "too large once unpacked",
        network=SMALL,
    ),
    one("more than is allowed", answer(b" " * 300_000), "too large", network=SMALL),
    one("a page of 21 MB", answer(page(1, extra=" " * 21 * 2**20)), "too large"),
    taken("a page of 19 MB", answer(page(1, extra=" " * 19 * 2**20))),
    one("a page without end", endless, "too large", network=SMALL),
)
HTTP = (
    one("an empty page", answer()),
    one("no content", head("Connection: close", status="204 No Content")),
    one("a part that nobody asked for", answer(page(1), "Content-Range: bytes 0-99/999", status="206 Part"), "206"),
    one("unchanged since never", head("Connection: close", status="304 Not Modified"), "304"),
    one("no status line", page(1), "not proper HTTP", requests=4),
    one("a status that is no number", head(status="abc OK") + b"x", "not proper HTTP", requests=4),
    one("a status of four digits", head(status="2000 OK") + b"x", "not proper HTTP", requests=4),
    one("a status of its own", answer(page(1), status="999 Denied"), "HTTP 999"),
    one("a header of 1 MB", answer(page(1), f"X-Long: {'a' * 2**20}"), "not proper HTTP", requests=4),
    one("20,000 headers", answer(page(1), *(f"X-{n}: {n}" for n in range(20_000))), "not proper HTTP", requests=4),
    one("a header with a NUL", answer(page(1), "X-Nul: a\0b"), "not proper HTTP", requests=4),
    taken("interim answers first", head(status="100 Continue") + head(status="103 Early Hints") + GOOD),
    taken("headers in mixed case", GOOD.replace(b"Content-Type", b"cOnTeNt-TyPe").replace(b"Length", b"LENGTH")),
    taken("keep-alive that closes", GOOD.replace(b"Connection: close", b"Connection: keep-alive")),
    taken("no content type", GOOD.replace(b"Content-Type: text/html; charset=utf-8\r\n", b"")),
    taken("a page that calls itself an image", answer(page(1), media_type="image/png")),
    one("a body after the length", GOOD + b"HTTP/1.1 200 OK\r\n\r\nmore", "not proper HTTP", requests=4),
    Case("TLS on a plain port", {}, ("cannot be reached",), requests=0, starts=("https://{host}/1",)),
    Case(
        "a refused port",
        {},
        ("cannot be reached",),
        requests=0,
        starts=("http://127.0.0.1:1/1", "http://127.0.0.1:1/2"),
    ),
    Case(
        "no such host",
        {},
        ("cannot be resolved",),
        requests=0,
        starts=("http://inn.example/1",),
        network=Network(resolve=nowhere),
    ),
)
REFUSALS = (
    one("ill at first", first_ill, reviews=1, complete=True, requests=3),
    one("ill for good", answer(status="500 Oops"), "HTTP 500", requests=4),
    one("busy at first", first_busy, reviews=1, complete=True, requests=3),
    one("busy for ever", answer(b"", "Retry-After: 1", status="503 Busy"), "left alone until", requests=4, parked=True),
    one("busy till 9999", answer(b"", "Retry-After: 99999999999", status="429 No"), "left alone until", parked=True),
    one("a challenge", CHALLENGE, "challenge page", parked=True),
    one("a challenge by header", answer(page(1), "cf-mitigated: challenge"), "challenge page", parked=True),
    one("a login", answer(status="401 Who"), "asks for a login", parked=True),
    one("gone", answer(status="410 Gone"), "HTTP 410"),
    Case("refused on page two", chain(answer(status="403 No")), ("HTTP 403",), 1, requests=3, parked=True),
    Case("challenged on page two", chain(CHALLENGE), ("challenge page",), 1, requests=3, parked=True),
    Case(
        "page two is forbidden",
        chain(GOOD) | {"/robots.txt": answer(b"User-agent: *\nDisallow: /2\n", media_type="text/plain")},
        reviews=1,
        forbidden=1,
    ),
    Case("a robots.txt that changes", chain(GOOD) | {"/robots.txt": changing_robots}, (), 1, True, 3),
    Case("a robots.txt that is a page", {"*": GOOD, "/robots.txt": GOOD}, ("HTML page",), requests=1),
    Case("a robots.txt in a ring", {"*": GOOD, "/robots.txt": moved("/robots.txt")}, ("robots.txt",), requests=6),
    taken(
        "a review that speaks of a challenge", answer(json_ld_page(hotel(review(1, reviewBody="_cf_chl_opt captcha"))))
    ),
)
LINKS = (
    Case("next links in a ring", chain(answer(page(2, following="/1"))), (), 2, True, 3),
    Case(
        "next links without end",
        {"*": on_and_on},
        ("the budget of 5 pages",),
        5,
        max_pages=5,
        requests=6,
        starts=("http://{host}/p1",),
    ),
    Case(
        "the same page for ever",
        {"*": lambda asked: answer(page(1, following=asked.path + "x"))},
        ("the budget",),
        1,
        max_pages=5,
        requests=6,
    ),
    one("next leads off the host", answer(page(1, following="http://evil.example/")), "not a host", reviews=1),
    taken("next is a script", answer(page(1, following="javascript:next()"))),
    one(
        "the base leads off the host",
        answer(page(1, following="2", extra='<base href="//evil.example/">')),
        "not a host",
        reviews=1,
    ),
    one("a refresh leads off the host", answer(b'<meta http-equiv="refresh" content="0;url=http://evil.example/">')),
    one("a page that is not found, in secret", answer(b"<h1>Sorry, not found</h1>")),
    Case("the same reviews on every page", chain(answer(page(1))), (), 1, True, 3),
    Case(
        "reviews that change places",
        {"/1": answer(page(1, 2, following="/2", claimed=4)), "/2": answer(page(2, 3, claimed=4))},
        (),
        3,
        requests=3,
    ),
    one("50 claimed and 10 shown", answer(page(*range(10), claimed=50)), reviews=10),
)
CONTENT = (
    one("an image as a page", answer(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50)),
    one("nothing but NUL", answer(bytes(5000))),
    taken("NUL between the letters", answer(page(1).replace(b"<body>", b"<body>\0\0"))),
    taken("a charset that is another", answer(page(1), media_type="text/html; charset=koi8-r")),
    taken("a charset that is none", answer(page(1), media_type="text/html; charset=klingon")),
    taken("UTF-16", answer(page(1).decode().encode("utf-16"), media_type="text/html; charset=utf-16")),
    taken("UTF-16 that does not say so", answer(page(1).decode().encode("utf-16"), media_type="text/html")),
    one("10,000 levels", answer(json_ld_page(hotel(review(1)), nested(10_000))), reviews=1),
    taken("ids in a ring", answer(cyclic())),
    taken("100,000 reviews", answer(many(100_000)), reviews=100_000, network=Network(), seconds=240),
    taken("a script in a script", answer(json_ld_page(hotel(review(1)), "</script><script>alert(1)//"))),
    taken("markup in a name", answer(json_ld_page(hotel(review(1, author="<img src=x>G")))), says="<img src=x>G"),
    taken("markup in entities", answer(json_ld_page(hotel(review(1, name="&lt;script&gt;")))), says="<script>"),
    taken("right-to-left marks", answer(json_ld_page(hotel(review(1, name="\u202egnp.exe")))), says="\u202egnp.exe"),
)
CASES = (*REDIRECTS, *TRANSFER, *HTTP, *REFUSALS, *LINKS, *CONTENT)
