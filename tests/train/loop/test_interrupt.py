"""Signals as requests to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from pipeline.interrupt import Terminated, exit_code_of, terminate_as_interrupt
from pipeline.train.loop.interrupt import StopRequest, stop_on_signals


@pytest.fixture(autouse=True)
def interrupts_act_as_usual() -> Iterator[None]:
    """A job that a shell runs in the background inherits SIGINT ignored."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_asks_for_a_stop_and_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert not stop.is_set
        os.kill(os.getpid(), number)
        assert stop.is_set
        assert exit_code_of(stop.interrupt()) == 128 + number
    assert signal.getsignal(number) is before


def test_termination_outside_the_loop_is_an_interrupt_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), terminate_as_interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_termination_repeated_within_seconds_is_the_same_request(first: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with terminate_as_interrupt():
        outside = signal.getsignal(signal.SIGTERM)
        with stop_on_signals() as stop:
            os.kill(os.getpid(), first)
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGTERM)
            assert stop.is_set
        assert signal.getsignal(signal.SIGTERM) is outside
    assert signal.getsignal(signal.SIGTERM) is before


def test_second_termination_later_within_the_loop_ends_the_command_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with pytest.raises(KeyboardInterrupt), terminate_as_interrupt(), stop_on_signals() as stop:
        for seconds in (0.0, 4.9, 0.1, 1.0):
            now += seconds
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.is_set
    assert now == 105.0


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_after_a_request_acts_as_usual_at_once(first: signal.Signals) -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), stop_on_signals() as stop:
        os.kill(os.getpid(), first)
        reached.append(stop.is_set)
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(None)
    assert reached == [True]


def test_other_threads_get_a_request_that_is_never_set() -> None:
    seen: list[StopRequest] = []

    def work() -> None:
        with stop_on_signals() as stop:
            seen.append(stop)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [stop.is_set for stop in seen] == [False]
