import datetime as dt
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parse.schema_org import Page, parse
from tests.crawlers.pages import hotel, json_ld_page, microdata_page, microdata_review, review

URL = "https://hotel.example/page"


def read(body: bytes, url: str = URL) -> Page:
    return parse(body, url=url, platform="example", seen=dt.date(2026, 1, 1))


def test_a_complete_json_ld_review() -> None:
    address = {"@type": "PostalAddress", "addressLocality": "Enschede", "addressCountry": {"name": "NL"}}
    geo = {"@type": "GeoCoordinates", "latitude": "52.2", "longitude": 6.9}
    page = read(json_ld_page(hotel(review(1, inLanguage="nl-NL", dateModified="2024-06-01"), address=address, geo=geo)))
    (got,) = page.observations
    assert (got.platform, got.listing_id, got.listing_kind) == ("example", "https://hotel.example/", "hotel")
    assert (got.listing_name, got.city, got.country, got.latitude) == ("Hotel Example", "Enschede", "NL", 52.2)
    assert (got.review_id, got.synthetic_id) == ("https://hotel.example/reviews/1", False)
    assert got.review_url == "https://hotel.example/reviews/1"
    assert (got.reviewer_id, got.reviewer_name) == ("https://hotel.example/users/1", "Guest 1")
    assert (got.rating, got.rating_worst, got.rating_best) == (4.0, 1.0, 5.0)
    assert (got.published_from, got.published_to, got.edited) == (
        dt.date(2024, 5, 17),
        dt.date(2024, 5, 17),
        dt.date(2024, 6, 1),
    )
    assert (got.title, got.text, got.language) == ("Quiet", "Stay number 1 was quiet.", "nl-nl")
    assert page.drops == {}


def test_a_restaurant_open_twice_in_microdata() -> None:
    reviews = [microdata_review(number) for number in range(10)]
    page = read(microdata_page(*reviews), "http://guide.example/r/7/reviews")
    assert len(page.observations) == 10
    assert page.drops == {}
    got = page.observations[3]
    assert (got.listing_id, got.listing_kind, got.city) == ("http://guide.example/r/7", "restaurant", "Enschede")
    assert (got.rating, got.rating_best, got.published_from) == (8.0, 10.0, dt.date(2015, 9, 26))
    assert (got.reviewer_name, got.reviewer_id) == ("Guest 3", None)
    assert (got.text, got.language, got.synthetic_id) == ("Good & plenty,\ndinner number 3.", "nl", True)
    (snapshot,) = page.snapshots
    assert (snapshot.rating, snapshot.rating_best, snapshot.review_count) == (8.4, 10.0, 1205)


def test_a_page_of_breadcrumbs_gives_nothing_but_the_next_page() -> None:
    page = read(
        b'<html><head><link rel="next" href="?page=2"></head><body><ol itemscope '
        b'itemtype="http://schema.org/BreadcrumbList"><li itemprop="itemListElement" itemscope '
        b'itemtype="http://schema.org/ListItem"><a itemprop="url" href="/nl"><b itemprop="name">NL</b></a></li></ol>'
        b'<img itemprop="image" src="x"><a rel="NEXT nofollow" href="/p3#x">3</a><a rel="next" href="mailto:a@b">m</a>'
    )
    assert page == Page(next_urls=("https://hotel.example/page?page=2", "https://hotel.example/p3"))


def test_graph_references_lists_prefixes_and_cycles() -> None:
    place = {"@type": ["https://schema.org/BedAndBreakfast", "LocalBusiness"], "@id": "#b", "identifier": "B-7",
             "name": "B", "review": [{"@id": "#r1"}, {"@id": "#gone"}]}  # fmt: skip
    one = review(1, itemReviewed={"@id": "#b"}) | {"@id": "#r1", "@type": "schema:UserReview"}
    loop = {"@type": "Person", "@id": "#loop", "knows": {"@id": "#loop"}, "author": {"@id": "#loop"}}
    page = read(json_ld_page({"@context": "https://schema.org", "@graph": [[place, one], loop]}))
    assert [(got.listing_id, got.review_id) for got in page.observations] == [("B-7", "#r1")]


@pytest.mark.parametrize("kind", ["Product", "Movie", "Book", "Recipe"])
def test_reviews_of_other_things_are_dropped_and_counted(kind: str) -> None:
    page = read(json_ld_page(hotel(review(1), review(2), **{"@type": kind})))
    assert page.observations == ()
    assert page.drops == {"not_a_listing": 2}


