from typing import Any

import pandas as pd
import pytest

from reports.exhibits import exhibits_of
from reports.quoted import Quotes
from reports.records import Finding, Findings
from reports.reviews import Pseudonyms
from tests.reports.crowd_facts import group_cells, ring_facts, travel_facts
from tests.reports.test_reuse import KEYS, stored
from tests.reports.text_facts import reuse_facts

LISTINGS = pd.DataFrame({"key": ["a/0", "a/1"], "name": ["Haus Eins", "Haus Zwei"], "city": "Ulm", "country": "DE"})
KNOWN = Findings({}, (), pd.DataFrame(), frozenset(), LISTINGS)
WEEK = ["2026-05-04", 9, 2.0, 0.0, 5.0]
FACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "timeline": ("bursts", {"weeks": [WEEK]}),
    "matrix": ("collusion", ring_facts(["k1", "k2"], ["a/0", "a/1"], cells=group_cells(2, 2, cover=1.0))),
    "stays": ("travel", travel_facts(["a/0", "a/1"])),
    "reuse": ("reuse", reuse_facts()),
}


def shown(detector: str, facts: dict[str, Any], quotes: Quotes) -> set[str]:
    members = dict.fromkeys(KEYS, 1.0)
    finding = Finding("k", detector, 1, "group", "g", None, None, 3, facts, members)
    found = exhibits_of(finding, Pseudonyms(), KNOWN, quotes)
    return {name for name in FACTS if getattr(found, name) is not None}


@pytest.mark.parametrize("name", FACTS)
def test_a_finding_shows_what_its_facts_hold(name: str) -> None:
    assert shown(*FACTS[name], stored("A fine view", "A fine bed")) == {name}


def test_facts_of_an_unknown_kind_show_nothing() -> None:
    assert shown("tomorrow", {"weeks": "none", "cells": 3}, {}) == set()
