"""Watches whether a teacher's server answers, and decides when to give up. All requests in flight share one watch.

A server that restarts is worth waiting for. If a server refuses every request or stays unreachable, the wait must not
be repeated for each request. A *batch* is as many requests as are in flight at a time. A *window* is all requests of
one call of `ask_server`. The watch gives up when

- nothing was answered for `max_wait_seconds`, and every repeatable failure in that time was a failure to connect,
- the server and the cache have answered no request, and the first batch (at least two requests) failed in the same way,
- two batches of requests have failed since the last answer, or
- two windows have failed since the last answer (see `close_window`).

Used by the `openai` and `replay` teachers and by `synthesize.asking_servers`. Thread-safe.
"""

from __future__ import annotations

import logging
import threading
import time

logger = logging.getLogger(__name__)

_QUIET_SECONDS = 5.0
"""Shortest outage that is logged or shown."""
_MAX_FAILED_BATCHES = 2
_MAX_FAILED_WINDOWS = 2


class ServerWatch:
    """The watch over one teacher's server.

    Args:
        address: the server's address, for log lines.
        max_wait_seconds: maximum time to wait for an unreachable server, from the recipe.
        batch_size: number of requests in flight at a time.
    """

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
        self._failure_kinds: set[str] = set()
        self._num_failed_windows = 0
        self._window_size = 0
        self._is_logged = False

    @property
    def gave_up(self) -> bool:
        """Whether this run sends no more requests."""
        return self._given_up.is_set()

    def give_up(self) -> None:
        """End every wait and stop sending requests."""
        self._given_up.set()

    def open_window(self, num_requests: int) -> None:
        """Record the number of requests in the next window."""
        with self._lock:
            self._window_size = num_requests

    def close_window(self, *, num_answered: int, num_failed: int, num_cached: int) -> None:
        """Record the outcome of the window's requests: how many were answered, failed, or found in the cache.

        A window counts as failed if requests failed, none were answered, and either a repeatable try has failed since
        the last answer or none were found in the cache. Otherwise the failed requests may be the few that this server
        always refuses.
        """
        with self._lock:
            if num_failed and not num_answered and (self._silent_since is not None or not num_cached):
                self._num_failed_windows += 1
                if self._num_failed_windows >= _MAX_FAILED_WINDOWS:
                    self.give_up()

    def found_answer(self) -> None:
        """Record that the cache has an answer, which shows that the server can answer. Does not reset the counts."""
        with self._lock:
            self._has_answered = True

    def answered(self) -> None:
        """Record an answer from the server and reset all counts."""
        with self._lock:
            now = time.monotonic()
            if self._is_logged and self._silent_since is not None:
                logger.warning("%s answers again after %.0f s.", self._address, now - self._silent_since)
            self._has_answered = True
            self._last_answer = now
            self._silent_since = self._unreachable_since = None
            self._is_logged = False
            self._num_failed = self._num_failed_windows = 0
            self._failure_kinds.clear()

    def failed(self, kind: str) -> None:
        """Record a request that is not tried again; `kind` is its failure kind (`failure_kind`)."""
        with self._lock:
            self._num_failed += 1
            self._failure_kinds.add(kind)
            first_batch = max(2, min(self._batch_size, self._window_size))
            all_alike = not self._has_answered and len(self._failure_kinds) == 1 and self._num_failed >= first_batch
            if all_alike or self._num_failed >= _MAX_FAILED_BATCHES * self._batch_size:
                self.give_up()

    def failed_try(self, words: str, *, started: float, is_unreachable: bool) -> None:
        """Record a failed try that may be repeated.

        Args:
            words: the server's words or the connection error, for the log.
            started: when the try was sent, by `time.monotonic`.
            is_unreachable: whether no connection to the server could be made.
        """
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
        """Return whether any request was answered after `moment`, by `time.monotonic`."""
        return self._last_answer > moment

    def pause(self, seconds: float) -> None:
        """Make `wait_out_pause` wait this long from now, because the server asked for a pause."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def wait_out_pause(self) -> None:
        """Wait until the pause ends or the watch gives up."""
        while not self.gave_up and (left := self._paused_until - time.monotonic()) > 0:
            self.wait(left)

    def wait(self, seconds: float) -> bool:
        """Wait for some seconds, or until the watch gives up; return whether it gave up."""
        return self._given_up.wait(max(0.0, seconds))

    def seconds_left(self) -> int | None:
        """Return how many seconds are left to wait for a silent server, at least 0.

        Return None while the server answers, in the first five seconds of an outage, and after the watch gave up.
        """
        silent_since = self._silent_since
        if silent_since is None or self.gave_up or time.monotonic() - silent_since < _QUIET_SECONDS:
            return None
        return max(0, round(silent_since + self._max_wait_seconds - time.monotonic()))
