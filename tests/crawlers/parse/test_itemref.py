import pytest
from lxml import etree

from crawlers.parse.itemref import gather_references
from crawlers.parse.microdata import microdata_items
from tests.crawlers.pages import read

REVIEW = """<div itemprop="review" itemscope itemtype="https://schema.org/Review"><b itemprop="author">Ann</b>
  <i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i>
  <p itemprop="datePublished">2024-05-17</p></div>"""


def test_reviews_beside_their_hotel_are_its_own() -> None:
    page = read(
        f"""<div itemscope itemtype="https://schema.org/Hotel" itemref="reviews  name gone">
        <link itemprop="url" href="/a"></div>
        <h1 id="name" itemprop="name">Hotel A</h1><section id="reviews">{REVIEW}</section>
        <div itemscope itemtype="https://schema.org/Restaurant"><b itemprop="name">B</b></div>""".encode()
    )
    assert [(got.listing_name, got.reviewer_name) for got in page.observations] == [("Hotel A", "Ann")]
    assert page.drops == {}


def test_one_element_may_belong_to_several_items() -> None:
    root = etree.HTML(
        '<p itemscope itemref="n"></p><p itemscope itemref="n"></p><div itemscope><b id="n" itemprop="name">N</b></div>'
    )
    assert [item.properties.get("name") for item in microdata_items(root, "https://x.example/")] == [["N"]] * 3


@pytest.mark.parametrize(
    "body",
    [
        '<div id="a" itemscope itemref="a"></div>',
        '<div id="a"><div id="b" itemscope itemref="a"></div></div>',
        '<div id="a" itemscope itemref="b"></div><div id="b" itemscope itemref="a"></div>',
        '<div id="a" itemscope itemref="b"><p id="b" itemprop="name">x</p></div>',
        '<div itemscope itemref="a a a"></div><p id="a">1</p><p id="a">2</p>',
    ],
)
def test_circles_end(body: str) -> None:
    root = etree.HTML(body)
    gather_references(root)
    assert len(microdata_items(root, "https://x.example/")) <= 3
