"""The budget of a run: what several shards together may send, what is counted, and what is left when they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Barrier

import fsspec
import gcs_server
import pytest
from gcsfs.core import GCSFileSystem
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.limits import NO_LIMITS, RunLimits
from pipeline.config.prices import PriceOptions
from pipeline.errors import DamagedFileError, FolderLostError
from pipeline.io.layout import BuildFolder
from pipeline.io.lease_store import LeaseStore, Stored
from pipeline.synthesize.budget import (
    Spending,
    TeacherBudget,
    _after_taking,
    least_refused_cost,
    open_budget,
    read_spending,
    run_budget,
)
from pipeline.synthesize.prices import billed_tokens, cost, most_tokens
from pipeline.synthesize.teachers import openai
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    NOT_ASKED,
    NOT_CONNECTED,
    NOT_RECORDED,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    no_answer,
)

FREE = PriceOptions()
PRICED = PriceOptions(price_per_million_prompt_tokens=1e6, price_per_million_answer_tokens=1e6)
"""One unit of money for each token."""
REQUEST = TeacherRequest(CompletionPrompt("x" * 30, ("\n",)), Sampling(0.0, 10, 17), "v1")
"""At most 10 prompt tokens and 10 answer tokens."""


def reply(*, prompt: int = 4, answer: int = 2) -> TeacherReply:
    return TeacherReply("text", FinishReason.STOP, prompt, 0, answer, "")


def opened(folder: BuildFolder, prices: PriceOptions = FREE) -> TeacherBudget:
    budget = open_budget(folder, prices)
    assert budget is not None
    return budget


def spend(budget: TeacherBudget) -> int:
    """Send requests until the budget refuses one; returns their number."""
    number = 0
    while (aside := budget.set_aside([REQUEST])) is not None:
        budget.count(aside, [REQUEST], [reply()])
        number += 1
    return number


def test_run_without_limits_has_no_budget(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, NO_LIMITS):
        assert open_budget(folder, FREE) is None
        assert list(tmp_path.rglob("*")) == []


def test_budget_of_a_killed_run_does_not_count_in_the_next(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with pytest.raises(KeyboardInterrupt), run_budget(folder, RunLimits(max_requests=3)):
        kept = Path(folder.budget).read_bytes()
        spend(opened(folder))
        raise KeyboardInterrupt
    assert not Path(folder.budget).exists()
    Path(folder.budget).write_bytes(kept.replace(b'"requests": 0', b'"requests": 3'))
    with run_budget(folder, RunLimits(max_requests=3)):
        assert spend(opened(folder)) == 3
    Path(folder.budget).write_bytes(kept)
    with run_budget(folder, NO_LIMITS):
        assert open_budget(folder, FREE) is None


def test_damaged_budget_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=3)):
        Path(folder.budget).write_bytes(b"{")
        with pytest.raises(DamagedFileError, match="Run the same command again"):
            open_budget(folder, FREE)


@pytest.mark.parametrize("limit", [1, 5, 64, 300])
def test_shards_that_run_side_by_side_send_exactly_the_limit(tmp_path: Path, limit: int) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=limit)), ThreadPoolExecutor(8) as pool:
        budgets = [opened(folder) for _ in range(8)]
        first = sum(pool.map(spend, budgets))
        for budget in budgets:
            budget.give_back()
        rest = spend(opened(folder))
        assert limit * 0.8 <= first <= limit
        assert first + rest == limit
        assert read_spending(folder).requests == limit


@pytest.mark.parametrize(
    ("answer", "billed"),
    [
        (reply(prompt=4, answer=2), 6.0),
        (reply(prompt=0, answer=0), 20.0),
        (reply(prompt=0, answer=2), 20.0),
        (reply(prompt=4, answer=0), 20.0),
        (no_answer(FinishReason.REFUSED, "the server's filter removed the answer"), 20.0),
        (no_answer(FinishReason.TOO_LONG, "the server says so"), 0.0),
        (failed_reply("status 500: boom"), 20.0),
        (failed_reply("ReadTimeout: the response was not complete within 5 s"), 20.0),
        (failed_reply("malformed reply: <html>"), 20.0),
        (failed_reply(NOT_ASKED), 0.0),
        (failed_reply(NOT_ANSWERED), 0.0),
        (failed_reply(f"{NOT_RECORDED}: the recordings do not contain this request"), 0.0),
        *((failed_reply(f"{kind}: refused"), 0.0) for kind in sorted(NOT_CONNECTED)),
    ],
)
def test_requests_cost_what_was_set_aside_unless_it_is_known_better(
    tmp_path: Path, answer: TeacherReply, billed: float
) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=2, max_cost=1000.0)):
        budget = opened(folder, PRICED)
        aside = budget.set_aside([REQUEST])
        assert aside == Spending(1, 20.0)
        budget.count(aside, [REQUEST], [answer])
        budget.give_back()
        assert read_spending(folder) == Spending(1, billed)


def test_replies_of_a_batch_cost_each_what_is_known_of_it() -> None:
    replies = [reply(), reply(prompt=0, answer=0), failed_reply("ConnectError: refused")]
    assert cost(billed_tokens([REQUEST] * 3, replies), PRICED) == 6.0 + 20.0 + 0.0


def test_failures_to_connect_are_those_of_the_client() -> None:
    assert {error.__name__ for error in openai._UNREACHABLE} == NOT_CONNECTED


def test_cost_is_never_more_than_the_limit_and_leaves_less_than_one_request(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_cost=100.0)):
        budget = opened(folder, PRICED)
        assert spend(budget) == 14  # each costs 6, and 20 are set aside
        budget.give_back()
        assert read_spending(folder) == Spending(14, 84.0)


def test_request_waits_for_money_that_requests_in_flight_do_not_need(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_cost=30.0)):
        budget = opened(folder, PRICED)
        first = budget.set_aside([REQUEST])
        assert first is not None
        second: list[Spending | None] = []
        waiting = threading.Thread(target=lambda: second.append(budget.set_aside([REQUEST])))
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
        budget.count(first, [REQUEST], [reply()])
        waiting.join(5)
        assert second == [Spending(1, 20.0)]
        assert budget.set_aside([REQUEST], is_over=lambda: True) is None


def test_batch_is_sent_whole_if_one_of_its_requests_may_be_sent(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=5)):
        budget = opened(folder)
        for _ in range(2):
            aside = budget.set_aside([REQUEST] * 4)
            assert aside is not None
            budget.count(aside, [REQUEST] * 4, [reply()] * 4)
        assert budget.set_aside([REQUEST] * 4) is None
        budget.give_back()
        assert read_spending(folder).requests == 8


def test_budget_of_two_teachers_is_one(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_cost=20.0)):
        dear = opened(folder, PRICED)
        aside = dear.set_aside([REQUEST])
        assert aside is not None
        dear.count(aside, [REQUEST], [reply(prompt=10, answer=6)])
        dear.give_back()
        cheap = PriceOptions(price_per_million_prompt_tokens=1e5, price_per_million_answer_tokens=1e5)
        assert opened(folder, PRICED).set_aside([REQUEST]) is None
        assert opened(folder, cheap).set_aside([REQUEST]) == Spending(1, pytest.approx(2.0))


def test_give_back_after_the_run_has_ended_does_nothing(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=5)):
        budget = opened(folder)
        assert budget.set_aside([REQUEST]) is not None
    budget.give_back()
    assert not Path(folder.budget).exists()


def test_late_process_of_a_killed_run_leaves_the_next_runs_budget_alone(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with run_budget(folder, RunLimits(max_requests=100)):
        orphan = opened(folder)
        assert orphan.set_aside([REQUEST]) is not None
    with run_budget(folder, RunLimits(max_requests=3)):
        assert spend(opened(folder)) == 3
        orphan.give_back()
        assert read_spending(folder).requests == 3
        with pytest.raises(FolderLostError, match="later run"):
            orphan.set_aside([REQUEST])
        assert read_spending(folder).requests == 3


@dataclass
class ReadsTogether:
    """A store whose first read waits until the other process has read too, so that both see the same version."""

    store: LeaseStore
    together: Barrier
    num_reads: int = 0

    def read(self) -> Stored:
        stored = self.store.read()
        self.num_reads += 1
        if self.num_reads == 1:
            self.together.wait(10)
        return stored

    def swap(self, version: str, content: bytes) -> str | None:
        return self.store.swap(version, content)

    def remove(self, version: str) -> None:
        self.store.remove(version)


@pytest.fixture
def bucket() -> Iterator[str]:
    """A folder in a Google Cloud Storage on loopback."""
    with gcs_server.serve("builds") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        for protocol in ("gs", "gcs"):
            fsspec.register_implementation(protocol, GCSFileSystem, clobber=True)
            patch.setitem(fsspec.config.conf, protocol, {"token": "anon"})
        GCSFileSystem.clear_instance_cache()
        yield "gs://builds/budget"
        GCSFileSystem.clear_instance_cache()


def test_two_processes_that_write_at_the_same_time_never_take_the_same_part(bucket: str) -> None:
    folder = BuildFolder(bucket)
    with run_budget(folder, RunLimits(max_requests=1)), ThreadPoolExecutor(2) as pool:
        budgets, together = [opened(folder) for _ in range(2)], Barrier(2)
        for budget in budgets:
            budget._budget._store = ReadsTogether(budget._budget._store, together)
        asides = list(pool.map(lambda budget: budget.set_aside([REQUEST]), budgets))
        assert sorted(aside is None for aside in asides) == [False, True]
        assert read_spending(folder).requests == 1


def test_cheapest_request_that_was_refused_is_remembered_for_all_processes(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    short = replace(REQUEST, sampling=Sampling(0.0, 5, 17))
    with run_budget(folder, RunLimits(max_cost=14.0)):
        assert least_refused_cost(folder) is None
        for asked in (REQUEST, short, REQUEST):
            assert opened(folder, PRICED).set_aside([asked]) is None
        assert least_refused_cost(folder) == 15.0
    with run_budget(folder, RunLimits(max_cost=15.0)):
        assert opened(folder, PRICED).set_aside([short]) is not None


amounts = st.builds(Spending, st.integers(0, 200), st.floats(0, 200))
limits = st.builds(RunLimits, st.none() | st.integers(1, 200), st.none() | st.floats(0, 200))


@given(amounts, limits, amounts)
def test_part_that_a_process_takes_is_never_more_than_is_left(
    missing: Spending, limits: RunLimits, spent: Spending
) -> None:
    after = _after_taking(missing, limits, spent)
    taken = after - spent
    assert taken.requests >= 0 and taken.cost >= 0
    if limits.max_requests is not None and taken.requests:
        assert after.requests <= limits.max_requests and taken.requests >= missing.requests
    if limits.max_cost is not None and taken.cost:
        assert after.cost <= limits.max_cost + 1e-9 and taken.cost >= missing.cost - 1e-9


@given(st.text(max_size=60), st.integers(1, 500))
def test_most_tokens_cost_no_less_than_tokens_of_three_bytes(text: str, answer: int) -> None:
    asked = TeacherRequest(CompletionPrompt(text, ()), Sampling(0.0, answer, 17), "v1")
    most = most_tokens([asked, asked])
    assert most.answer == 2 * answer and most.cached == 0
    assert (cost(most, PRICED) or 0.0) >= 2 * len(text) / 3
