"""The synthesize stage under the limits of a run: what it sends, where it stops, and how it goes on."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import LEASE, LEASE_EN, MEETING_EN, SUPPLY_KO, context_of
from teacher_server import Asked, Response, TeacherServer, answer_well, completion, error

from pipeline.config.build import (
    InputSource,
    StructuralRecipe,
    SynthesizeRecipe,
    WrittenRecipe,
)
from pipeline.config.limits import NO_LIMITS, RunLimits
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError, LimitReachedError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, read_shard_reports
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.outputs import Finding
from pipeline.io.parts import write_part
from pipeline.records import Context
from pipeline.stages.chain import synthesize_stage
from pipeline.stages.runner import Stage, num_workers, run_stage
from pipeline.stages.teacher_plan import TeacherPlan, _rounded_up, check_limits, limit_reached, plan_teachers
from pipeline.synthesize.budget import Spending, read_spending, run_budget
from pipeline.synthesize.teachers.batch import BatchOptions
from pipeline.synthesize.teachers.open import check_teacher
from pipeline.synthesize.teachers.openai import OpenAIOptions

NUM_REQUESTS = 10
PRICES = {"price_per_million_prompt_tokens": 1000.0, "price_per_million_answer_tokens": 2000.0}
"""With the server's 100 prompt tokens and 50 answer tokens, a request costs 0.2."""


class Quiet:
    """An observer that shows nothing."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None: ...
    def stage_damaged(self, stage: Stage, findings: list[Finding]) -> None: ...
    def stage_started(self, stage: Stage, num_finished_shards: int) -> None: ...
    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None: ...
    def stage_finished(self, stage: Stage, record: StageRecord) -> None: ...


def recipe_of(url: str, **teacher: Any) -> Recipe:
    settings = {"max_answer_tokens": 64, "batch_size": 4, "max_wait_seconds": 0.4, "timeout_seconds": 30.0, **teacher}
    return Recipe(
        name="limited",
        inputs=(InputSource(path="unused"),),
        synthesize=SynthesizeRecipe(
            teacher=OpenAIOptions(base_url=url, model="m", **settings),
            written=WrittenRecipe(
                tasks=("qa",),
                questions_per_document=6,
                segment_tokens=48,
                merges_per_document=0,
                attempts=(),
                judged=False,
            ),
            structural=StructuralRecipe(tasks=("amount",), questions_per_10k_chars=1, min_questions=2),
        ),
    )


def corpus(root: Path) -> BuildFolder:
    """Three shards, of five, three and two requests."""
    folder = BuildFolder(str(root))
    for number, document in enumerate((LEASE_EN, MEETING_EN, SUPPLY_KO)):
        write_part(folder.corpus_part(2048, f"{number:05d}"), [document], Context)
    return folder


def lease(number: int) -> Context:
    """A lease of its own, about which no other request is asked."""
    return context_of(LEASE.replace("4,800", f"1{number},800"), titles=("1. PARTIES AND TERM", "2. RENT", "3. REPAIRS"))


def run(folder: BuildFolder, recipe: Recipe, limits: RunLimits = NO_LIMITS) -> tuple[StageRecord, Spending]:
    """Run the stage as a build does; returns its record, and what was spent. The spending is also that of an error."""
    check_teacher(recipe.synthesize)
    stage = synthesize_stage(recipe, folder, "upstream")
    manifest = Manifest(recipe={}, fingerprint="f", seed=17, versions={})
    with run_budget(folder, limits):
        try:
            outcome = run_stage(stage, folder=folder, manifest=manifest, beam_options=(), observer=Quiet())
        except LimitReachedError as stopped:
            raise limit_reached(
                folder,
                recipe.synthesize,
                fingerprint=stage.fingerprint,
                limits=limits,
                spent=read_spending(folder),
            ) from stopped
        spent = read_spending(folder) if limits.is_set else Spending()
    return outcome.manifest.stages["synthesize"], spent


def plan(folder: BuildFolder, recipe: Recipe) -> TeacherPlan:
    stage = synthesize_stage(recipe, folder, "upstream")
    return plan_teachers(folder, recipe.synthesize, fingerprint=stage.fingerprint, num_workers=1)


def outputs(folder: BuildFolder) -> dict[str, bytes]:
    piles = (folder.candidates, folder.asked, folder.rejected, folder.dead)
    return {path[len(folder.root) :]: Path(path).read_bytes() for pile in piles for path in files.list_files(pile)}


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The outputs of a run without limits."""
    folder = corpus(tmp_path_factory.mktemp("unlimited"))
    with TeacherServer() as server:
        run(folder, recipe_of(server.url))
        assert server.num_asked() == NUM_REQUESTS
    return outputs(folder)