@pytest.mark.parametrize(
    ("changes", "drop"),
    [
        ({"reviewRating": None}, "no_rating"),
        ({"reviewRating": {"ratingValue": "good"}}, "rating_unreadable"),
        ({"reviewRating": {"ratingValue": 8}}, "rating_scale_unknown"),
        ({"reviewRating": {"ratingValue": 11, "bestRating": 10}}, "rating_out_of_range"),
        ({"reviewRating": {"ratingValue": 0}}, "rating_out_of_range"),
        ({"datePublished": "2 weeks ago"}, "date_unreadable"),
        ({"datePublished": "05/06/2024"}, "date_unreadable"),
        ({"datePublished": None}, "no_date"),
        ({"reviewBody": "x" * 1_000_001}, "text_too_long"),
        ({"itemReviewed": {"@type": "Movie", "name": "M"}}, "not_a_listing"),
    ],
)
def test_one_bad_review_is_counted_and_costs_no_other(changes: dict[str, object], drop: str) -> None:
    page = read(json_ld_page(hotel(review(1), review(2, **changes), review(3))))
    assert [got.reviewer_name for got in page.observations] == ["Guest 1", "Guest 3"]
    assert page.drops == {drop: 1}


@pytest.mark.parametrize(
    ("rating", "expected"),
    [
        ({"ratingValue": "8,6", "bestRating": "10"}, (8.6, 1.0, 10.0)),
        ({"ratingValue": "4.5"}, (4.5, 1.0, 5.0)),
        ({"ratingValue": 0, "worstRating": 0, "bestRating": 100}, (0.0, 0.0, 100.0)),
        ("3", (3.0, 1.0, 5.0)),
        ([{"ratingValue": 1, "reviewAspect": "Food"}, {"ratingValue": 5}], (5.0, 1.0, 5.0)),
    ],
)
def test_ratings_on_their_own_scale(rating: object, expected: tuple[float, float, float]) -> None:
    (got,) = read(json_ld_page(hotel(review(1, reviewRating=rating)))).observations
    assert (got.rating, got.rating_worst, got.rating_best) == expected


@pytest.mark.parametrize(
    "written", ["2024-05-17", "2024-05-17T23:59:00-08:00", "2024/05/17", "2024-05-17T00:10:00Z", " 2024-05-17 "]
)
def test_days_are_those_of_the_page(written: str) -> None:
    (got,) = read(json_ld_page(hotel(review(1, datePublished=written)))).observations
    assert got.published_from == dt.date(2024, 5, 17)


@pytest.mark.parametrize(
    ("author", "reviewer_id", "name"),
    [
        ("Ann", None, "Ann"),
        ({"name": "Ann"}, None, "Ann"),
        ([{"name": "Ann", "url": "/u/1"}], "https://hotel.example/u/1", "Ann"),
        ({"name": "Ann", "identifier": {"@type": "PropertyValue", "value": "77"}}, "77", "Ann"),
        ({"name": "Ann", "@id": "_:b0"}, None, "Ann"),
        ({"name": "Ann", "url": "https://hotel.example/"}, None, "Ann"),
        (None, None, None),
    ],
)
def test_only_an_address_or_identifier_names_a_reviewer(
    author: object, reviewer_id: str | None, name: str | None
) -> None:
    (got,) = read(json_ld_page(hotel(review(1, author=author)))).observations
    assert (got.reviewer_id, got.reviewer_name) == (reviewer_id, name)


def test_one_address_for_several_reviews_names_none_of_them() -> None:
    same = {"@id": None, "url": "https://hotel.example/all-reviews"}
    page = read(json_ld_page(hotel(review(1, **same), review(2, **same))))
    assert [got.synthetic_id for got in page.observations] == [True, True]
    assert len({got.review_id for got in page.observations}) == 2


def test_a_review_in_both_syntaxes_is_given_once() -> None:
    markup = """<div itemscope itemtype="https://schema.org/Hotel"><span itemprop="name">Hotel Example</span>
      <div itemprop="review" itemscope itemtype="https://schema.org/Review"><b itemprop="author">Guest 1</b>
      <i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i>
      <time itemprop="datePublished" datetime="2024-05-17">May</time>
      <p itemprop="reviewBody">Stay   number 1 <b>was</b> quiet.</p></div></div>"""
    page = read(json_ld_page(hotel(review(1), review(2)), extra=markup))
    assert [got.reviewer_name for got in page.observations] == ["Guest 1", "Guest 2"]
    assert page.drops == {"duplicate": 1}


def test_the_organisation_behind_the_site_is_not_the_listing() -> None:
    publisher = {"@type": "Organization", "@id": "https://hotel.example/#org", "name": "Group"}
    free = review(1)
    page = read(json_ld_page({"@graph": [publisher, hotel(), free]}))
    assert [got.listing_id for got in page.observations] == ["https://hotel.example/"]


def test_a_review_of_one_of_two_hotels_is_not_guessed() -> None:
    other = hotel(**{"@id": "https://hotel.example/two", "name": "Two"})
    page = read(json_ld_page([hotel(), other, review(1), review(2, itemReviewed={"name": "Two"})]))
    assert [got.listing_id for got in page.observations] == ["https://hotel.example/two"]
    assert page.drops == {"listing_ambiguous": 1}


