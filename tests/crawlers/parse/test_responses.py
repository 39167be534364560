import datetime as dt

import pytest

from tests.crawlers.pages import hotel, json_ld_page, read, review

OWNER = {"@type": "Organization", "name": "Example Hotels"}
SAID = {"@type": "Comment", "author": OWNER, "text": "Thank you &amp; welcome", "datePublished": "2024-05-20"}


@pytest.mark.parametrize(
    ("answer", "text", "day"),
    [
        ({"comment": SAID}, "Thank you & welcome", dt.date(2024, 5, 20)),
        ({"comment": [SAID | {"author": "Ann", "text": "Me too"}, SAID]}, "Thank you & welcome", dt.date(2024, 5, 20)),
        ({"comment": SAID | {"author": {"name": "hotel example"}}}, "Thank you & welcome", dt.date(2024, 5, 20)),
        ({"comment": SAID | {"author": "Hotel Example", "datePublished": "a week ago"}}, "Thank you & welcome", None),
        ({"comment": SAID | {"author": {"@type": "Person", "name": "Ann"}}}, None, None),
        ({"comment": SAID | {"author": None}}, None, None),
        (
            {"associatedReview": SAID | {"@type": "Review", "reviewBody": "Yes", "text": None}},
            "Yes",
            dt.date(2024, 5, 20),
        ),
        ({"reviewReply": {"text": "Thanks", "dateCreated": "2024-06-01"}}, "Thanks", dt.date(2024, 6, 1)),
        ({"reviewReply": "Thanks"}, "Thanks", None),
        ({"comment": SAID | {"text": " "}}, None, None),
    ],
)
def test_only_what_is_the_owners_is_the_response(
    answer: dict[str, object], text: str | None, day: dt.date | None
) -> None:
    page = read(json_ld_page(hotel(review(1, **answer))))
    (got,) = page.observations
    assert (got.response_text, got.response_published) == (text, day)
    assert page.drops == {}


def test_an_answer_elsewhere_on_the_page_is_no_review() -> None:
    answer = SAID | {"@type": "Review", "@id": "#answer"}
    page = read(json_ld_page([hotel(review(1, associatedReview={"@id": "#answer"})), answer]))
    assert [got.response_text for got in page.observations] == ["Thank you & welcome"]
    assert page.drops == {}


def test_an_associated_review_by_another_guest_stays_a_review() -> None:
    page = read(json_ld_page(hotel(review(1, associatedReview=review(2)))))
    assert [got.reviewer_name for got in page.observations] == ["Guest 1", "Guest 2"]
    assert [got.response_text for got in page.observations] == [None, None]


def test_an_answer_in_microdata() -> None:
    body = b"""<div itemscope itemtype="https://schema.org/Hotel"><b itemprop="name">Hotel A</b>
      <div itemprop="review" itemscope itemtype="https://schema.org/Review"><b itemprop="author">Ann</b>
      <i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i><p itemprop="datePublished">2024-05-17</p>
      <div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><b itemprop="author">Hotel A</b>
      <time itemprop="dateCreated" datetime="2024-05-19">May</time><p itemprop="text">Thanks</p></div></div></div>"""
    (got,) = read(body).observations
    assert (got.response_text, got.response_published) == ("Thanks", dt.date(2024, 5, 19))
