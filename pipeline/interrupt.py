"""Interrupts: what Ctrl-C and SIGTERM raise, and how a command answers a second one.

In: signals. Out: `KeyboardInterrupt` for SIGINT and `Terminated`, which is one, for SIGTERM. Used by the command line,
which turns them into exit codes 130 and 143, and by the trainer, which finishes what it can save first.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

from pipeline.processes import end_descendants

GO_ON = "Interrupted. Run the same command again to go on."

SAME_REQUEST_SECONDS = 5.0
"""A scheduler's SIGTERM to the whole process group comes a second time from torchrun, which passes its own on."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

ABANDONED: ContextVar[threading.Event | None] = ContextVar("ABANDONED", default=None)
"""Of a thread that works for another one: set once that one was interrupted and no longer waits."""


def raise_if_abandoned() -> None:
    """Called between items by work that may run in another thread than the one that signals reach.

    Raises:
        KeyboardInterrupt: nobody waits for the work any longer.
    """
    abandoned = ABANDONED.get()
    if abandoned is not None and abandoned.is_set():
        raise KeyboardInterrupt


class Terminated(KeyboardInterrupt):
    """SIGTERM; everything that treats Ctrl-C well treats this well."""


def interrupt_of(number: int) -> KeyboardInterrupt:
    """What a signal raises."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


def exit_code_of(interrupt: KeyboardInterrupt) -> int:
    """143 after SIGTERM, else 130."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


def is_repeated(number: int, *, seconds_since_first: float) -> bool:
    """Whether a signal after the first is a second request: every Ctrl-C is, a SIGTERM within five seconds is not."""
    return number == signal.SIGINT or seconds_since_first >= SAME_REQUEST_SECONDS


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """While the block runs, SIGTERM raises `Terminated`; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise interrupt_of(number)

    previous = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def interrupts_end_the_command() -> Iterator[None]:
    """While the block runs, the first SIGINT or SIGTERM raises in the main thread; a second ends the process at once.

    Outside the main thread, where Python delivers no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first_at: float | None = None

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal first_at
        now = time.monotonic()
        if first_at is None:
            first_at = now
            raise interrupt_of(number)
        if is_repeated(number, seconds_since_first=now - first_at):
            end_at_once(number)

    previous = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def interrupts_end_at_once() -> None:
    """From now on SIGINT and SIGTERM end the process without a traceback: before a command begins, and after it."""
    for number in _SIGNALS:
        signal.signal(number, lambda received, _: end_at_once(received))


def end_at_once(number: int) -> None:
    """End this process and every process below it, as an interrupt does, and clean up nothing."""
    os.write(2, f"\n{GO_ON}\n".encode())
    end_descendants()
    os._exit(exit_code_of(interrupt_of(number)))
