"""How a command answers a second signal."""

from __future__ import annotations

import signal

import pytest

from pipeline.interrupt import SAME_REQUEST_SECONDS, exit_code_of, interrupt_of, is_repeated


@pytest.mark.parametrize(
    ("number", "seconds", "expected"),
    [
        (signal.SIGINT, 0.0, True),
        (signal.SIGINT, SAME_REQUEST_SECONDS, True),
        (signal.SIGTERM, 0.0, False),
        (signal.SIGTERM, SAME_REQUEST_SECONDS - 0.01, False),
        (signal.SIGTERM, SAME_REQUEST_SECONDS, True),
    ],
)
def test_every_second_ctrl_c_counts_and_a_sigterm_after_five_seconds(
    number: signal.Signals, seconds: float, expected: bool
) -> None:
    assert is_repeated(number, seconds_since_first=seconds) is expected


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_exit_code_is_that_of_the_signal(number: signal.Signals, code: int) -> None:
    assert exit_code_of(interrupt_of(number)) == code
