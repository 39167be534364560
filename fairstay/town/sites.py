"""A platform's website as static files, for a crawl and for a browser."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fairstay.town.markup import Site, describe_listing, describe_reviews, json_ld, site_of

REVIEWS_PER_PAGE = 20

_ROBOTS = "User-agent: *\nAllow: /\nDisallow: /private/\n"
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]+")


def write_sites(reviews: pd.DataFrame, folder: Path) -> tuple[str, ...]:
    """Write the website of one platform and return the paths that a crawl starts at, one a listing.

    ``reviews`` has the columns of a simulation and a single platform. A listing has 20 reviews a page, newest first,
    marked up as JSON-LD or, every other listing, as microdata. Ids are the simulation's own, wherever the files are
    served; a file whose content stays the same is not touched.
    """
    slugs = reviews["platform"].unique().tolist()
    if len(slugs) != 1:
        raise ValueError(f"a website is of one platform, not of {len(slugs)}")
    site = site_of(slugs[0])
    newest_first = reviews.sort_values(["published", "review_id"], ascending=False)
    listings = [_write_listing(site, group, folder) for _, group in newest_first.groupby("listing_id")]
    towns: dict[str, list[dict[str, Any]]] = {}
    for listing in sorted(listings, key=lambda one: (one["city"], one["name"])):
        towns.setdefault(listing["city"], []).append(listing)
    _write(folder / "index.html", _render("home.html", site=site, towns=towns))
    _write(folder / "private" / "index.html", _render("private.html", site=site))
    _write(folder / "robots.txt", _ROBOTS)
    return tuple(listing["path"] for listing in listings)


def _write_listing(site: Site, reviews: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Write the pages of one listing and return what they say about it."""
    listing = describe_listing(site, reviews)
    if not _FOLDER_NAME.fullmatch(listing["id"]) or listing["id"] == "private":
        raise ValueError(f"{listing['id']!r} cannot name a folder of the website")
    # By the id and not by the place in the list, so that a listing keeps its markup when others come or go.
    template = "json_ld.html" if ord(listing["id"][-1]) % 2 else "microdata.html"
    pages = -(-len(reviews) // REVIEWS_PER_PAGE)
    for page in range(1, pages + 1):
        shown = describe_reviews(site, reviews.iloc[(page - 1) * REVIEWS_PER_PAGE : page * REVIEWS_PER_PAGE])
        text = _render(
            template,
            site=site,
            listing=listing,
            reviews=shown,
            graph=json_ld(listing, shown),
            page=page,
            pages=pages,
            canonical=listing["url"] + (_file_name(page) if page > 1 else ""),
            previous=_link(page - 1) if page > 1 else None,
            following=_link(page + 1) if page < pages else None,
        )
        _write(folder / listing["id"] / _file_name(page), text)
    return listing


def _file_name(page: int) -> str:
    return f"page-{page}.html" if page > 1 else "index.html"


def _link(page: int) -> str:
    return _file_name(page) if page > 1 else "./"


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "indent": 1}
    return templates


def _write(path: Path, text: str) -> None:
    """Write UTF-8 where the content differs, so that a file's time says when its content changed."""
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
