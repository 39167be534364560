import numpy as np

from detection.bursts import Bursts
from detection.calibrate import DAYS, KNOBS, calibrate_bursts, calibrate_collusion, findings_on
from detection.cards import Card


def test_bursts_on_small_worlds() -> None:
    said: list[str] = []
    made = calibrate_bursts((51, 52), listings=60, say=said.append)
    assert len(said) == 2
    assert made.unit == "listing-years"
    assert made.per == 1000.0
    assert made.made_on.startswith("2 simulated worlds without attacks, 360 listing-years")
    assert made == calibrate_bursts((51, 52), listings=60, say=said.append)
    card = Card("bursts", made.unit, made.per, tuple(made.scores), tuple(made.rates), made.made_on)
    # The card counts what a detector with that card then finds on the same worlds.
    rate = float(np.median(made.rates))
    detector = Bursts(false_per_1000_listing_years=rate, card=card)
    alarms = sum(
        len(findings_on(detector, seed, listings=60, knobs=KNOBS[number])[0].evidence)
        for number, seed in enumerate((51, 52))
    )
    years = 2 * 60 * DAYS / 365.25
    assert abs(alarms - (rate * years / 1000.0 - 1.0)) <= 2


def test_collusion_on_a_small_world() -> None:
    said: list[str] = []
    made = calibrate_collusion((53,), listings=60, say=said.append)
    assert made.per == 100_000.0
    assert made.scores[0] == 0.0
    assert len(made.scores) == len(made.rates)
    accounts = int(made.made_on.split(", ")[1].split()[0].replace(",", ""))
    assert accounts > 100
    assert f"among {accounts} accounts" in said[0]
    assert made.rates[-1] >= 0.999 * 100_000.0 / accounts
