"""SIGINT and SIGTERM as a request to stop before the next pack, so that no step that was taken is lost.

Outside the loop there is nothing to save: there both end a command at once (`pipeline.interrupt`).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.interrupt import interrupt_of, is_repeated


class StopRequest:
    """Set by a signal, read between packs (`train.loop.stopping`)."""

    def __init__(self) -> None:
        self.is_set = False
        self._number: int = signal.SIGINT

    def set(self, number: int = signal.SIGINT) -> None:
        """Ask for a stop, as a signal does."""
        self.is_set, self._number = True, number

    def interrupt(self) -> KeyboardInterrupt:
        """What the signal means to the command; that of SIGINT where another process got it."""
        return interrupt_of(self._number)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """While the block runs, the first SIGINT or SIGTERM sets the request; the second acts as before the block.

    A SIGTERM within `SAME_REQUEST_SECONDS` of the first signal is no second one; a SIGINT always is, somebody presses
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
            request.set(number)
        elif is_repeated(number, seconds_since_first=now - asked_at):
            restore()
            signal.raise_signal(number)

    for number in previous:
        signal.signal(number, on_signal)
    try:
        yield request
    finally:
        restore()
