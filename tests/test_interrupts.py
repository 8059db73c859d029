"""What signals raise, which exit code they become, and what is put back afterwards."""

from __future__ import annotations

import contextvars
import os
import signal
import threading

import pytest

from pipeline.interrupt import (
    ABANDONED,
    Terminated,
    exit_code_of,
    interrupt_of,
    interrupts_end_the_command,
    is_repeated,
    raise_if_abandoned,
    terminate_as_interrupt,
)


@pytest.mark.parametrize(
    ("number", "kind", "code"), [(signal.SIGINT, KeyboardInterrupt, 130), (signal.SIGTERM, Terminated, 143)]
)
def test_signal_becomes_an_interrupt_with_its_exit_code(number: int, kind: type[KeyboardInterrupt], code: int) -> None:
    assert type(interrupt_of(number)) is kind
    assert exit_code_of(interrupt_of(number)) == code


@pytest.mark.parametrize(
    ("number", "seconds", "expected"),
    [
        (signal.SIGINT, 0.0, True),
        (signal.SIGINT, 60.0, True),
        (signal.SIGTERM, 0.0, False),
        (signal.SIGTERM, 4.99, False),
        (signal.SIGTERM, 5.0, True),
    ],
)
def test_second_ctrl_c_counts_at_once_and_a_second_termination_after_five_seconds(
    number: int, seconds: float, expected: bool
) -> None:
    assert is_repeated(number, seconds_since_first=seconds) is expected


@pytest.mark.parametrize("block", [terminate_as_interrupt, interrupts_end_the_command])
def test_termination_raises_within_the_block_and_handlers_are_put_back(block) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with pytest.raises(Terminated), block():
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    assert {number: signal.getsignal(number) for number in before} == before


def test_second_termination_soon_after_the_first_does_nothing() -> None:
    with interrupts_end_the_command():
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        with pytest.raises(Terminated):
            handler(signal.SIGTERM, None)
        handler(signal.SIGTERM, None)


@pytest.mark.parametrize("block", [terminate_as_interrupt, interrupts_end_the_command])
def test_other_threads_leave_the_handlers_alone(block) -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def inside() -> None:
        with block():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [before]


def test_work_that_nobody_waits_for_is_interrupted() -> None:
    raise_if_abandoned()
    abandoned = threading.Event()
    context = contextvars.copy_context()
    context.run(ABANDONED.set, abandoned)
    context.run(raise_if_abandoned)
    abandoned.set()
    with pytest.raises(KeyboardInterrupt):
        context.run(raise_if_abandoned)
    raise_if_abandoned()
