import pytest

from tests.crawlers.pages import hotel, json_ld_page, read, review


def notes(*names: str) -> dict[str, object]:
    return {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "name": name} for name in names]}


@pytest.mark.parametrize(
    ("said", "liked", "disliked"),
    [
        (
            {"positiveNotes": notes("Clean", "Calm &amp; warm"), "negativeNotes": notes("Far")},
            "Clean\nCalm & warm",
            "Far",
        ),
        ({"positiveNotes": ["Clean", "Calm"]}, "Clean\nCalm", None),
        ({"negativeNotes": [notes("Far"), {"name": "Loud"}]}, None, "Far\nLoud"),
        ({"positiveNotes": {"itemListElement": [{"item": {"name": "Clean"}}, {"position": 2}]}}, "Clean", None),
        ({"reviewBody": ["Positivo: limpio", "Negativo: lejos"]}, "limpio", "lejos"),
        ({"reviewBody": ["Liked: Clean", "Disliked · Far"]}, "Clean", None),
        ({"reviewBody": ["Points positifs : propre"]}, "propre", None),
        ({"reviewBody": ["优点：干净", "缺点：远"]}, "干净", "远"),
        ({"reviewBody": "Positively charming. Pros and cons."}, None, None),
        ({"reviewBody": ["Positive:", "Negative: "]}, None, None),
    ],
)
def test_what_is_labelled_is_kept_apart(said: dict[str, object], liked: str | None, disliked: str | None) -> None:
    (got,) = read(json_ld_page(hotel(review(1, **said)))).observations
    assert (got.text_positive, got.text_negative) == (liked, disliked)


def test_the_whole_text_stays() -> None:
    (got,) = read(json_ld_page(hotel(review(1, reviewBody=["Pros: clean", "Cons: far"])))).observations
    assert got.text == "Pros: clean\nCons: far"


def test_two_reviews_that_differ_in_their_sides_alone_are_two() -> None:
    bare = {"@id": None, "author": None, "reviewBody": None, "name": None}
    first, second = review(1, positiveNotes="Clean", **bare), review(2, positiveNotes="Calm", **bare)
    assert len(read(json_ld_page(hotel(first, second))).observations) == 2
