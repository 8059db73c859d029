"""Signals as requests to stop."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pipeline.train.interrupt import StopRequest, stop_on_signals, terminate_as_interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_asks_for_a_stop_and_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert not stop.is_set
        os.kill(os.getpid(), number)
        assert stop.is_set
    assert signal.getsignal(number) is before


def test_termination_outside_the_loop_is_an_interrupt_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminate_as_interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_second_termination_within_the_loop_ends_the_command_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), terminate_as_interrupt(), stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set
        os.kill(os.getpid(), signal.SIGTERM)


def test_second_interrupt_acts_as_usual() -> None:
    with pytest.raises(KeyboardInterrupt), stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set
        os.kill(os.getpid(), signal.SIGINT)


def test_other_threads_get_a_request_that_is_never_set() -> None:
    seen: list[StopRequest] = []

    def work() -> None:
        with stop_on_signals() as stop:
            seen.append(stop)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [stop.is_set for stop in seen] == [False]
