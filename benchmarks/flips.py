"""Scores flipped across the scale in real Booking.com reviews, imported as a user would, and found again."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from benchmarks.runs import fairstay

SHARE = 0.03
WORST, BEST = 1.0, 10.0


def read(data: Path, language: str) -> pd.DataFrame:
    """One language's real reviews in canonical columns; the set has neither dates nor accounts."""
    rows = pd.read_csv(data / "maide_up" / "real" / f"{language}.csv")
    liked = ("Liked: " + rows["Upside_Review"].fillna("")).where(rows["Upside_Review"].notna(), "")
    disliked = ("Disliked: " + rows["Downside_Review"].fillna("")).where(rows["Downside_Review"].notna(), "")
    return pd.DataFrame(
        {
            "platform": "booking",
            "listing_id": rows["Hotel Name"],
            "listing_kind": "hotel",
            "city": rows["City Name"],
            "review_id": [f"b{number}" for number in range(len(rows))],
            "rating": rows["Review_Score"],
            "rating_worst": WORST,
            "rating_best": BEST,
            "text": (liked + "\n" + disliked).str.strip(),
            "language": language[:2].lower(),
            "published": "2023-06-01",
        }
    )


def flipped(rows: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """The rows with 3% of the scores mirrored (only those at least a quarter of the scale from its middle)."""
    off_middle = (rows["rating"] - (WORST + BEST) / 2).abs() >= (BEST - WORST) / 4
    chosen = np.random.default_rng(seed).choice(np.flatnonzero(off_middle), round(SHARE * len(rows)), replace=False)
    said = rows.copy()
    said.loc[chosen, "rating"] = WORST + BEST - said.loc[chosen, "rating"]
    return said, pd.Series(said.index.isin(chosen), index=said["review_id"])


def run(data: Path, languages: tuple[str, ...], seeds: int) -> str:
    """The benchmark's whole text."""
    lines = [f"{'flips found, AP':<16}{'Fairstay':>12}{'|score - mean|':>16}{'share flipped':>15}{'CPU s':>8}"]
    for language in languages:
        found, plain, cpu = [], [], 0.0
        for seed in range(seeds):
            said, flips = flipped(read(data, language), seed)
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                said.to_csv(folder / "reviews.csv", index=False)
                cost = fairstay(folder, "--quiet", "import", "reviews.csv").cpu_s
                cost += fairstay(folder, "--quiet", "detect", "--as-of", "2023-07-01").cpu_s
                fairstay(folder, "--quiet", "export", "scores", "-o", "scores.parquet")
                scores = pd.read_parquet(folder / "scores.parquet").set_index("review_id")["score"]
            found.append(average_precision_score(flips, scores.reindex(flips.index)))
            plain.append(average_precision_score(flips, (said["rating"] - said["rating"].mean()).abs()))
            cpu += cost / seeds
        cells = f"{np.mean(found):>12.3f}{np.mean(plain):>16.3f}{SHARE:>15.0%}{cpu:>8.0f}"
        lines.append(f"{language:<16}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Print the table; 2 where the data are absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with maide_up/real/English.csv")
    parser.add_argument("--languages", default="English", help="comma-separated names of files")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    if not (arguments.data / "maide_up" / "real").is_dir():
        print(f"{arguments.data / 'maide_up' / 'real'} is absent: this benchmark needs it", file=sys.stderr)
        sys.exit(2)
    print(run(arguments.data, tuple(arguments.languages.split(",")), arguments.seeds))


if __name__ == "__main__":
    main()
