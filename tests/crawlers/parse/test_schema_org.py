import datetime as dt
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.page import Context, Page
from crawlers.parse.drops import DROPS
from crawlers.parse.schema_org import parse
from store.canonical import ListingSnapshot, Observation, content_hash
from tests.crawlers.pages import SEEN, URL, hotel, json_ld_page, microdata_page, microdata_review, read, review
from tests.timing import LINEAR_IN_EIGHT, times_as_long


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
    assert page.snapshots == (
        ListingSnapshot(
            "example",
            "http://guide.example/r/7",
            8.4,
            10.0,
            1205,
            listing_name="Taverna",
            listing_kind="restaurant",
            city="Enschede",
        ),
    )


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
        ({"datePublished": "since 2 weeks"}, "date_unreadable"),
        ({"datePublished": "2026-02-01"}, "date_unreadable"),
        (
            {"reviewRating": [{"ratingValue": 4, "reviewAspect": "Food"}, {"ratingValue": 5, "reviewAspect": "Staff"}]},
            "no_rating",
        ),
        ({"reviewRating": {"ratingValue": float("nan")}}, "no_rating"),
        ({"reviewRating": {"ratingValue": 4, "bestRating": "many"}}, "rating_unreadable"),
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


def test_a_relative_date_is_an_interval_and_makes_no_id() -> None:
    def on(day: int, said: str) -> Observation:
        body = json_ld_page(hotel(review(1, datePublished=said, **{"@id": None})), lang="nl")
        (got,) = parse(body, Context(URL, "example", dt.date(2026, 1, day))).observations
        return got

    first, later = on(1, "Beoordeeld: een maand geleden"), on(20, "2 maanden geleden")
    assert (first.published_from, first.published_to) == (dt.date(2025, 10, 31), dt.date(2025, 12, 18))
    assert (first.published_precision, first.synthetic_id) == ("month", True)
    assert first.review_id == later.review_id
    assert content_hash(first) == content_hash(later)
    assert on(1, "2025-12-01").review_id != on(1, "2025-12-02").review_id


def test_the_order_of_a_page_is_that_of_the_latest_days() -> None:
    page = read(json_ld_page(hotel(review(1, datePublished="yesterday"), review(2, datePublished="3 days ago"))))
    assert page.order == (dt.date(2026, 1, 1), dt.date(2025, 12, 30))


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


def test_a_review_in_both_syntaxes_may_give_its_date_in_two_ways() -> None:
    markup = """<div itemscope itemtype="https://schema.org/Hotel"><span itemprop="name">Hotel Example</span>
      <div itemprop="review" itemscope itemtype="https://schema.org/Review"><b itemprop="author">Guest 1</b>
      <i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i>
      <p itemprop="datePublished">2 years ago</p><p itemprop="reviewBody">Stay number 1 was quiet.</p></div></div>"""
    (got,) = read(json_ld_page(hotel(review(1)), extra=markup)).observations
    assert got.published_precision == "day"


def test_ratings_of_aspects_stand_beside_the_rating() -> None:
    rated = [
        {"ratingValue": "3,5", "reviewAspect": ["Staff", "Service"]},
        {"ratingValue": 4, "bestRating": 5, "reviewAspect": {"name": "Food"}},
        {"ratingValue": 9, "bestRating": 10, "reviewAspect": "Price"},
        {"ratingValue": 7, "reviewAspect": "Site"},
        {"ratingValue": 5},
    ]
    (got,) = read(json_ld_page(hotel(review(1, reviewRating=rated)))).observations
    assert got.rating == 5.0
    assert got.subratings == {"Food": 4.0, "Service": 3.5, "Staff": 3.5}


@pytest.mark.parametrize(
    ("aspect", "taken"),
    [
        ({"ratingValue": 4, "bestRating": 10}, {"Staff": 4.0}),
        # Without a scale it goes from 1 to 5, which the review's does not.
        ({"ratingValue": 4}, None),
        ({"ratingValue": 4, "bestRating": 10, "worstRating": 0}, None),
    ],
)
def test_ratings_of_aspects_on_another_scale_are_left_out(aspect: dict[str, int], taken: object) -> None:
    rated = [{"ratingValue": 8, "bestRating": 10}, {**aspect, "reviewAspect": "Staff"}]
    (got,) = read(json_ld_page(hotel(review(1, reviewRating=rated)))).observations
    assert (got.rating, got.rating_best, got.subratings) == (8.0, 10.0, taken)


def test_the_only_rating_stands_beside_none() -> None:
    (got,) = read(json_ld_page(hotel(review(1, reviewRating={"ratingValue": 4, "reviewAspect": "Staff"})))).observations
    assert (got.rating, got.subratings) == (4.0, None)


def test_as_many_aspects_as_a_review_may_have() -> None:
    names = ["x" * 41, *(f"a{number:02d}" for number in range(30))]
    rated = [{"ratingValue": 5}, {"ratingValue": 3, "reviewAspect": names}]
    (got,) = read(json_ld_page(hotel(review(1, reviewRating=rated)))).observations
    assert got.subratings == dict.fromkeys(names[1:21], 3.0)


