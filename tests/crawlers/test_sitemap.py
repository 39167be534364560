import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from crawlers import sitemap
from crawlers.sitemap import Sitemap, SitemapError, read_sitemap
from tests.crawlers.nights import OLD, Nights, Site, source

URL = "https://inn.example/sitemap.xml"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@pytest.fixture
def site(server: HTTPServer) -> Site:
    return Site(server)


def urlset(*entries: str) -> bytes:
    return f'<?xml version="1.0"?><urlset {SPACE}>{"".join(entries)}</urlset>'.encode()


def entry(path: str, lastmod: str = "2025-11-01") -> str:
    return f"<url><loc>https://inn.example/{path}</loc><lastmod>{lastmod}</lastmod><priority>0.5</priority></url>"


def test_addresses_and_their_last_changes() -> None:
    body = urlset(
        entry("a", " 2025-11-01 "),
        entry("b?x=1&amp;y=2", "2025-11-02T10:00:00+01:00"),
        "<url><loc>https://inn.example/none</loc></url>",
        "<url><lastmod>2025-11-01</lastmod></url>",
        "<!-- a comment --><?a pi?>",
        entry("ü"),
    )
    assert read_sitemap(body, URL) == Sitemap(
        {
            "https://inn.example/a": "2025-11-01",
            "https://inn.example/b?x=1&y=2": "2025-11-02T10:00:00+01:00",
            "https://inn.example/%C3%BC": "2025-11-01",
        }
    )
    assert read_sitemap(gzip.compress(body), URL) == read_sitemap(body, URL)


def test_a_sitemap_speaks_only_of_its_own_host() -> None:
    body = urlset(
        entry("a"),
        entry("b").replace("https://inn.example", "https://other.example"),
        entry("c").replace("https", "ftp"),
        entry("d").replace("inn.example", "me@inn.example"),
    )
    assert list(read_sitemap(body, URL).pages) == ["https://inn.example/a"]


def test_the_sitemaps_of_an_index() -> None:
    body = f"<sitemapindex {SPACE}><sitemap><loc>https://inn.example/1.xml</loc></sitemap></sitemapindex>".encode()
    assert read_sitemap(body, URL) == Sitemap({}, ("https://inn.example/1.xml",))


BOMB = f"""<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa">{
    "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
}]><urlset {SPACE}><url><loc>https://inn.example/&j;</loc><lastmod>2025-11-01</lastmod></url></urlset>"""
FILE = f"""<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<urlset {SPACE}><url><loc>https://inn.example/&f;</loc><lastmod>2025-11-01</lastmod></url></urlset>"""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BOMB.encode(), "document type"),
        (FILE.encode(), "document type"),
        (b"", "broken XML"),
        (b"<urlset><url>", "broken XML"),
        (urlset(entry("a"))[:-20], "broken XML"),
        (b"\xff\xfe\x00\x01", "broken XML"),
        (b"<html><body>Not found</body></html>", "no sitemap but <html>"),
        (gzip.compress(urlset(entry("a")))[:-12], "unpacked"),
        (b"\x1f\x8bnonsense", "unpacked"),
        (urlset("<x>" * 300 + "</x>" * 300), "broken XML"),
    ],
)
def test_what_is_no_sitemap_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(SitemapError, match=reason) as caught:
        read_sitemap(body, URL)
    assert "\n" not in str(caught.value)


def test_the_limits_of_the_protocol() -> None:
    most = [f"<url><loc>https://inn.example/{number}</loc></url>" for number in range(50_000)]
    assert read_sitemap(urlset(*most), URL) == Sitemap({})
    with pytest.raises(SitemapError, match="more than 50,000"):
        read_sitemap(urlset(*most, entry("a")), URL)
    with pytest.raises(SitemapError, match="more than 50 MiB"):
        read_sitemap(gzip.compress(urlset(" " * 50 * 2**20)), URL)


