"""Pages from templates: one file each, autoescaped, under a strict content security policy."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from reports import numbers
from reports.safety import one_line, visible
from reports.strength import strength_table

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(template: str, **values: object) -> str:
    """The page of a template in ``reports/templates``."""
    return _environment().get_template(template).render(**values)


def marked(text: str, verbatim: Iterable[str]) -> Markup:
    """The text escaped, with the parts that quote somebody wrapped as such."""
    quoted = str(escape(text))
    for part in verbatim:
        shown = str(escape(part))
        quoted = quoted.replace(shown, f'<span data-verbatim="">{shown}</span>', 1)
    return Markup(quoted)  # noqa: S704  (both halves are escaped above)


class _Templates(BaseLoader):
    """Reads templates out of the package, wherever it is installed."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        entry = files("reports").joinpath("templates", template)
        if not entry.is_file():
            raise TemplateNotFound(template)
        return entry.read_text(encoding="utf-8"), None, None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_Templates(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        day=numbers.day,
        decimal=numbers.decimal,
        marked=marked,
        one_line=one_line,
        percent=numbers.percent,
        plural=numbers.plural,
        visible=visible,
        whole=numbers.whole,
    )
    environment.globals.update(csp=CSP, strength_table=strength_table())
    return environment
