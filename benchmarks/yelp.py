"""All of YelpNYC through import, detection and export: cost, and scores against Yelp's own filter.

The label is Yelp's filter as it stood when the set was crawled (Rayana and Akoglu, KDD 2015), not proven deceit: it
follows the account, and nearly two thirds of the filtered reviews come from accounts with one review. One-liners of the
same run stand beside every figure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.runs import fairstay

COLUMNS = ["user", "business", "rating", "label", "day"]


def read(data: Path) -> pd.DataFrame:
    """Rows of the set; ``filtered`` is Yelp's label."""
    rows = pd.read_csv(data / "yelp_nyc" / "metadata.tsv.gz", sep="\t", header=None, names=COLUMNS)
    return rows.assign(filtered=rows["label"] == -1, review_id=[f"r{number}" for number in range(len(rows))])


def write_csv(rows: pd.DataFrame, path: Path) -> None:
    """The set as a file of the canonical columns."""
    canonical = pd.DataFrame(
        {
            "platform": "yelp",
            "listing_id": rows["business"],
            "listing_kind": "restaurant",
            "city": "New York",
            "country": "US",
            "review_id": rows["review_id"],
            "reviewer_id": rows["user"],
            "rating": rows["rating"],
            "published": rows["day"],
        }
    )
    canonical.to_csv(path, index=False)


def one_liners(rows: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Scores that anybody could compute; higher is stranger."""
    day = pd.to_datetime(rows["day"])
    account = day.groupby(rows["user"])
    span = (account.transform("max") - account.transform("min")).dt.days
    deviation = (rows["rating"] - rows.groupby("business")["rating"].transform("mean")).abs()
    return {
        "account's span of activity, short first": -span.to_numpy(dtype=float),
        "account's number of reviews, few first": -account.transform("size").to_numpy(dtype=float),
        "distance from the listing's mean": deviation.to_numpy(dtype=float),
    }


def table(rows: pd.DataFrame, score: NDArray[np.float64]) -> list[str]:
    """AUC / AP for each method: all reviews, the last fifth of the time, one-review accounts, half of the accounts."""
    last = rows["day"] >= rows["day"].sort_values().iloc[int(0.8 * len(rows))]
    single = rows.groupby("user")["day"].transform("size") == 1
    half = rows["user"] % 2 == 0
    slices = {"all": np.ones(len(rows), bool), "last fifth": last, "one-review accounts": single, "half of users": half}
    lines = [f"{'AUC / AP against the filter':<42}" + "".join(f"{name:>22}" for name in slices)]
    for name, values in {"Fairstay scores": score, **one_liners(rows)}.items():
        cells = []
        for chosen in slices.values():
            label = rows["filtered"].to_numpy()[chosen]
            auc = roc_auc_score(label, values[chosen])
            cells.append(f"{auc:.3f} / {average_precision_score(label, values[chosen]):.3f}")
        lines.append(f"{name:<42}" + "".join(f"{cell:>22}" for cell in cells))
    return lines


def run(data: Path) -> str:
    """The benchmark's whole text."""
    rows = read(data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_csv(rows, folder / "yelp.csv")
        imported = fairstay(folder, "--quiet", "import", "yelp.csv")
        detected = fairstay(folder, "--quiet", "detect", "--full", "--as-of", "2015-01-08")
        exported = fairstay(folder, "--quiet", "export", "scores", "-o", "scores.parquet")
        fairstay(folder, "--quiet", "export", "cases", "-o", "cases.parquet")
        scores = pd.read_parquet(folder / "scores.parquet").set_index("review_id")["score"]
        cases = pd.read_parquet(folder / "cases.parquet")
    filtered = rows.set_index("review_id")["filtered"]
    inside = sorted({review for reviews in cases["review_ids"] for review in reviews})
    costs = {"import": imported, "detect --full": detected, "export scores": exported}
    return "\n".join(
        [
            f"YelpNYC: {len(rows):,} reviews, {filtered.mean():.1%} filtered by Yelp",
            *(f"  {name:<14} {cost.cpu_s:6.0f} CPU s, peak {cost.peak_mib:6,.0f} MiB" for name, cost in costs.items()),
            "",
            *table(rows, scores.reindex(rows["review_id"]).to_numpy()),
            "",
            f"{len(cases)} cases with {len(inside):,} reviews, {filtered[inside].mean():.1%} of them filtered by Yelp",
        ]
    )


def main() -> None:
    """Print the table; 2 where the data are absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with yelp_nyc/metadata.tsv.gz")
    data = parser.parse_args().data
    if not (data / "yelp_nyc" / "metadata.tsv.gz").is_file():
        print(f"{data / 'yelp_nyc' / 'metadata.tsv.gz'} is absent: this benchmark needs it", file=sys.stderr)
        sys.exit(2)
    print(run(data))


if __name__ == "__main__":
    main()