def test_a_source_is_read_by_the_sitemaps_of_its_index(site: Site) -> None:
    nights = Nights()
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    entries = "".join(f"<sitemap><loc>{site.url(f'/s{number}.xml')}</loc></sitemap>" for number in (1, 2))
    index = site.put("/index.xml", f"<sitemapindex {SPACE}>{entries}</sitemapindex>".encode(), kind="text/xml")
    said = f"<url><loc>{start}</loc><lastmod>{OLD}</lastmod></url>"
    site.put("/s1.xml", urlset(), kind="text/xml")
    site.put("/s2.xml", gzip.compress(urlset(said)), kind="application/gzip")
    nights.run(source(start, sitemap=index), 0)
    assert site.paths() == ["/index.xml", "/s1.xml", "/s2.xml", "/a/1"]
    assert [each.lastmod for each in nights.fetched] == [OLD]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 404, "cannot be read (HTTP 404)"),
        (b"", 204, "cannot be read (HTTP 204)"),
        (b"<urlset", 200, "broken XML"),
        (BOMB.encode(), 200, "document type"),
        (f"<sitemapindex {SPACE}><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>".encode(), 200, "index"),
    ],
)
def test_without_a_usable_sitemap_the_crawl_goes_on(site: Site, body: bytes, status: int, reason: str) -> None:
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    body = body.replace(b"/sitemap.xml<", f"{site.url('/sitemap.xml')}?again<".encode())
    where = site.put("/sitemap.xml", body, status=status, kind="text/xml")
    site.put("/sitemap.xml?again", body, kind="text/xml")
    result = Nights().run(source(start, sitemap=where), 0)
    assert [each.status for each in result.listings] == ["complete"]
    assert len(result.errors) == 1
    assert reason in result.errors[0]


@pytest.mark.parametrize("child", ["javascript:alert(1)", "s.xml", "http://[::1", "http://\u2028/"])
def test_an_index_may_name_anything(site: Site, child: str) -> None:
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    index = f"<sitemapindex {SPACE}><sitemap><loc>{child}</loc></sitemap></sitemapindex>".encode()
    result = Nights().run(source(start, sitemap=site.put("/i.xml", index, kind="text/xml")), 0)
    assert [each.status for each in result.listings] == ["complete"]
    assert len(result.errors) == 1


@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from([urlset(), urlset(entry("a")), BOMB.encode()]))
def test_no_bytes_raise_anything_else(noise: bytes, place: int, body: bytes) -> None:
    for mutated in (noise, body[:place] + noise + body[place:], body[:place] + noise + body[place + len(noise) :]):
        with contextlib.suppress(SitemapError):
            read_sitemap(mutated, URL)


def test_an_index_of_too_many_sitemaps_is_not_used(site: Site) -> None:
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    entries = "".join(f"<sitemap><loc>{site.url(f'/s{number}')}</loc></sitemap>" for number in range(21))
    where = site.put("/i.xml", f"<sitemapindex {SPACE}>{entries}</sitemapindex>".encode(), kind="text/xml")
    result = Nights().run(source(start, sitemap=where), 0)
    assert site.paths() == ["/i.xml", "/a/1"]
    assert f"more than {sitemap.MAX_FILES} sitemaps" in result.errors[0]


def test_robots_and_hosts_apply_to_the_sitemap(site: Site) -> None:
    start = site.put_listing("a", ["2025-10-01"], claimed=1)
    body = f"<sitemapindex {SPACE}><sitemap><loc>http://other.example/s.xml</loc></sitemap></sitemapindex>"
    where = site.put("/i.xml", body.encode(), kind="text/xml")
    result = Nights().run(source(start, sitemap=where), 0)
    assert "other.example" in result.errors[0]
    site.server.expect_request("/robots.txt").respond_with_data(
        "User-agent: *\nDisallow: /i.xml", content_type="text/plain"
    )
    site.paths()
    result = Nights().run(source(start, sitemap=where), 0)
    assert (site.paths(), result.forbidden) == (["/a/1"], 1)
    assert [each.status for each in result.listings] == ["complete"]
