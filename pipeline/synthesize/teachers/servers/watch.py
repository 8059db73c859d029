"""Whether a teacher's server answers, shared by every request in flight, and when it is time to give up.

A server that restarts is waited for; a server that refuses everything, or stays away, must not cost the wait again and
again. Nothing but an answer starts the counts afresh. Requests are given up when, since the last answer,

- the server could not be reached for `max_wait_seconds`, or
- the first batch of a run failed, all of it in the same way, or
- two batches' worth of requests failed in a row, or two windows of requests (see `close_window`) failed throughout.

Used by the `openai` and `replay` teachers and by `synthesize.asking_servers`; thread-safe.
"""

from __future__ import annotations

import logging
import threading
import time

logger = logging.getLogger(__name__)

_QUIET_SECONDS = 5.0
"""An outage that ends sooner is not logged."""
_BATCHES = 2
_WINDOWS = 2


class ServerWatch:
    """One a teacher; `max_wait_seconds` is the recipe's, a batch is what is in flight together."""

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
        """Whether nothing more is to be asked in this run."""
        return self._given_up.is_set()

    def give_up(self) -> None:
        """End every wait and let nothing more be asked."""
        self._given_up.set()

    def open_window(self, num_requests: int) -> None:
        """Say how many requests are about to be settled together."""
        with self._lock:
            self._window_size = num_requests

    def close_window(self, *, num_answered: int, num_failed: int, num_cached: int) -> None:
        """Say how they ended.

        A window that fails throughout speaks against the server if it was waited for, or if none of its requests was
        answered in an earlier run; else it holds the few requests that this server always refuses.
        """
        with self._lock:
            if num_failed and not num_answered and (self._silent_since is not None or not num_cached):
                self._num_failed_windows += 1
                if self._num_failed_windows >= _WINDOWS:
                    self.give_up()

    def found_answer(self) -> None:
        """An answer of an earlier run was found: the server is one that does answer such requests."""
        with self._lock:
            self._has_answered = True

    def answered(self) -> None:
        """The server answered; all counts start afresh."""
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
        """A request failed for good."""
        with self._lock:
            self._num_failed += 1
            self._kinds.add(kind)
            first_batch = max(2, min(self._batch_size, self._window_size))
            is_first = not self._has_answered and len(self._kinds) == 1 and self._num_failed >= first_batch
            if is_first or self._num_failed >= _BATCHES * self._batch_size:
                self.give_up()

    def failed_try(self, words: str, *, started: float, is_unreachable: bool) -> None:
        """A try failed and may be repeated; `started` is when it was sent, of `time.monotonic`."""
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
        """Whether any request was answered after a moment of `time.monotonic`."""
        return self._last_answer > moment

    def pause(self, seconds: float) -> None:
        """Send nothing for a while, because the server asked for it."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def wait_out_pause(self) -> None:
        """Return when requests may be sent, or when the watch has given up."""
        while not self.gave_up and (left := self._paused_until - time.monotonic()) > 0:
            self.wait(left)

    def wait(self, seconds: float) -> bool:
        """Sleep until the time is over or the watch gives up; returns whether it gave up."""
        return self._given_up.wait(max(0.0, seconds))

    def seconds_left(self) -> int | None:
        """Seconds for which the server will still be waited for; None while it answers."""
        silent_since = self._silent_since
        if silent_since is None or self.gave_up or time.monotonic() - silent_since < _QUIET_SECONDS:
            return None
        return max(0, round(silent_since + self._max_wait_seconds - time.monotonic()))
