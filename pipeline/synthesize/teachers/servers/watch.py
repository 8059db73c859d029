"""Watch whether a teacher's server answers, and decide when to give up. All requests in flight share one watch.

The watch waits for a server that restarts. For a server that refuses everything or stays unreachable, it must not wait
again for each request. Only an answer resets the counts. The watch gives up if, since the last answer,

- the server could not be reached for `max_wait_seconds`, or
- all requests of the first batch of a run failed in the same way, or
- as many requests as two batches hold failed in a row, or all requests of two windows failed (see `close_window`).

Used by the `openai` and `replay` teachers and by `synthesize.asking_servers`; thread-safe.
"""

from __future__ import annotations

import logging
import threading
import time

logger = logging.getLogger(__name__)

_QUIET_SECONDS = 5.0
"""Shortest outage that is logged."""
_BATCHES = 2
_WINDOWS = 2


class ServerWatch:
    """The watch of one teacher; `max_wait_seconds` is from the recipe, a batch is the requests in flight at a time."""

    def __init__(self, *, address: str, max_wait_seconds: float, batch_size: int) -> None:
        self._address = address
        self._max_wait_seconds = max_wait_seconds
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._given_up = threading.Event()
        self._has_answered = False
        self._last_answer = time.monotonic()
        self._silent_since: float | None = None
        self._unreachable_since: float | None = None
        self._paused_until = 0.0
        self._num_failed = 0
        self._kinds: set[str] = set()
        self._num_failed_windows = 0
        self._window_size = 0
        self._is_logged = False

    @property
    def gave_up(self) -> bool:
        """Whether this run sends no more requests."""
        return self._given_up.is_set()

    def give_up(self) -> None:
        """End every wait, and send no more requests."""
        self._given_up.set()

    def open_window(self, num_requests: int) -> None:
        """Record the number of requests in the next window."""
        with self._lock:
            self._window_size = num_requests

    def close_window(self, *, num_answered: int, num_failed: int, num_cached: int) -> None:
        """Record the outcome of the window's requests.

        A window without an answer counts as failed if the server did not answer for a while, or if the cache held no
        answer to its requests. Otherwise its requests may be the few that this server always refuses.
        """
        with self._lock:
            if num_failed and not num_answered and (self._silent_since is not None or not num_cached):
                self._num_failed_windows += 1
                if self._num_failed_windows >= _WINDOWS:
                    self.give_up()

    def found_answer(self) -> None:
        """Record that an answer of an earlier run was found, so the server can answer such requests."""
        with self._lock:
            self._has_answered = True

    def answered(self) -> None:
        """Record an answer and reset all counts."""
        with self._lock:
            now = time.monotonic()
            if self._is_logged and self._silent_since is not None:
                logger.warning("%s answers again after %.0f s.", self._address, now - self._silent_since)
            self._has_answered = True
            self._last_answer = now
            self._silent_since = self._unreachable_since = None
            self._is_logged = False
            self._num_failed = self._num_failed_windows = 0
            self._kinds.clear()

    def failed(self, kind: str) -> None:
        """Record a request that failed for good."""
        with self._lock:
            self._num_failed += 1
            self._kinds.add(kind)
            first_batch = max(2, min(self._batch_size, self._window_size))
            is_first = not self._has_answered and len(self._kinds) == 1 and self._num_failed >= first_batch
            if is_first or self._num_failed >= _BATCHES * self._batch_size:
                self.give_up()

    def failed_try(self, words: str, *, started: float, is_unreachable: bool) -> None:
        """Record a failed try that may be repeated; `started` is the time when it was sent, by `time.monotonic`."""
        with self._lock:
            now = time.monotonic()
            began = max(started, self._last_answer)
            self._silent_since = self._silent_since or began
            self._unreachable_since = (self._unreachable_since or began) if is_unreachable else None
            if self._unreachable_since is not None and now - self._unreachable_since >= self._max_wait_seconds:
                self.give_up()
            elif not self._is_logged and now - self._silent_since >= _QUIET_SECONDS:
                self._is_logged = True
                left = max(0.0, self._silent_since + self._max_wait_seconds - now)
                logger.warning("%s does not answer (%s); trying again for up to %.0f s.", self._address, words, left)

    def has_answered_since(self, moment: float) -> bool:
        """Return whether any request was answered after `moment`, a time of `time.monotonic`."""
        return self._last_answer > moment

    def pause(self, seconds: float) -> None:
        """Send nothing for some seconds, because the server asked for a pause."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def wait_out_pause(self) -> None:
        """Wait until requests may be sent or the watch gives up."""
        while not self.gave_up and (left := self._paused_until - time.monotonic()) > 0:
            self.wait(left)

    def wait(self, seconds: float) -> bool:
        """Sleep until the time is over or the watch gives up, and return whether it gave up."""
        return self._given_up.wait(max(0.0, seconds))

    def seconds_left(self) -> int | None:
        """Return the seconds left to wait for the server; None while it answers."""
        silent_since = self._silent_since
        if silent_since is None or self.gave_up or time.monotonic() - silent_since < _QUIET_SECONDS:
            return None
        return max(0, round(silent_since + self._max_wait_seconds - time.monotonic()))
