from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.teachers.servers.retries import backoff_seconds, retry_after_seconds, spread_seconds

NOW = datetime(2030, 5, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("20", 20.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime((NOW + timedelta(seconds=90)).astimezone(timezone(timedelta(hours=9)))), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Wed, 99 May 2030 99:00:00 GMT", None),
    ],
)
def test_retry_after_seconds_reads_numbers_and_dates(value, seconds):
    assert retry_after_seconds(value, now=NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_seconds_never_fails_and_is_never_negative(value):
    assert (retry_after_seconds(value, now=NOW) or 0.0) >= 0.0


def test_backoff_seconds_doubles_to_a_limit_and_depends_on_the_request():
    waits = [backoff_seconds(num_tries=number, request="r") for number in range(1, 40)]
    assert 0.25 <= waits[0] <= 0.5
    assert all(2.0**number / 4 <= wait <= 2.0**number / 2 for number, wait in zip(range(6), waits, strict=False))
    assert all(15 <= wait <= 30 for wait in waits[7:])
    assert len({backoff_seconds(num_tries=1, request=str(i)) for i in range(50)}) == 50
    assert backoff_seconds(num_tries=3, request="r") == waits[2]
    assert 0.0 <= spread_seconds("r") < 0.5
