"""What Ctrl-C and SIGTERM raise, and how a command reacts to a second signal.

SIGINT raises `KeyboardInterrupt`, and SIGTERM raises its subclass `Terminated`. Used by the command line, which turns
these exceptions into the exit codes 130 and 143, by the trainer, which first saves a checkpoint, and by the threads of
a build.
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
"""A second SIGTERM within this time repeats the same request: when a scheduler signals a whole process group, a process
receives its own SIGTERM and the one that torchrun forwards."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

ABANDONED: ContextVar[threading.Event | None] = ContextVar("ABANDONED", default=None)
"""Set in a thread for which a different thread waits. The event is set when the waiting thread is interrupted."""


def raise_if_abandoned() -> None:
    """Raise if the thread that waits for this work was interrupted. Called between items, in threads that
    receive no signals.

    Raises:
        KeyboardInterrupt: the waiting thread was interrupted.
    """
    abandoned = ABANDONED.get()
    if abandoned is not None and abandoned.is_set():
        raise KeyboardInterrupt


class Terminated(KeyboardInterrupt):
    """A SIGTERM arrived. Code that catches `KeyboardInterrupt` catches this too."""


def interrupt_of(number: int) -> KeyboardInterrupt:
    """Return the exception that a signal raises."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


def exit_code_of(interrupt: KeyboardInterrupt) -> int:
    """Return 143 for SIGTERM, otherwise 130."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


def is_repeated(number: int, *, seconds_since_first: float) -> bool:
    """Return whether a later signal is a second request: every Ctrl-C is; a SIGTERM within five seconds is not."""
    return number == signal.SIGINT or seconds_since_first >= SAME_REQUEST_SECONDS


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Make SIGTERM raise `Terminated` while the block runs. Outside the main thread, change nothing."""
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
    """Make the first SIGINT or SIGTERM raise while the block runs, and a second request end the process at once.

    `is_repeated` decides whether a later signal is a second request.

    Outside the main thread, where Python delivers no signals, change nothing.
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
    """Make SIGINT and SIGTERM end the process without a traceback. This applies before a command runs and after it."""
    for number in _SIGNALS:
        signal.signal(number, lambda received, _: end_at_once(received))


def end_at_once(number: int) -> None:
    """End this process and its descendants without cleaning up; exit with the code of the interrupt."""
    os.write(2, f"\n{GO_ON}\n".encode())
    end_descendants()
    os._exit(exit_code_of(interrupt_of(number)))
