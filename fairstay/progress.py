"""Progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

import click

_STEPS = 4


@dataclass(slots=True)
class Progress:
    """Says what is going on, on stderr, so that results on stdout stay clean."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False
    _bar_open: bool = False
    _told: dict[str, int] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """A line."""
        if not self.quiet:
            self._close_bar()
            click.echo(text, file=self.stream)

    def step(self, label: str, done: int, total: int) -> None:
        """So many of so many; plain output gets a line for each quarter."""
        if self.quiet or total <= 0:
            return
        if self.stream.isatty():
            filled = 30 * done // total
            self.stream.write(f"\r  {label:<28.28} [{'#' * filled}{'.' * (30 - filled)}] {done:,} of {total:,}")
            self.stream.flush()
            self._bar_open = True
            if done >= total:
                self._close_bar()
            return
        quarter = _STEPS * done // total
        if quarter > self._told.get(label, 0) or done >= total:
            self._told[label] = 0 if done >= total else quarter
            click.echo(f"  {label}: {done:,} of {total:,}", file=self.stream)

    def _close_bar(self) -> None:
        if self._bar_open:
            self.stream.write("\n")
            self._bar_open = False
