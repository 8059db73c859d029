"""SIGINT and SIGTERM as a request to stop before the next pack, so that no step that was taken is lost.

Outside the loop there is nothing to save: there SIGTERM ends a command as SIGINT does, and the command exits with 130.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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

    Outside the main thread, where Python delivers no signals, the request is never set.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def on_signal(number: int, frame: FrameType | None) -> None:
        request.set()
        restore()

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