def test_parts_of_a_text_are_joined_and_entities_decoded_once() -> None:
    page = read(json_ld_page(hotel(review(1, reviewBody=["Tea &amp; toast", "&amp;lt;b&gt;"]))))
    assert page.observations[0].text == "Tea & toast\n&lt;b>"


def test_counts_with_thousands() -> None:
    rated = {"@type": "AggregateRating", "ratingValue": "4.3", "reviewCount": "1,215", "ratingCount": 9}
    (snapshot,) = read(json_ld_page(hotel(aggregateRating=rated))).snapshots
    assert (snapshot.listing_id, snapshot.rating, snapshot.rating_best, snapshot.review_count) == (
        "https://hotel.example/",
        4.3,
        5.0,
        1215,
    )


def test_the_declared_encoding_counts() -> None:
    body = json_ld_page(hotel(review(1, reviewBody="CAFE"))).decode().replace("CAFE", "Café").encode("cp1252")
    page = parse(body, url=URL, platform="example", seen=dt.date(2026, 1, 1), encoding="windows-1252")
    assert page.observations[0].text == "Café"


def test_hashes_follow_the_content() -> None:
    first, again, other = (
        read(json_ld_page(hotel(review(1, reviewBody=text)))).observations[0].raw_sha256 for text in ("a", "a", "b")
    )
    assert first == again != other


WHOLE = json_ld_page(hotel(review(1), review(2)), extra=microdata_page(microdata_review(3)).decode())


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_mutation_of_a_page_raises(data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(WHOLE)), min_size=1, max_size=6)))
    pieces = [WHOLE[start:end] for start, end in pairwise([0, *cuts, len(WHOLE)])]
    kept = [piece for piece in pieces if data.draw(st.integers(0, 3)) > 0]
    body = data.draw(st.one_of(st.just(b""), st.binary(max_size=8), st.sampled_from([b'"', b"]", b"</script>"]))).join(
        kept
    )
    page = read(body)
    assert all(1 <= got.rating <= got.rating_best for got in page.observations)


@settings(deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.one_of(st.none(), st.text(max_size=8)))
def test_no_bytes_raise(body: bytes, url: str, encoding: str | None) -> None:
    parse(body, url=url, platform="example", seen=dt.date(2026, 1, 1), encoding=encoding)


KEYS = """@id @type @graph @value review author url name reviewRating ratingValue address itemReviewed geo latitude
    identifier bestRating datePublished aggregateRating reviewCount"""
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner | st.sampled_from(["Hotel", "Review", "#a", "http://[", "4", "2024-05-17"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(json_value)
def test_no_json_raises(value: object) -> None:
    read(json_ld_page([value, hotel(review(1))]))


@pytest.mark.parametrize(
    "body",
    [
        b'<script type="application/ld+json">' + b'{"a":' * 100_000,
        b'<script type="application/ld+json">' + b'{"review":[' * 400 + b"1" + b"]}" * 400 + b"</script>",
        b"<div itemscope itemprop=review>" * 20_000,
        b"<div itemscope><p itemprop=reviewBody>" + b"<b itemprop=reviewBody>x" * 20_000,
        b"<a rel=next href=http://[>" * 1000,
    ],
)
def test_deep_and_broken_pages_are_survived(body: bytes) -> None:
    started = time.process_time()
    assert read(body).observations == ()
    assert time.process_time() - started < 10


def test_time_grows_with_the_page_and_not_faster() -> None:
    def seconds(count: int) -> float:
        body = json_ld_page(hotel(*(review(number) for number in range(count))))
        started = time.process_time()
        assert len(read(body).observations) == count
        return time.process_time() - started

    seconds(100)
    small, large = seconds(500), seconds(4000)
    assert large < 8 * 4 * max(small, 0.02)


@pytest.mark.parametrize(
    ("word", "expected"), [("Uitstekend", (5.0, 1.0, 5.0)), ("Goed", (4.0, 1.0, 5.0)), ("Wel aardig", None)]
)
def test_a_grade_in_a_word_is_read_only_where_the_word_is_known(
    word: str, expected: tuple[float, float, float] | None
) -> None:
    body = f"""<html><body><div itemscope itemtype="http://schema.org/Restaurant"><b itemprop="name">Taverna</b>
    <div itemprop="review" itemscope itemtype="http://schema.org/Review">
    <p itemprop="datePublished" content="2011-12-30">long ago</p>
    <ul itemprop="reviewRating" itemscope itemtype="http://schema.org/Rating"><li><p>{word}</p></li></ul>
    <p itemprop="reviewBody">Heerlijk gegeten.</p></div></div></body></html>"""
    page = read(body.encode())
    found = [(each.rating, each.rating_worst, each.rating_best) for each in page.observations]
    assert found == ([] if expected is None else [expected])
    assert page.drops.get("no_rating", 0) == (expected is None)
