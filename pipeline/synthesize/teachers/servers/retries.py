"""Computes how long to wait before a request is sent again.

Pure: the caller passes the current time, and the random part of a wait derives from the request hash. Used by the
`openai` teacher.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.identity import unit_interval

RETRIED_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Status codes of temporary failures. A request that gets any other error status is not repeated."""
COMPUTED_STATUS = frozenset({500, 504, 520, 524})
"""Those of them after which an answer may have been computed: an error or a time limit in the server or behind it. With
the others, the server was busy, starting or not reached."""
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_LAST_DOUBLING = 10
_SPREAD_SECONDS = 0.5


def backoff_seconds(*, num_tries: int, request: str) -> float:
    """Return the wait before the next try, in seconds.

    The upper bound starts at 0.5 s and doubles with each try, up to 30 s. The wait is between half of the bound and the
    bound, chosen by the request hash, so that the requests of a refused batch are not all repeated at the same moment.

    Args:
        num_tries: number of tries so far, at least 1.
        request: hash of the request.
    """
    longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(num_tries - 1, _LAST_DOUBLING))
    return longest * (0.5 + unit_interval("retry", num_tries, request) / 2)


def spread_seconds(request: str) -> float:
    """Return up to 0.5 s to add to a wait that the server requested, so that requests are not repeated all at once."""
    return _SPREAD_SECONDS * unit_interval("retry-after", request)


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """Return the wait that a `Retry-After` header requests, in seconds (RFC 9110, section 10.2.3).

    The header's value is a number of seconds or a date; a date in the past means 0. Return None if the header is
    missing or its value is neither.
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
