"""Turns SIGINT and SIGTERM into a request to stop before the next pack, so that no finished step is lost.

Outside the training loop, both signals end a command at once, because there is nothing to save (`pipeline.interrupt`).
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
    """A stop request that a signal sets and the training loop checks before each pack (`train.loop.stopping`)."""

    def __init__(self) -> None:
        self.is_set = False
        self._number: int = signal.SIGINT

    def set(self, number: int = signal.SIGINT) -> None:
        """Request a stop, as a signal does."""
        self.is_set, self._number = True, number

    def interrupt(self) -> KeyboardInterrupt:
        """Return the exception for the received signal, or the one for SIGINT if a different process received it."""
        return interrupt_of(self._number)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Yield a request that the first SIGINT or SIGTERM sets; a second signal is handled as it was before the block.

    A SIGTERM within `SAME_REQUEST_SECONDS` of the first signal does not count as a second signal. A SIGINT always
    counts, because a person sends it. Python delivers no signals to threads other than the main thread, so there the
    request is never set.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    requested_at: float | None = None

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal requested_at
        now = time.monotonic()
        if requested_at is None:
            requested_at = now
            request.set(number)
        elif is_repeated(number, seconds_since_first=now - requested_at):
            restore()
            signal.raise_signal(number)

    for number in previous:
        signal.signal(number, on_signal)
    try:
        yield request
    finally:
        restore()
