import pytest
from lxml import etree

from crawlers.parse.items import Item, Value
from crawlers.parse.microdata import microdata_items


def items_of(body: str) -> list[Item]:
    return microdata_items(etree.HTML(f"<html><body>{body}</body></html>"), "https://x.example/dir/page")


def only(body: str, name: str) -> Value:
    (item,) = items_of(f"<div itemscope>{body}</div>")
    (value,) = item.properties[name]
    return value


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ('<meta itemprop="about" content="A">', "about", "A"),
        ('<p itemprop="datePublished" content="2015-09-26">long ago</p>', "datePublished", "2015-09-26"),
        ('<time itemprop="datePublished" datetime="2015-09-26">long ago</time>', "datePublished", "2015-09-26"),
        ('<a itemprop="url" href="../r/1">here</a>', "url", "https://x.example/r/1"),
        ('<link itemprop="itemReviewed" href="/h">', "itemReviewed", "https://x.example/h"),
        ('<a itemprop="name" href="/r">Taverna</a>', "name", "Taverna"),
        ('<data itemprop="ratingValue" value="4">four</data>', "ratingValue", "4"),
        ('<img itemprop="url" src="/i.png">', "url", "https://x.example/i.png"),
        ("<div itemprop='reviewBody'>a  b<br>c<!-- x --> d<script>no</script><p>e</div>", "reviewBody", "a b\nc d\ne"),
    ],
)
def test_where_a_value_stands(body: str, name: str, value: str) -> None:
    assert only(body, name) == value


def test_nesting_roles_and_several_names() -> None:
    place, told, rating = items_of(
        '<div itemscope itemtype="http://schema.org/Restaurant http://other.example/X">'
        '<div itemprop="review reviews" itemscope itemtype="https://schema.org/Review">'
        '<b itemprop="name description">N</b><i itemprop="reviewRating" itemscope><u itemprop="ratingValue">4</u></i>'
        '</div><p itemprop="name">P</p></div><p itemprop="name">outside</p>'
    )
    assert (place.types, place.properties["name"]) == ({"Restaurant"}, ["P"])
    assert place.properties["review"] == place.properties["reviews"] == [told]
    assert (told.parent, told.role) == (place, "review")
    assert told.properties["name"] == told.properties["description"] == ["N"]
    assert rating.properties == {"ratingValue": ["4"]}


def test_a_linked_author_has_a_name_and_an_address() -> None:
    told, author = items_of('<div itemscope><a itemprop="author" href="/u/1">Ann</a></div>')
    assert told.properties["author"] == [author]
    assert author.properties == {"name": ["Ann"], "url": ["https://x.example/u/1"]}
