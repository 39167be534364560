"""Engines: where the verbs of a detector run."""
