"""Benchmarks: figures of whole runs, each beside a baseline of the same run."""
