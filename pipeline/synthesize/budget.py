"""The budget of one run of a build: how many requests it may still send, and at what cost.

Shards run in several processes, on several machines, and one budget holds for all of them. It is a small file in the
build folder. A process takes a part of what is left in the file (`_CLAIM_SHARE`), spends it, takes the next part, and
returns the rest when it has asked the requests of a window. Two processes never take the same part, because the file
is replaced only if it has not changed (`io.lease_store`), and each process writes bytes of its own, so that it cannot
take another's write for its own. A process that outlives its run cannot change the file of the next run, which has
another run id. Parts get smaller towards the end.

Before a request is sent, the most that it can cost is set aside; when its answer is there, the real cost is counted.
What was set aside is counted if the server does not say what the answer took, or if the request failed after it was
sent; see `prices.billed_tokens`. If the rest is too small for the next request, the process waits until its requests in
flight are counted.

Worst overshoot: no requests for a server. A batch of a teacher in this process is sent whole, so each process may send
up to one batch less one request too many. A cost is overshot if requests cost more than was set aside: a prompt has
more tokens than a third of its bytes, or the server counts more answer tokens than `max_answer_tokens`. That is at most
the excess of the requests in flight. `teachers.openai` repeats a request after a timeout or a temporary failure: a try
that the server may have computed, such as one that timed out, counts as a request of its own, at the most that it can
cost, and the next try needs room in the budget. A try that did not reach the server, or that it refused because it was
busy (429, 503), does not count. A run that stops may leave up to `_CLAIM_SHARE` of the limit unused for each process.

Cost: two small reads or writes of the file for each part and window; without limits, nothing.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace

from pipeline.config.limits import RunLimits
from pipeline.config.prices import PriceOptions
from pipeline.errors import DamagedFileError, FolderLostError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.lease_store import open_store
from pipeline.io.uploads import ABSENT
from pipeline.synthesize.prices import billed_tokens, cost, most_tokens
from pipeline.synthesize.teachers.protocol import TeacherReply, TeacherRequest

_CLAIM_SHARE = 1 / 64
"""The share of what is left that a process takes at a time."""
_WAIT_SECONDS = 0.5
"""How often a waiting request looks whether the run has ended."""


@dataclass(frozen=True, slots=True)
class Spending:
    """An amount of requests and money."""

    requests: int = 0
    cost: float = 0.0

    def __add__(self, other: Spending) -> Spending:
        return Spending(self.requests + other.requests, self.cost + other.cost)

    def __sub__(self, other: Spending) -> Spending:
        return Spending(self.requests - other.requests, self.cost - other.cost)


@contextmanager
def run_budget(folder: BuildFolder, limits: RunLimits) -> Iterator[None]:
    """Keep a budget file in the build folder while the block runs, if there are limits. Remove one of a killed run."""
    files.remove_file(folder.budget)
    if not limits.is_set:
        yield
        return
    files.make_folder(folder.budget.rsplit("/", 1)[0])
    version = open_store(folder.budget).swap(ABSENT, _encoded(_Stand(secrets.token_hex(8), limits)))
    assert version is not None, "the file was removed just before"
    try:
        yield
    finally:
        with suppress(FolderLostError):  # the next run removes it
            files.remove_file(folder.budget)


def read_spending(folder: BuildFolder) -> Spending:
    """Return what the run has spent. Exact when no shard is running; otherwise parts that are taken count as spent."""
    return _read(folder.budget).spent


def least_refused_cost(folder: BuildFolder) -> float | None:
    """Return what was to be set aside for the cheapest request that was not sent; None if there is none.

    Only a run with a limit of its cost, which is at least this amount, can send one of these requests.
    """
    return _read(folder.budget).least_refused


def open_budget(folder: BuildFolder, prices: PriceOptions) -> TeacherBudget | None:
    """Return one shard's access to the run's budget, for one teacher; None if the run has no limits."""
    if not files.exists(folder.budget):
        return None
    return TeacherBudget(_Budget(folder.budget), prices)


class TeacherBudget:
    """The budget as the requests to one teacher see it."""

    def __init__(self, budget: _Budget, prices: PriceOptions) -> None:
        self._budget = budget
        self._prices = prices

    def set_aside(
        self, requests: Sequence[TeacherRequest], *, is_over: Callable[[], bool] = lambda: False
    ) -> Spending | None:
        """Set aside what requests that are sent together can cost. Return None if too little is left to send them.

        Waits while requests in flight may turn out to cost less than was set aside for them.

        Args:
            requests: the requests; several are sent whole as soon as one of them may be sent.
            is_over: returns whether the run has ended, so that waiting is no use.
        """
        need = Spending(1, cost(most_tokens(requests), self._prices) or 0.0)
        return need if self._budget.set_aside(need, is_over) else None

    def count(self, aside: Spending, requests: Sequence[TeacherRequest], replies: Sequence[TeacherReply]) -> None:
        """Count what requests may cost now that their replies are there, instead of what was set aside for them."""
        billed = cost(billed_tokens(requests, replies), self._prices) or 0.0
        self._budget.count(aside, Spending(len(replies), billed))

    def count_unknown(self, aside: Spending) -> None:
        """Count what was set aside as spent, because it is not known what the request has cost."""
        self._budget.count(aside, aside)

    def give_back(self) -> None:
        """Return what is not spent, so that other processes may spend it."""
        self._budget.give_back()


@dataclass(frozen=True, slots=True)
class _Stand:
    """What the file says."""

    run: str
    """A random string that is different for each run."""
    limits: RunLimits
    spent: Spending = Spending()
    least_refused: float | None = None
    """The cost that was to be set aside for the cheapest request that was refused, if the cost is limited."""


class _Budget:
    """What one process has taken from the file, and what it has spent of that. Thread-safe."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._store = open_store(path)
        stand = _decoded(path, self._store.read().content)
        self._run, self._limits = stand.run, stand.limits
        self._least_refused = stand.least_refused
        self._taken = Spending()
        self._spent = Spending()
        """With what is set aside for requests in flight."""
        self._num_in_flight = 0
        self._changed = threading.Condition()

    def set_aside(self, need: Spending, is_over: Callable[[], bool]) -> bool:
        with self._changed:
            while not self._has(need):
                only_cost_is_missing = self._limits.max_requests is None or self._missing(need).requests <= 0
                if not only_cost_is_missing or not self._num_in_flight or is_over():
                    self._note_refused(need)
                    return False
                self._changed.wait(_WAIT_SECONDS)
            self._spent += need
            self._num_in_flight += 1
            return True

    def count(self, aside: Spending, real: Spending) -> None:
        with self._changed:
            self._spent += real - aside
            self._num_in_flight -= 1
            self._changed.notify_all()

    def give_back(self) -> None:
        with self._changed:
            unspent = self._taken - self._spent
            with suppress(DamagedFileError, FolderLostError):  # the run has ended, and this thread was left behind
                self._change(lambda stand: replace(stand, spent=stand.spent - unspent))
            self._taken = self._spent = Spending()

    def _has(self, need: Spending) -> bool:
        """Return whether this process has enough for a request, after taking more from the file if it must."""
        if not self._is_enough(need):
            missing = self._missing(need)
            before = after = Spending()

            def take(stand: _Stand) -> _Stand:
                nonlocal before, after
                before, after = stand.spent, _after_taking(missing, stand.limits, stand.spent)
                return replace(stand, spent=after)

            self._change(take)
            self._taken += after - before
        return self._is_enough(need)

    def _is_enough(self, need: Spending) -> bool:
        missing = self._missing(need)
        has_requests = self._limits.max_requests is None or missing.requests <= 0
        return has_requests and (self._limits.max_cost is None or missing.cost <= 0)

    def _missing(self, need: Spending) -> Spending:
        return self._spent + need - self._taken

    def _note_refused(self, need: Spending) -> None:
        """Write down the cost of a request that is not sent, if it is the cheapest so far."""
        is_cheapest = self._least_refused is None or need.cost < self._least_refused
        if self._limits.max_cost is None or not is_cheapest:
            return
        self._least_refused = need.cost

        def note(stand: _Stand) -> _Stand:
            known = need.cost if stand.least_refused is None else stand.least_refused
            return replace(stand, least_refused=min(known, need.cost))

        self._change(note)

    def _change(self, new: Callable[[_Stand], _Stand]) -> None:
        """Replace what the file says; again if another process was faster.

        In a cloud store, a change is made twice if the answer to its write is lost and another process writes before
        the client has looked. A part is then lost, or given back twice.

        Raises:
            DamagedFileError: the file is damaged or missing, because the run has ended.
            FolderLostError: the file belongs to a later run.
        """
        while True:
            stored = self._store.read()
            stand = _decoded(self._path, stored.content)
            if stand.run != self._run:
                raise FolderLostError(
                    f"{self._path} belongs to a later run, so this process of an earlier run stops.",
                    remedy="Nothing needs to be done; the later run goes on.",
                )
            changed = new(stand)
            if changed == stand or self._store.swap(stored.version, _encoded(changed)) is not None:
                return


