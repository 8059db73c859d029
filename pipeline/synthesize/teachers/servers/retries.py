"""Compute how long to wait before a request is sent again. Pure: the caller passes the current time."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.identity import unit_interval

RETRIED_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Status codes of failures that may pass; every other error status is final."""
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LAST_DOUBLING = 10
_SPREAD_SECONDS = 0.5


def backoff_seconds(*, num_tries: int, request: str) -> float:
    """Return the wait before the next try, in seconds.

    Waits double up to 30 s. The request's hash spreads them, so that the requests of a refused batch do not all return
    at once.
    """
    longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(num_tries - 1, _LAST_DOUBLING))
    return longest * (0.5 + unit_interval("retry", num_tries, request) / 2)


def spread_seconds(request: str) -> float:
    """Return up to half a second to add to a wait that the server asked many requests for at once."""
    return _SPREAD_SECONDS * unit_interval("retry-after", request)


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, section 10.2.3), or None.

    The header may hold a number or a date; None means that it holds neither.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, OverflowError):
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
