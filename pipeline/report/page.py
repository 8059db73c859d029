"""Renders templates to self-contained HTML files, with a shared style and shared number formats.

Takes a template's name and its values. Returns HTML that loads nothing over the network and runs no script. Values are
escaped, because documents are untrusted; only charts from `report.charts`, which escapes their labels, are inserted
unchanged. Used by the report pages for builds, training runs, evaluations and RoPE scalings.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.identity import distribution_version

REPORT_FILE = "report.html"
"""File name of the report page in an output folder."""

_MINUTE, _HOUR = 60, 3600


def render_page(template: str, **values: Any) -> str:
    """Return the HTML of a template in `report/templates`, filled with the given values."""
    return _environment().get_template(template).render(**values, version=distribution_version())


def format_count(value: float) -> str:
    """Format `16384` as `16,384`."""
    return f"{value:,.0f}"


def format_share(value: float) -> str:
    """Format `0.253` as `25%`; shares below 10% get a decimal, except 0."""
    return f"{value * 100:.1f}%" if 0 < value < 0.1 else f"{value * 100:.0f}%"


def format_plural(count: int, noun: str) -> str:
    """Format `1, "row"` as `1 row` and `2000, "row"` as `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_number(value: float) -> str:
    """Format with up to three decimals and thousands separators; very large or small numbers get an exponent.

    Numbers from 100 on have no decimals, and smaller numbers have enough decimals for about three significant digits.
    """
    magnitude = abs(value)
    if magnitude >= 1e6 or 0 < magnitude < 1e-3:
        return f"{value:.2e}"
    if magnitude >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if magnitude >= 10 else f"{value:.2f}" if magnitude >= 1 else f"{value:.3f}"


def format_tick(value: float) -> str:
    """Format an axis label: `1e4` as `10,000`, `0.5` as `0.5`, `0.00015` as `1.5e-4`."""
    if 0 < abs(value) < 1e-2:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def format_seconds(value: float) -> str:
    """Format `75.2` as `1 min 15 s`; with tenths below ten seconds, without seconds from one hour on."""
    if value < 10:
        return f"{value:.1f} s"
    seconds = round(value)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        minutes, rest = divmod(seconds, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(seconds // _MINUTE, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def format_tokens(value: int) -> str:
    """Format `16384` as `16k`; a length that is not a multiple of 1,024 is written in full."""
    return f"{value // 1024}k" if value >= 1024 and value % 1024 == 0 else f"{value:,}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": format_count,
        "share": format_share,
        "number": format_number,
        "duration": format_seconds,
        "tokens": format_tokens,
    }
    return environment