@pytest.mark.parametrize("limit", [4, 9])
def test_limited_runs_send_as_many_requests_each_and_end_with_the_bytes_of_a_run_without_limits(
    tmp_path: Path, unlimited: dict[str, bytes], limit: int
) -> None:
    folder = corpus(tmp_path)
    with TeacherServer() as server:
        recipe = recipe_of(server.url)
        for number in range(1, -(-NUM_REQUESTS // limit)):
            with pytest.raises(LimitReachedError, match=f"it asked {limit} request") as caught:
                run(folder, recipe, RunLimits(max_requests=limit))
            assert server.num_asked() == number * limit
            assert caught.value.exit_code == 1
            assert not files.exists(folder.budget)
        _, spent = run(folder, recipe, RunLimits(max_requests=limit))
        assert spent.requests == NUM_REQUESTS - (-(-NUM_REQUESTS // limit) - 1) * limit
    assert len(server.asked) == NUM_REQUESTS
    assert max(server.asked.values()) == 1, "no request is sent twice"
    assert outputs(folder) == unlimited


def test_limit_that_is_enough_stops_nothing(tmp_path: Path, unlimited: dict[str, bytes]) -> None:
    folder = corpus(tmp_path)
    with TeacherServer() as server:
        record, spent = run(folder, recipe_of(server.url), RunLimits(max_requests=NUM_REQUESTS))
        assert (spent.requests, record.counters["teacher/asked"]) == (NUM_REQUESTS, NUM_REQUESTS)
        again = corpus(tmp_path)
        files.remove_folder(again.shard_reports("synthesize"))
        record, spent = run(again, recipe_of(server.url), RunLimits(max_requests=1))
    assert (spent.requests, record.counters["teacher/cached"]) == (0, NUM_REQUESTS), "stored answers are free"
    assert outputs(folder) == unlimited


def cut_first(asked: Asked) -> Response:
    """Close the connection after the first try of a request, as a server does that dies while it answers."""
    return Response(cut=True) if asked.tries == 0 else answer_well(asked)


def test_try_that_may_have_been_computed_counts_like_a_request(tmp_path: Path, unlimited: dict[str, bytes]) -> None:
    folder = corpus(tmp_path)
    limit = 8
    with TeacherServer(cut_first) as server:
        recipe = recipe_of(server.url, max_wait_seconds=10.0)
        num_runs = 0
        while True:
            num_runs += 1
            assert num_runs < 6
            try:
                _, spent = run(folder, recipe, RunLimits(max_requests=limit))
            except LimitReachedError as reached:
                assert f"it asked {limit} requests" in reached.message
                assert server.num_asked() == num_runs * limit
            else:
                break
        assert server.num_asked() == 2 * NUM_REQUESTS == (num_runs - 1) * limit + spent.requests
    assert outputs(folder) == unlimited


def test_try_that_a_busy_server_refused_does_not_count(tmp_path: Path, unlimited: dict[str, bytes]) -> None:
    folder = corpus(tmp_path)
    with TeacherServer(lambda asked: error(503, "busy") if asked.tries == 0 else answer_well(asked)) as server:
        recipe = recipe_of(server.url, max_wait_seconds=10.0)
        _, spent = run(folder, recipe, RunLimits(max_requests=NUM_REQUESTS))
        assert (spent.requests, server.num_asked()) == (NUM_REQUESTS, 2 * NUM_REQUESTS)
    assert outputs(folder) == unlimited


def test_cost_of_a_try_that_may_have_been_computed_is_the_most_that_it_can_be(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    with TeacherServer(cut_first) as server:
        _, spent = run(folder, recipe_of(server.url, max_wait_seconds=10.0, **PRICES), RunLimits(max_cost=1000.0))
        bodies = [len(json.dumps(body["messages"], ensure_ascii=False).encode()) for body in server.bodies.values()]
    answered = 0.2 * NUM_REQUESTS
    assert answered < spent.cost <= answered + sum(size / 3 + 2 * 64 for size in bodies) / 1000


def test_cost_stops_a_run_before_it_is_exceeded(tmp_path: Path, unlimited: dict[str, bytes]) -> None:
    folder = corpus(tmp_path)
    with TeacherServer() as server:
        recipe = recipe_of(server.url, **PRICES)
        with pytest.raises(LimitReachedError) as caught:
            run(folder, recipe, RunLimits(max_cost=2.0))
        message = caught.value.message
        cost = 0.2 * server.num_asked()
        assert f"it asked {server.num_asked()} requests for {cost:.2f} USD" in message
        assert "limit of 2.00 USD" in message
        assert "to ask as much again" in caught.value.remedy
        most = max(len(json.dumps(body, ensure_ascii=False).encode()) for body in server.bodies.values()) / 3 + 2 * 64
        assert 2.0 - most / 1000 < cost <= 2.0
        run(folder, recipe, RunLimits(max_cost=100.0))
    assert max(server.asked.values()) == 1
    assert outputs(folder) == unlimited


def test_cost_below_that_of_one_request_sends_nothing(tmp_path: Path) -> None:
    with TeacherServer() as server:
        with pytest.raises(LimitReachedError, match=r"it asked 0 requests for 0\.00 USD\. 0 of 3 shards"):
            run(corpus(tmp_path), recipe_of(server.url, **PRICES), RunLimits(max_cost=0.01))
        assert server.num_asked() == 0


@pytest.mark.parametrize("cheaper", [1, 1000])
def test_remedy_of_a_cost_below_one_request_names_the_smallest_that_sends_one(tmp_path: Path, cheaper: int) -> None:
    folder = corpus(tmp_path)
    prices = {name: price / cheaper for name, price in PRICES.items()}
    with TeacherServer() as server:
        recipe = recipe_of(server.url, **prices)
        with pytest.raises(LimitReachedError, match="may cost more than its limit") as caught:
            run(folder, recipe, RunLimits(max_cost=0.01 / cheaper))
        found = re.search(r"--max-cost (\S+) or more", caught.value.remedy)
        assert found is not None
        named = float(found.group(1))
        with pytest.raises(LimitReachedError):
            run(folder, recipe, RunLimits(max_cost=named * 0.9))
        assert server.num_asked() == 0
        with pytest.raises(LimitReachedError):
            run(folder, recipe, RunLimits(max_cost=named))
        assert server.num_asked() >= 1


def test_cost_stops_a_run_whose_server_counts_no_tokens(tmp_path: Path) -> None:
    def uncounted(asked: Asked) -> Response:
        reply = json.loads(completion(asked.text).content)
        del reply["usage"]
        return Response(content=json.dumps(reply).encode())

    with TeacherServer(uncounted) as server:
        with pytest.raises(LimitReachedError):
            run(corpus(tmp_path), recipe_of(server.url, **PRICES), RunLimits(max_cost=2.0))
        assert 1 <= server.num_asked() < NUM_REQUESTS


@given(st.floats(1e-12, 1e6))
def test_limit_that_a_remedy_names_is_enough_and_little_more(amount: float) -> None:
    named = float(_rounded_up(amount))
    assert amount <= named <= max(1.11 * amount, amount + 0.01001)


def test_requests_beyond_the_limit_are_not_in_flight_either(tmp_path: Path) -> None:
    """The server holds every request until all that can arrive have arrived."""
    arrived = threading.Semaphore(0)

    def hold(asked: Asked) -> Response:
        arrived.release()
        late.wait(0.2)
        return answer_well(asked)

    late = threading.Event()
    with TeacherServer(hold) as server:
        with pytest.raises(LimitReachedError):
            run(corpus(tmp_path), recipe_of(server.url, batch_size=16), RunLimits(max_requests=3))
        assert server.num_asked() == server.most_in_flight == 3


def test_limit_is_reported_where_other_requests_failed(tmp_path: Path) -> None:
    def failing(asked: Asked) -> Response:
        return error(400, "too long") if asked.number == 1 else answer_well(asked)

    folder = corpus(tmp_path)
    with TeacherServer(failing) as server:
        with pytest.raises(LimitReachedError, match="it asked 4 requests"):
            run(folder, recipe_of(server.url), RunLimits(max_requests=4))
        server.behaviour = answer_well
        run(folder, recipe_of(server.url))
        assert server.num_asked() == NUM_REQUESTS + 1, "only the failed request is sent again"


def test_plan_measures_what_a_limited_run_asked_and_says_what_is_left(tmp_path: Path) -> None:
    def costly(asked: Asked) -> Response:
        reply = json.loads(completion(asked.text).content)
        reply["usage"] = {"prompt_tokens": 3000, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 9}}
        return Response(content=json.dumps(reply).encode())

    folder = corpus(tmp_path)
    for number in range(3, 9):
        write_part(folder.corpus_part(2048, f"{number:05d}"), [lease(number)], Context)
    with TeacherServer(costly) as server:
        recipe = recipe_of(server.url, **PRICES)
        before = plan(folder, recipe)
        assert (before.num_answered, before.left) == (0, before.requests)
        assert before.hours is None and before.measured.scale is None
        with pytest.raises(LimitReachedError):
            run(folder, recipe, RunLimits(max_requests=24))
        after = plan(folder, recipe)
        other = plan(folder, recipe.model_copy(update={"seed": 18}))
    asked = server.num_asked()
    assert (after.num_answered, after.requests) == (asked, before.requests)
    assert 0 < after.left <= before.requests - asked + 6
    (atoms,) = after.rounds
    assert atoms.prompt_tokens / atoms.requests == pytest.approx(3000, rel=0.25)
    assert atoms.answer_tokens / atoms.requests == pytest.approx(20, rel=0.05)
    assert after.hours is not None and after.measured.tokens_per_second
    assert after.costs is not None and before.costs is not None
    assert after.costs["USD"] > before.costs["USD"]
    assert (other.num_answered, other.left) == (0, other.requests), "answers to other requests may be of no use"
    assert json.loads(json.dumps(after.as_json()))["total"]["left"] == after.left


def test_plan_of_a_finished_stage_has_nothing_left(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    with TeacherServer() as server:
        run(folder, recipe_of(server.url))
        done = plan(folder, recipe_of(server.url, **PRICES))
    assert (done.num_answered, done.left, done.left_share) == (NUM_REQUESTS, 0, 0.0)
    assert (
        len(
            read_shard_reports(
                folder, "synthesize", synthesize_stage(recipe_of(server.url, **PRICES), folder, "upstream").fingerprint
            )
        )
        == 3
    ), "prices change no fingerprint"


def test_plan_counts_about_what_is_asked(tmp_path: Path) -> None:
    recipe = recipe_of("http://127.0.0.1:1/v1")
    assert plan(corpus(tmp_path), recipe).requests == pytest.approx(NUM_REQUESTS, rel=0.5)


def test_hours_of_a_plan_are_shared_by_workers_and_use_the_recipes_rate(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    recipe = recipe_of("http://127.0.0.1:1/v1", tokens_per_second=10.0)
    stage = synthesize_stage(recipe, folder, "upstream")
    one, four = (
        plan_teachers(folder, recipe.synthesize, fingerprint=stage.fingerprint, num_workers=number) for number in (1, 4)
    )
    assert one.hours is not None and four.hours is not None
    assert one.hours == pytest.approx(4 * four.hours, rel=0.01)
    assert num_workers(["--direct_num_workers=4"]) == 4
    assert num_workers([]) == 1


def test_limits_that_cannot_be_kept_are_refused() -> None:
    unpriced = recipe_of("http://127.0.0.1:1/v1").synthesize
    check_limits(unpriced, RunLimits(max_requests=3))
    with pytest.raises(InputError, match="price_per_million_prompt_tokens"):
        check_limits(unpriced, RunLimits(max_cost=3.0))
    check_limits(recipe_of("http://127.0.0.1:1/v1", **PRICES).synthesize, RunLimits(max_cost=3.0))
    later = unpriced.model_copy(update={"teacher": BatchOptions(folder="somewhere")})
    check_limits(later, NO_LIMITS)
    with pytest.raises(InputError, match="batch teacher"):
        check_limits(later, RunLimits(max_requests=3))
    check_limits(SynthesizeRecipe(written=WrittenRecipe(tasks=())), RunLimits(max_cost=3.0))
