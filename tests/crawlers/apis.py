"""Local servers that behave like the documented review APIs, and misbehave where a test asks them to."""

import base64
import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")

# What becomes of a good answer.
Fault = Callable[[Request, Response], Response]


def status(code: int, **headers: str) -> Fault:
    """Another answer in place of the good one; ``Retry_After`` names the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, good: Response(b"{}", code, named, content_type="application/json")


def short_body(request: Request, good: Response) -> Response:
    """The connection ends before all bytes that Content-Length promises have come."""
    body = good.get_data()
    short = Response(body[: len(body) // 2], content_type="application/json")
    short.headers["Content-Length"] = str(len(body))
    return short


def cut_json(request: Request, good: Response) -> Response:
    """Half a document, sent whole."""
    body = good.get_data()
    return Response(body[: len(body) // 2], content_type="application/json")


def edited(**values: Any) -> Fault:
    """The good answer with other values."""
    return lambda request, good: as_json(json.loads(good.get_data()) | values)


def as_json(document: object, code: int = 200) -> Response:
    return Response(json.dumps(document), code, {"Set-Cookie": "sid=COOKIE-1"}, content_type="application/json")


class Api:
    """What the three have in common: reviews by listing, and ``asked``, the addresses of all requests in order;
    ``sent`` holds what they carried to be known by,
    ``bodies`` their bodies.

    ``fail`` spoils the answers to requests whose address contains a text: with each fault once, in order, or with the
    last of them for ever. ``before`` is called with the number of every review request, from 1, before it is answered.
    """

    token_path = ""

    def __init__(self, server: HTTPServer, *, page_size: int = 2) -> None:
        self.url = server.url_for("").rstrip("/")
        self.page_size = page_size
        self.reviews: dict[str, list[dict[str, Any]]] = {}
        self.foreign: set[str] = set()
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.bodies: list[bytes] = []
        self.before: Callable[[int], None] = lambda number: None
        self.token_uses = 1_000_000
        self.token_lifetime_s: object = 3599
        self.tokens_given = 0
        self._uses_left = 0
        self._faults: list[tuple[str, list[Fault], bool]] = []
        server.expect_request(re.compile("/.*")).respond_with_handler(self._answer)

    def fail(self, part: str, *faults: Fault, for_ever: bool = False) -> None:
        self._faults.append((part, list(faults), for_ever))

    @property
    def token(self) -> str:
        return f"ACCESS-{self.tokens_given}"

    @property
    def asked_for_reviews(self) -> list[str]:
        return [path for path in self.asked if not self.token_path or not path.startswith(self.token_path)]

    def _answer(self, request: Request) -> Response:
        path = request.full_path.rstrip("?")
        self.asked.append(path)
        self.bodies.append(request.get_data())
        self.sent += [request.headers[name] for name in ("Authorization", "apikey") if name in request.headers]
        if self.token_path and request.path == self.token_path:
            good = self._sell_token(request)
        elif not self._is_known(request):
            good = as_json({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)
        else:
            self.before(len(self.asked_for_reviews))
            good = self._reviews(request)
        for part, faults, for_ever in self._faults:
            if part in path and faults:
                return (faults[0] if for_ever and len(faults) == 1 else faults.pop(0))(request, good)
        return good

    def _reviews(self, request: Request) -> Response:
        listing = self.listing_of(request.path)
        if listing in self.foreign:
            return as_json({"error": {"code": 403, "status": "PERMISSION_DENIED"}}, 403)
        if listing not in self.reviews:
            return as_json({"error": {"code": 404, "status": "NOT_FOUND"}}, 404)
        return self.page(request, listing)

    def _sell_token(self, request: Request) -> Response:
        if request.method != "POST" or not self.is_good_grant(request):
            return as_json({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        self.tokens_given += 1
        self._uses_left = self.token_uses
        return as_json(
            {"access_token": self.token, "expires_in": self.token_lifetime_s, "token_type": "Bearer"},
        )

    def has_token(self, request: Request) -> bool:
        is_current = request.headers.get("Authorization") == f"Bearer {self.token}" and self._uses_left > 0
        self._uses_left -= is_current
        return is_current

    def listing_of(self, path: str) -> str:
        raise NotImplementedError

    def is_good_grant(self, request: Request) -> bool:
        raise NotImplementedError

    def _is_known(self, request: Request) -> bool:
        return self.has_token(request)

    def page(self, request: Request, listing: str) -> Response:
        raise NotImplementedError


class GoogleBusiness(Api):
    """The Business Profile API v4: ``accounts.locations.reviews.list``, newest change first."""

    token_path = "/token"

    def file(self) -> dict[str, str]:
        return {
            "type": "authorized_user",
            "client_id": "id-1",
            "client_secret": "SECRET-1",
            "refresh_token": "REFRESH-1",
            "token_uri": self.url + self.token_path,
        }

    def add(self, listing: str, number: int, day: dt.date, *, stars: int = 4) -> None:
        time = f"{day}T10:00:00Z"
        self.reviews.setdefault(listing, []).append(
            {
                "name": f"{listing}/reviews/g{number}",
                "reviewId": f"g{number}",
                "reviewer": {"displayName": f"Guest {number}"},
                "starRating": STARS[stars - 1],
                "comment": f"Stay number {number} was good.",
                "createTime": time,
                "updateTime": time,
            }
        )

    def listing_of(self, path: str) -> str:
        return path.removeprefix("/v4/").removesuffix("/reviews")

    def is_good_grant(self, request: Request) -> bool:
        form = request.form
        return (form.get("grant_type"), form.get("client_secret"), form.get("refresh_token")) == (
            "refresh_token",
            "SECRET-1",
            "REFRESH-1",
        )

    def page(self, request: Request, listing: str) -> Response:
        size = int(request.args.get("pageSize", "50"))
        if not 1 <= size <= 50 or request.args.get("orderBy", "updateTime desc") != "updateTime desc":
            return as_json({"error": {"code": 400, "status": "INVALID_ARGUMENT"}}, 400)
        start = int(request.args.get("pageToken", "0-").partition("-")[0])
        newest_first = sorted(self.reviews[listing], key=lambda review: str(review["updateTime"]), reverse=True)
        end = start + min(size, self.page_size)
        document: dict[str, Any] = {
            "reviews": newest_first[start:end],
            "averageRating": 4.0,
            "totalReviewCount": len(newest_first),
        }
        if end < len(newest_first):
            document["nextPageToken"] = f"{end}-x"
        return as_json(document)


class Booking(Api):
    """The Connectivity guest review API: oldest change first, and a cursor that later gives what changed since."""

    username, password = "hotel-1", "SECRET-1"

    def file(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password}

    def add(self, listing: str, number: int, day: dt.date, *, score: float = 8.0) -> None:
        """A review, or its change where there is one of that number."""
        reviews = self.reviews.setdefault(listing, [])
        reviews[:] = [review for review in reviews if review["review_id"] != f"b{number}"]
        self._changes = getattr(self, "_changes", 0) + 1
        reviews.append(
            {
                "review_id": f"b{number}",
                "reservation_id": 1000 + number,
                "url": f"/properties/{listing}/reviews/b{number}",
                "created_timestamp": "2026-01-02 10:54:12",
                "last_change_timestamp": f"{day} 12:00:00",
                "scoring": {"review_score": score, "clean": 8},
                "reviewer": {"name": f"Guest {number}", "country_code": "de"},
                "content": {"headline": None, "language_code": "en", "positive": f"Stay {number}", "negative": None},
                "reply": None,
                "change": self._changes,
            }
        )

    def listing_of(self, path: str) -> str:
        return path.removeprefix("/review-api/properties/").removesuffix("/reviews")

    def _is_known(self, request: Request) -> bool:
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {pair}"

    def page(self, request: Request, listing: str) -> Response:
        limit = min(int(request.args.get("limit", "10")), self.page_size)
        since = int(request.args.get("cursor", "0"))
        found = [review for review in self.reviews[listing] if review["change"] > since][:limit]
        cursor = found[-1]["change"] if found else since
        shown = [{key: value for key, value in review.items() if key != "change"} for review in found]
        following = f"{self.url}{request.path}?cursor={cursor}"
        return as_json({"data": {"reviews": shown}, "meta": {"next_page": following}, "warnings": [], "errors": []})


class Trustpilot(Api):
    """The business unit API: an API key for what is public, a client credentials token for what is private."""

    token_path = "/v1/oauth/oauth-business-users-for-applications/accesstoken"

    def file(self) -> dict[str, str]:
        return {"api_key": "KEY-1", "api_secret": "SECRET-1"}

    def add(self, listing: str, number: int, day: dt.date, *, stars: int = 4) -> None:
        self.reviews.setdefault(listing, []).append(
            {
                "id": f"t{number}",
                "consumer": {"id": f"c{number}", "displayName": f"Guest {number}"},
                "businessUnit": {"id": listing},
                "stars": stars,
                "title": "A stay",
                "text": f"Stay number {number} was good.",
                "language": "en",
                "createdAt": f"{day}T10:00:00Z",
                "updatedAt": None,
                "companyReply": None,
                "isVerified": True,
            }
        )

    def listing_of(self, path: str) -> str:
        return path.split("/")[-2]

    def is_good_grant(self, request: Request) -> bool:
        pair = base64.b64encode(b"KEY-1:SECRET-1").decode()
        authorization = request.headers.get("Authorization")
        return (request.form.get("grant_type"), authorization) == ("client_credentials", f"Basic {pair}")

    def _is_known(self, request: Request) -> bool:
        return self.has_token(request) if "/private/" in request.path else request.headers.get("apikey") == "KEY-1"

    def page(self, request: Request, listing: str) -> Response:
        size, number = int(request.args.get("perPage", "20")), int(request.args.get("page", "1"))
        if not 1 <= size <= 100:
            return as_json({"message": "perPage must be between 1 and 100"}, 400)
        size = min(size, self.page_size)
        newest_first = sorted(self.reviews[listing], key=lambda review: str(review["createdAt"]), reverse=True)
        links = []
        if number * size < len(newest_first):
            links.append({"href": f"{self.url}{request.path}?page={number + 1}&perPage={size}", "rel": "next-page"})
        return as_json({"reviews": newest_first[(number - 1) * size : number * size], "links": links})
