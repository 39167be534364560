"""Bursts and boosting against planted attacks, beside what others would use, on fresh worlds and in real reviews.

    python -m benchmarks.bursts [--seeds 5001,...] [--data FOLDER] [--listings 3000] [--part NAME]...
        [--curves FILE] [--picture FILE]

FOLDER holds ``yelp_nyc/metadata.tsv.gz``. Every figure is a mean over the seeds with the smallest and the largest. An
attack is found by an episode of its listing and direction that holds a quarter of its reviews; an episode that holds so
much of no attack is false. `@10` is at ten false episodes per 1,000 listing-years, a threshold chosen with the truth;
`fixed` is the lowest threshold that kept false episodes to a tenth of all on worlds of other seeds. In YelpNYC, whose
honest reviews are the same under every planting, `fixed` is learned from one half of the listings (by their keys' hash)
under a planting of another seed, and told of the other half alone; all other columns are of all listings.

`bursts` knows the reviews after a window, up to 112 days of them. `bursts, as raised` counts no review after a window:
it is the row to hold against EWMA and Poisson counts, which look back only, and delays are at its threshold. It is no
replay of every night: the best of overlapping windows is chosen, and the listings' usual texts and the platform's
constants are known, from the whole history.

Worlds, attacks and texts come from the simulator that the detectors learned on, by other seeds; attacks in YelpNYC come
from there, too, and the simulator's knobs were fitted to moments of YelpNYC. So neither is a test on reviews of which
somebody else knows the truth. Attacks are far more frequent than on any platform: the tables' titles say how many.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import burst_cost
from benchmarks.burst_delays import delays
from benchmarks.burst_picture import draw
from benchmarks.burst_scores import (
    KINDS,
    POOLED,
    Judged,
    cells,
    curve,
    false_share,
    flagged,
    of_kinds,
    pooled,
    recall,
    score_at,
    score_at_false_share,
)
from benchmarks.burst_worlds import (
    BURSTS,
    RAISED,
    Ground,
    Ran,
    half_of,
    honest_world,
    judged_on_half,
    run,
    run_all,
    world,
    yelp,
    yelp_with_attacks,
)

DEVELOPMENT = (1001, 1002)
SEEDS = "5001,5002,5003,5004,5005"
PARTS = ("recall", "delays", "members", "honest", "yelp", "cost", "picture")
ON_WORLDS = ("recall", "delays", "members")
BUDGET, WIDE_BUDGET, SHARE = 10.0, 30.0, 0.10
Series = dict[str, list[Judged]]


def main() -> int:
    """Run the parts that are asked for; 2 where one needs data that are absent."""
    said = _arguments()
    parts = said.part or [part for part in PARTS if part != "picture" and (part != "yelp" or said.data)]
    if "yelp" in parts and not (said.data and (said.data / "yelp_nyc" / "metadata.tsv.gz").is_file()):
        print("part yelp needs --data FOLDER with yelp_nyc/metadata.tsv.gz", file=sys.stderr)
        return 2
    if "picture" in parts and not (said.curves and said.curves.is_file() and said.picture):
        print("part picture needs --picture FILE and the --curves FILE of an earlier run", file=sys.stderr)
        return 2
    seeds = [int(each) for each in said.seeds.split(",")]
    on_worlds = [part for part in parts if part in ON_WORLDS]
    if on_worlds:
        curves = on_attacked_worlds(seeds, said.listings, on_worlds)
        if curves is not None and said.curves:
            curves.to_csv(said.curves, index=False)
        if curves is not None and said.picture:
            draw(curves, said.picture)
    if "honest" in parts:
        print(_titled("Worlds without attacks: share of p < 10^-k over 10^-k, by stream", honest(seeds, said.listings)))
    if "yelp" in parts:
        on_yelp(seeds, said.data)
    if "picture" in parts:
        draw(pd.read_csv(said.curves), said.picture)
    if "cost" in parts:
        table, size = burst_cost.table(said.cost_listings)
        print(_titled(f"Cost of bursts, {said.cost_listings:,} listings, {size}", table))
    return 0


def on_attacked_worlds(seeds: Sequence[int], listings: int, parts: Sequence[str]) -> pd.DataFrame | None:
    """Recall, delays and members on the same worlds; the curves of recall, where that is asked for."""
    whole = "recall" in parts
    development: Series = {}
    for seed in DEVELOPMENT if whole else ():
        _add(development, run_all(world(seed, listings)).judged)
    fresh: Series = {}
    waits, inside, cpu_s = [], [], []
    for seed in seeds:
        ground = world(seed, listings)
        ran = run_all(ground, peers=whole)
        _say(seed, ground, ran)
        _add(fresh, ran.judged)
        cpu_s.append(pd.Series(ran.cpu_s))
        if "delays" in parts:
            waits.append(delays(ground, ran.found[RAISED], score_at(ran.judged[RAISED], BUDGET)))
        if "members" in parts:
            threshold = score_at(ran.judged["bursts"], BUDGET)
            inside.append(flagged(ran.found["bursts"], ran.bursts.members, ground.planted, threshold))
    if waits:
        print(_titled(f"Days from a review of an attack to the alarm, {RAISED} @{BUDGET:.0f}", delay_table(waits)))
    if inside:
        print(_titled(f"Planted reviews among the flagged (weight >= .5), bursts @{BUDGET:.0f}", member_table(inside)))
    if not whole:
        return None
    print_recall(fresh, development, listings)
    print(_titled("CPU s a world", pd.DataFrame({"CPU s": pd.concat(cpu_s, axis=1).mean(axis=1).map("{:.1f}".format)})))
    return pd.concat(
        [curve(of_kinds(pooled(judged), POOLED)).assign(method=name) for name, judged in fresh.items()],
        ignore_index=True,
    )


def print_recall(fresh: Series, development: Series, listings: int) -> None:
    """Tables by method, for the pooled kinds and for all of them, and by kind and strength."""
    for kinds in (POOLED, KINDS):
        title = f"Recall of {', '.join(kinds)}: {prevalence(fresh['bursts'], listings, kinds)} in each world"
        print(_titled(title, recall_table(fresh, development, kinds)))
    print(_titled("Poisson counts at a nominal false discovery rate", nominal_table(fresh)))
    for name in ("bursts", RAISED, "bursts or boosting", "bursts, no texts"):
        for rate in (BUDGET, WIDE_BUDGET):
            print(_titled(f"Recall @{rate:.0f} by kind and strength, {name}", strength_table(fresh[name], rate)))


def recall_table(
    fresh: Series, development: Series, kinds: Sequence[str], fixed_on: Series | None = None
) -> pd.DataFrame:
    """A row for each method; ``fixed`` is learned on ``development``, and told of ``fixed_on`` where that is given."""
    rows = {}
    for name, every in fresh.items():
        judged = [of_kinds(each, kinds) for each in every]
        told = judged if fixed_on is None else [of_kinds(each, kinds) for each in fixed_on[name]]
        learnt = score_at_false_share(of_kinds(pooled(development[name]), kinds), SHARE)
        rows[name] = {
            "@10": spread([recall(each, score_at(each, BUDGET)) for each in judged]),
            "FDP @10": spread([false_share(each, score_at(each, BUDGET)) for each in judged]),
            "@30": spread([recall(each, score_at(each, WIDE_BUDGET)) for each in judged]),
            "FDP<=.1": spread([recall(each, score_at_false_share(each, SHARE)) for each in judged]),
            "fixed": spread([recall(each, learnt) for each in told]),
            "FDP fixed": spread([false_share(each, learnt) for each in told]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def nominal_table(fresh: Series) -> pd.DataFrame:
    """What Benjamini and Hochberg's q is worth against planted attacks: recall, and the share that is false."""
    rows: dict[str, dict[str, str]] = {}
    for name, every in fresh.items():
        for q in (0.05, 0.10) if name.startswith("Poisson") else ():
            judged, score = [of_kinds(each, POOLED) for each in every], -np.log10(q)
            rows.setdefault(name, {})[f"recall, q<={q}"] = spread([recall(each, score) for each in judged])
            rows[name][f"FDP, q<={q}"] = spread([false_share(each, score) for each in judged])
    return pd.DataFrame.from_dict(rows, orient="index")


