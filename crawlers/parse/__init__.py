"""Parsers: pure functions from bytes to observations."""
