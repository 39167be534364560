"""`python -m benchmarks [--data FOLDER]`: all benchmarks; those on real data only where the folder is given."""

from __future__ import annotations

import argparse
import subprocess
import sys


def main() -> None:
    """Run them one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder with the real data sets (docs/design.md)")
    data = parser.parse_args().data
    runs = [["parsers"], ["recrawl"]]
    if data is None:
        runs += [["bursts"], ["groups"]]
        print("no --data FOLDER: the benchmarks on real data (yelp, flips, text) are out", file=sys.stderr)
    else:
        runs += [["bursts", "--data", data], ["groups", "--data", data]]
        runs += [[name, "--data", data] for name in ("yelp", "flips", "text")]
    for name, *arguments in runs:
        print(f"\n== {name} ==", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)


if __name__ == "__main__":
    main()