def strength_table(every: Sequence[Judged], rate: float) -> pd.DataFrame:
    """Recall by kind (rows) and strength at so many false episodes per 1,000 listing-years, each seed's own."""
    parts = [cells(each, score_at(each, rate)) for each in every]
    kinds, strengths = parts[0].index, sorted(parts[0].columns, reverse=True)
    return pd.DataFrame(
        {f"s{s}": [spread([float(part.loc[kind, s]) for part in parts]) for kind in kinds] for s in strengths},
        index=kinds,
    )


def delay_table(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """A row for each kind: attacks found, and how long each took from its tenth and from its first review."""
    every = pd.concat(parts)
    rows = {}
    for kind, of_kind in (("all", every), *every.groupby("kind")):
        row = {"found": str(len(of_kind))}
        for since in ("tenth", "first"):
            days = of_kind[since].dropna().to_numpy(dtype="float64")
            in_time = days[np.isfinite(days)]
            row |= {
                f"{since}: n": str(len(days)),
                "median": f"{np.median(days):.0f}" if len(days) else "-",
                "90%": f"{np.quantile(days, 0.9, method='higher'):.0f}" if len(days) else "-",
                "never": str(len(days) - len(in_time)),
            }
            row = {key if ":" in key or key == "found" else f"{since}: {key}": value for key, value in row.items()}
        rows[str(kind)] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def member_table(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """A row for each strength and for all: precision, recall inside the episodes and of the whole attacks."""
    strengths = sorted({int(s) for part in parts for s in part["strength"]}, reverse=True)
    groups = {"all": strengths} | {f"s{strength}": [strength] for strength in strengths}
    rows = {}
    for name, wanted in groups.items():
        chosen = [part[part["strength"].isin(wanted)] for part in parts]
        sums = [part[["flagged", "right", "inside", "planted"]].sum() for part in chosen]
        rows[name] = {
            "attacks": str(sum(len(part) for part in chosen)),
            "precision": spread([s["right"] / s["flagged"] for s in sums if s["flagged"]]),
            "recall inside": spread([s["right"] / s["inside"] for s in sums if s["inside"]]),
            "recall": spread([s["right"] / s["planted"] for s in sums if s["planted"]]),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def honest(seeds: Sequence[int], listings: int) -> pd.DataFrame:
    """A row for each stream: how often calibrated p-values lie below a level, over the level."""
    seen: dict[str, dict[int, list[float]]] = {}
    windows: dict[str, int] = {}
    for seed in seeds:
        reviews = honest_world(seed, listings).reviews
        tails = run(BURSTS, reviews, stop=lambda partials, night: BURSTS.stream_tails(partials))
        assert isinstance(tails, Mapping)
        for stream, x in tails.items():
            windows[stream] = windows.get(stream, 0) + len(x)
            for k in (2, 3, 4):
                seen.setdefault(stream, {}).setdefault(k, []).append(float(np.mean(x > k) * 10**k))
    rows = {
        stream: {"windows": f"{windows[stream]:,}", **{f"p<1e-{k}": spread(values) for k, values in levels.items()}}
        for stream, levels in seen.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def on_yelp(seeds: Sequence[int], data: Path) -> None:
    """Attacks planted in YelpNYC: the recall tables of the worlds; ``fixed`` of half of the listings, by the other."""
    reviews = yelp(data)
    fresh: Series = {}
    other_half: Series = {}
    development: Series = {}
    ground = yelp_with_attacks(reviews, DEVELOPMENT[0])
    _add(development, judged_on_half(ground, run_all(ground).found, 0))
    for seed in seeds:
        ground = yelp_with_attacks(reviews, seed)
        ran = run_all(ground)
        _say(seed, ground, ran)
        _add(fresh, ran.judged)
        _add(other_half, judged_on_half(ground, ran.found, 1))
    planted = prevalence(fresh["bursts"], ground.listings, POOLED)
    halves = f"{half_of(ground, 1).listings:,} by {half_of(ground, 0).listings:,}"
    title = f"YelpNYC, {planted} under each planting, in recommended reviews; fixed of {halves} listings"
    print(_titled(title, recall_table(fresh, development, POOLED, other_half)))
    for name in ("bursts", RAISED):
        print(_titled(f"YelpNYC, recall @10 by kind and strength, {name}", strength_table(fresh[name], BUDGET)))


def prevalence(every: Sequence[Judged], listings: int, kinds: Sequence[str]) -> str:
    """How many attacks of the kinds stand among how many listings; the smallest and the largest where seeds differ."""
    numbers = sorted({int(each.attacks["kind"].isin(kinds).sum()) for each in every})
    said = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
    return f"{said} attacks among {listings:,} listings"


def spread(values: Sequence[float]) -> str:
    """Mean, smallest and largest."""
    told = [value for value in values if np.isfinite(value)]
    return f"{np.mean(told):.2f} ({min(told):.2f}-{max(told):.2f})" if told else "-"


def _add(series: Series, judged: Mapping[str, Judged]) -> None:
    for name, each in judged.items():
        series.setdefault(name, []).append(each)


def _say(seed: int, ground: Ground, ran: Ran) -> None:
    attacks = ground.planted["attack"].nunique()
    said = f"seed {seed}: {len(ground.reviews):,} reviews, {ground.listing_years:,.0f} listing-years, {attacks} attacks"
    print(f"{said}; {sum(ran.cpu_s.values()):.0f} CPU s", file=sys.stderr, flush=True)


def _titled(title: str, table: pd.DataFrame) -> str:
    return f"\n{title}\n{table.rename_axis(None).rename_axis(None, axis=1).to_string()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default=SEEDS, help="worlds and plantings, by seed")
    parser.add_argument("--data", type=Path, help="folder with yelp_nyc/metadata.tsv.gz")
    parser.add_argument("--listings", type=int, default=3000)
    parser.add_argument("--cost-listings", type=int, default=100_000)
    parser.add_argument("--part", action="append", choices=PARTS, help="this part alone; may be said again")
    parser.add_argument("--curves", type=Path, help="part recall writes its curves here, part picture reads them (CSV)")
    parser.add_argument("--picture", type=Path, help="draw the curves here (PNG)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
