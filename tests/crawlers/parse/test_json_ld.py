from collections import Counter

import pytest
from lxml import etree

from crawlers.parse.items import Item, Reference
from crawlers.parse.json_ld import json_ld_items


def items_of(*scripts: str, kind: str = "application/ld+json") -> tuple[list[Item], Counter[str]]:
    page = "".join(f"<script type='{kind}'>{script}</script>" for script in scripts)
    drops: Counter[str] = Counter()
    return json_ld_items(etree.HTML(f"<html>{page}</html>"), drops), drops


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "Hotel", "name": "A",}',
        '{"@type": "Hotel", "name": "A"};',
        '<!-- {"@type": "Hotel", "name": "A"} -->',
        '//<![CDATA[\n{"@type": "Hotel", "name": "A"}\n//]]>',
        '/*<![CDATA[*/ {"@type": "Hotel", "name": "A", "x": [1, 2,],} /*]]>*/',
        '[[{"@type": "Hotel", "name": "A"}]]',
        '{"@type": "http://schema.org/Hotel", "name": "A"}',
        '{"@graph": [{"@type": "schema:Hotel", "http://schema.org/name": {"@value": "A"}}]}',
        '{"@type": "Hotel", "name": "A", "name": "A"}',
        "{&quot;@type&quot;: &quot;Hotel&quot;, &quot;name&quot;: &quot;A&quot;}",
        '// a note\n{"@type": "Hotel", /* another, "name": "B" */ "name": "A"}',
        '\ufeff{"@type": "Hotel", "name": "A"}',
    ],
)
def test_shapes_and_cheap_repairs(script: str) -> None:
    items, drops = items_of(script)
    assert [(item.types, item.properties["name"]) for item in items] == [(frozenset({"Hotel"}), ["A"])]
    assert drops == {}


def test_a_comma_inside_of_a_text_is_not_repaired_away() -> None:
    items, _ = items_of('{"@type": "Hotel", "name": "a,] ,}",}')
    assert items[0].properties["name"] == ["a,] ,}"]


@pytest.mark.parametrize(
    "script", ["{", "nothing", "{a: 1}", "}", '{"a":', '{"a" 1}', "[" * 100_000, '{"a": ' * 100_000]
)
def test_a_broken_block_costs_only_itself(script: str) -> None:
    items, drops = items_of('{"@type": "Hotel"}', script, '{"@type": "Hostel"}')
    assert [set(item.types) for item in items if item.types] == [{"Hotel"}, {"Hostel"}]
    assert drops == {"bad_script": 1}


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", "undefined", "9" * 5000, "null", "true"])
def test_a_value_that_is_none_costs_only_itself(value: str) -> None:
    items, drops = items_of(f'{{"@type": "Hotel", "a": {value}, "name": "A"}}')
    assert [(item.types, item.properties) for item in items] == [({"Hotel"}, {"name": ["A"]})]
    assert drops == {}


def test_the_object_with_the_error_is_marked_and_no_other() -> None:
    items, drops = items_of('{"@type": "Hotel", "review": [{"@id": "a", "b": "x "y" z"}, {"@id": "c", "b": 1}]}')
    assert [(item.id, item.is_broken) for item in items] == [(None, False), ("a", True), ("c", False)]
    assert drops == {"bad_script": 1}


@pytest.mark.parametrize("kind", ["application/ld+json; charset=utf-8", "Application/LD+JSON", " application/ld+json "])
def test_the_type_is_compared_without_case_and_parameters(kind: str) -> None:
    assert len(items_of('{"@type": "Hotel"}', kind=kind)[0]) == 1
    assert items_of('{"@type": "Hotel"}', kind="application/json")[0] == []


def test_raw_newlines_and_other_vocabularies() -> None:
    items, _ = items_of('{"@type": ["http://other.example/Hotel", "Place"], "name": "a\nb"}')
    assert items[0].types == {"Place"}
    assert items[0].properties["name"] == ["a\nb"]


def test_references_are_kept_apart_from_items() -> None:
    items, _ = items_of('{"@type": "Hotel", "review": [{"@id": "#a"}, {"@id": "#b", "name": "B"}]}')
    first, second = items[0].properties["review"]
    assert isinstance(first, Reference)
    assert first.target == "#a"
    assert isinstance(second, Item)
    assert (second.id, second.parent, second.role) == ("#b", items[0], "review")