def test_a_listing_without_an_address_is_the_canonical_page() -> None:
    def listing(href: str) -> str:
        body = json_ld_page(
            {"@type": "Hotel", "name": "A", "review": review(1)}, extra=f'<link rel=canonical href="{href}">'
        )
        return read(body, URL + "?utm_source=x").observations[0].listing_id

    assert listing("./hotel") == listing("https://hotel.example/hotel") == "https://hotel.example/hotel"
    assert listing("https://other.example/hotel") == listing("http://[") == f"{URL}?utm_source=x"


def test_an_address_of_microdata_may_be_relative() -> None:
    body = b"""<base href="/nl/"><div itemscope itemtype="https://schema.org/Hotel"><a itemprop="url" href="./h/1">A</a>
      <div itemprop="review" itemscope itemtype="https://schema.org/Review"><a itemprop="url" href="r/2">r</a>
      <i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i>
      <p itemprop="datePublished">17 mei 2024</p></div></div>"""
    (got,) = read(body).observations
    assert (got.listing_id, got.review_url) == ("https://hotel.example/nl/h/1", "https://hotel.example/nl/r/2")


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
    page = parse(body, Context(URL, "example", SEEN, encoding="windows-1252"))
    assert page.observations[0].text == "Café"


def test_hashes_follow_the_content() -> None:
    first, again, other = (
        read(json_ld_page(hotel(review(1, reviewBody=text)))).observations[0].raw_sha256 for text in ("a", "a", "b")
    )
    assert first == again != other


BROKEN = (
    '{"@type": "Review", "@id": "x", "reviewBody": "The "best" hotel", "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewBody": "5" screen", "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewBody": "He said "no", and left", "reviewRating": 4}',
    '{"@type": "Review", "@id": "x", "reviewRating": {"ratingValue": 4, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": , "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x" "reviewRating": 4, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": [4, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": 0x4, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": {"ratingValue": NaN}, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": 1e999, "datePublished": "2024-05-17"}',
    '{"@type": "Review", "@id": "x", "reviewRating": 4, "datePublished": "17 May"}',
    '{"@type": "Review", "@id": "x", "@id": {}, "reviewRating": [[[]]], "author": [null, 1, {"@id": "x"}]}',
    '{"@type": "Review", "@id": "http://[", "url": "http://[", "itemReviewed": {"@id": "http://["}}',
)
good = st.lists(st.integers(1, 50), unique=True, max_size=6)


@settings(deadline=None)
@given(good, st.lists(st.tuples(st.sampled_from(BROKEN), st.integers(0, 6)), min_size=1, max_size=4), st.booleans())
def test_a_broken_review_costs_none_of_the_good_ones(
    numbers: list[int], broken: list[tuple[str, int]], has_comment: bool
) -> None:
    texts = [json.dumps(review(number)) for number in numbers]
    for text, place in broken:
        texts.insert(place, text)
    head = json.dumps(hotel(review=None))[:-1]
    page = read(json_ld_page(f'{head}, {"/* x */" * has_comment} "review": [{", ".join(texts)}]}}'))
    names = {got.reviewer_name for got in page.observations} - {None}
    assert names == {f"Guest {number}" for number in numbers}
    assert sum(page.drops.values()) >= 1
    assert set(page.drops) <= set(DROPS)


def test_a_page_that_breaks_off_keeps_what_came_before() -> None:
    body = json_ld_page(hotel(review(1), review(2), review(3)))
    page = read(body[: body.index(b"Stay number 3")])
    assert [got.reviewer_name for got in page.observations] == ["Guest 1", "Guest 2"]
    assert [got.listing_id for got in page.observations] == ["https://hotel.example/"] * 2
    assert page.drops == {"bad_script": 1, "broken_review": 1}


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
    assert set(page.drops) <= set(DROPS)


@settings(deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.one_of(st.none(), st.text(max_size=8)))
def test_no_bytes_raise(body: bytes, url: str, encoding: str | None) -> None:
    parse(body, Context(url, "example", SEEN, encoding=encoding))


KEYS = """@id @type @graph @value review author url name reviewRating ratingValue address itemReviewed geo latitude
    identifier bestRating datePublished aggregateRating reviewCount comment associatedReview translationOfWork isBasedOn
    publisher positiveNotes itemListElement reviewAspect"""
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()),
            inner | st.sampled_from(["Hotel", "Review", "#a", "http://[", "4", "2024-05-17", "a month ago"]),
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
        b"<div id=a><div itemscope itemref='a b c'><p id=b itemprop=review itemscope itemref=c><p id=c>" * 2000,
        b"<link rel=canonical href=http://[>" * 1000,
    ],
)
def test_deep_and_broken_pages_are_survived(body: bytes) -> None:
    assert read(body).observations == ()
    honest = page_of(1 + len(body) * 100 // len(page_of(100)))
    # Elements in one another to the parser's depth, and copies of them up to their bound, cost some four times as much.
    assert times_as_long(lambda: read(body), lambda: read(honest), rounds=2) < 12


def test_time_grows_with_the_page_and_not_faster() -> None:
    small, large = page_of(250), page_of(2000)
    assert len(read(large).observations) == 2000
    assert times_as_long(lambda: read(large), lambda: read(small)) < LINEAR_IN_EIGHT


def page_of(reviews: int) -> bytes:
    return json_ld_page(hotel(*(review(number) for number in range(reviews))))


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