def _after_taking(missing: Spending, limits: RunLimits, spent: Spending) -> Spending:
    """Return what the file says after a process took what it misses, or a share of what is left if that is more.

    If less is left than the process misses, it takes nothing.
    """
    requests, money = spent.requests, spent.cost
    left = missing.requests if limits.max_requests is None else limits.max_requests - requests
    left_money = missing.cost if limits.max_cost is None else limits.max_cost - money
    if left < missing.requests or left_money < missing.cost:
        return spent
    if limits.max_requests is not None and missing.requests > 0:
        requests += max(missing.requests, int(left * _CLAIM_SHARE))
    if limits.max_cost is not None and missing.cost > 0:
        money += max(missing.cost, left_money * _CLAIM_SHARE)
    return Spending(requests, money)


def _read(path: str) -> _Stand:
    return _decoded(path, open_store(path).read().content)


def _encoded(stand: _Stand) -> bytes:
    """Return the bytes of the file, which differ from all others.

    If the answer to a conditional write is lost, `io.lease_store` compares the content to see whether the write was
    made. Two processes that take equal parts at the same time would write the same content without a random string.
    """
    return json.dumps({**asdict(stand), "write": secrets.token_hex(8)}).encode()


def _decoded(path: str, content: bytes) -> _Stand:
    try:
        value = json.loads(content)
        run, least = value["run"], value["least_refused"]
        return _Stand(run, RunLimits(**value["limits"]), Spending(**value["spent"]), least)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"{path} is damaged or was removed while the build was running.", remedy="Run the same command again."
        ) from error
