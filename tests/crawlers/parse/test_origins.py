import pytest

from crawlers.parse.origins import site_of
from tests.crawlers.pages import hotel, json_ld_page, read, review


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.tripadvisor.co.uk/x", "tripadvisor"), ("https://maps.google.com.tr/", "google"),
        ("https://goo.gl/maps/x", "google"), ("https://fb.com/x", "facebook"), ("https://m.yelp.de", "yelp"),
        ("https://www.booking.com:443/", "booking"), ("http://co.uk/", "co"), ("http://127.0.0.1/", None),
        ("http://[::1]/", None), ("http://localhost/", None), ("http://[", None), ("", None),
        ("http://ü.example/", None),
    ],
)  # fmt: skip
def test_registered_names(url: str, site: str | None) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ({"publisher": {"@type": "Organization", "name": "TripAdvisor"}}, "tripadvisor"),
        ({"publisher": {"@type": "Organization", "name": "X", "url": "https://www.holidaycheck.de/"}}, "holidaycheck"),
        ({"publisher": {"name": "Booking.com"}}, "booking"),
        ({"publisher": "Google"}, "google"),
        ({"isBasedOn": "https://www.expedia.com/review/1"}, "expedia"),
        ({"isBasedOn": {"@id": "https://www.yelp.com/biz/a?r=1"}}, "yelp"),
        ({"isPartOf": {"@type": "WebSite", "url": "https://de.trustpilot.com"}}, "trustpilot"),
        ({"isPartOf": {"@type": "WebPage", "@id": "https://www.hotel.example/page"}}, None),
        ({"publisher": {"name": "Hotel Group"}}, None),
        ({"publisher": {"name": "Hotel Example", "url": "https://group.example/"}}, None),
        ({"publisher": {"name": "Me", "url": "https://hotel.example/"}}, None),
        ({"publisher": {"name": "Me", "url": "https://www.example.org/"}}, None),
        ({"publisher": {"name": "Big Hotels", "url": "https://www.bighotels.com/"}}, None),
        ({"publisher": {"name": "x" * 5000}}, None),
        ({"publisher": [None, 7, {"url": "http://["}], "isBasedOn": "#x"}, None),
    ],
)
def test_a_copy_is_one_where_the_page_says_so(source: dict[str, object], origin: str | None) -> None:
    (got,) = read(json_ld_page(hotel(review(1, **source)))).observations
    assert got.syndicated_from == origin


def test_a_platforms_own_page_copies_nothing() -> None:
    body = json_ld_page(hotel(review(1, publisher={"name": "Tripadvisor", "url": "https://www.tripadvisor.com"})))
    (got,) = read(body, "https://www.tripadvisor.co.uk/Hotel-1").observations
    assert got.syndicated_from is None


def test_a_translation_gives_way_to_the_original() -> None:
    original = {"@type": "Review", "@id": "#o", "name": "Ruhig", "reviewBody": "Sehr ruhig.", "inLanguage": "de"}
    for work in (original, {"@id": "#o"}):
        page = read(json_ld_page([hotel(review(1, inLanguage="en", translationOfWork=work)), original]))
        (got,) = page.observations
        assert (got.title, got.text, got.language) == ("Ruhig", "Sehr ruhig.", "de")
        assert got.text_is_translation is False
        assert page.drops == {}


@pytest.mark.parametrize(
    "work", [{"@id": "#gone"}, "https://hotel.example/de/1", {"@type": "Review", "inLanguage": "de"}]
)
def test_a_translation_without_its_original_is_marked(work: object) -> None:
    (got,) = read(json_ld_page(hotel(review(1, inLanguage="en", translationOfWork=work)))).observations
    assert got.text == "Stay number 1 was quiet."
    assert got.text_is_translation is True


def test_the_translation_of_a_review_is_no_other_review() -> None:
    page = read(json_ld_page(hotel(review(1, workTranslation=review(2, inLanguage="fr")))))
    assert [got.text for got in page.observations] == ["Stay number 1 was quiet."]


def test_reviews_that_translate_each_other_are_both_kept() -> None:
    one, two = (
        review(here, translationOfWork={"@id": f"https://hotel.example/reviews/{there}"})
        for here, there in ((1, 2), (2, 1))
    )
    assert len(read(json_ld_page(hotel(one, two))).observations) == 2
