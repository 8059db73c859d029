"""SIGINT and SIGTERM as a request to stop before the next pack, so that no step that was taken is lost.

Outside the loop there is nothing to save: there SIGTERM ends a command as SIGINT does, and the command exits with 130.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SAME_REQUEST_SECONDS = 5.0
"""A scheduler's SIGTERM to the whole process group comes a second time from torchrun, which passes its own on."""


class StopRequest:
    """Set by a signal, read between packs (`train.stopping`)."""

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        """Ask for a stop."""
        self.is_set = True


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """While the block runs, the first SIGINT or SIGTERM sets the request; the second acts as before the block.

    A SIGTERM within `_SAME_REQUEST_SECONDS` of the first signal is no second one; a SIGINT always is, somebody presses
    the keys. Outside the main thread, where Python delivers no signals, the request is never set.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    asked_at: float | None = None

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked_at
        now = time.monotonic()
        if asked_at is None:
            asked_at = now
            request.set()
        elif number == signal.SIGINT or now - asked_at >= _SAME_REQUEST_SECONDS:
            restore()
            signal.raise_signal(number)

    for number in previous:
        signal.signal(number, on_signal)
    try:
        yield request
    finally:
        restore()


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """While the block runs, SIGTERM raises KeyboardInterrupt, as SIGINT does; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
