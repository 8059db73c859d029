"""The synthesize stage against a scripted server: what is an answer, what is a failure, what is asked again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthesis_documents import LEASE_EN, MEETING_EN, SUPPLY_KO
from teacher_server import MODES, Asked, Response, TeacherServer, answer_well, completion, error

from pipeline.cli.build_command import failed_requests_warning, teacher_note
from pipeline.config.build import (
    InputSource,
    PromptForm,
    StructuralRecipe,
    SynthesizeRecipe,
    WrittenRecipe,
)
from pipeline.config.judge import AttemptKind
from pipeline.config.recipe import Recipe
from pipeline.errors import UnansweredError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.parts import read_parts, write_part
from pipeline.records import Candidate, Context, DeadLetter, Rejection
from pipeline.stages.chain import synthesize_stage
from pipeline.stages.runner import Stage, run_stage
from pipeline.synthesize.teachers.open import check_teacher
from pipeline.synthesize.teachers.openai import OpenAIOptions

NUM_REQUESTS = 10


class Silent:
    """An observer that keeps the reports it is shown."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        pass

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        pass

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        self.notes.append(teacher_note(reports.values()))

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        pass


def recipe_of(url: str, **teacher: Any) -> Recipe:
    settings = {"max_answer_tokens": 64, "batch_size": 4, "max_wait_seconds": 0.4, "timeout_seconds": 30.0, **teacher}
    return Recipe(
        name="trial",
        inputs=(InputSource(path="unused"),),
        synthesize=SynthesizeRecipe(
            teacher=OpenAIOptions(base_url=url, model="m", prompt_form=PromptForm.CHAT, **settings),
            written=WrittenRecipe(
                tasks=("qa",), questions_per_document=6, segment_tokens=48, attempts=(), judged=False
            ),
            structural=StructuralRecipe(
                tasks=("amount", "clause", "deadline"), questions_per_10k_chars=1, min_questions=2
            ),
        ),
    )


def corpus(root: Path) -> BuildFolder:
    """Two shards: seven requests and three."""
    folder = BuildFolder(str(root))
    write_part(folder.corpus_part(1024, "00000"), [replace(MEETING_EN, bucket=1024)], Context)
    write_part(folder.corpus_part(2048, "00000"), [LEASE_EN], Context)
    write_part(folder.corpus_part(2048, "00001"), [SUPPLY_KO], Context)
    return folder


def run(folder: BuildFolder, recipe: Recipe, observer: Silent | None = None) -> StageRecord:
    """What the command does for this stage; the manifest is not read back, so the stage always looks at its shards."""
    check_teacher(recipe.synthesize)
    stage = synthesize_stage(recipe, folder, "upstream")
    outcome = run_stage(
        stage,
        folder=folder,
        manifest=Manifest(recipe={}, fingerprint="f", seed=17, versions={}),
        beam_options=(),
        observer=observer or Silent(),
    )
    return outcome.manifest.stages["synthesize"]


def outputs(folder: BuildFolder) -> dict[str, bytes]:
    """What the stage wrote, byte for byte."""
    return {
        path[len(folder.root) :]: Path(path).read_bytes()
        for pile in (folder.candidates, folder.rejected, folder.dead)
        for path in files.list_files(pile)
    }


def without_times(counters: Mapping[str, int]) -> dict[str, int]:
    """Counters that are the same for every run."""
    return {name: amount for name, amount in counters.items() if name != "teacher/milliseconds"}


def candidates_of(files_of_a_run: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without the rejections, which quote the reply as it came."""
    found = {name: content for name, content in files_of_a_run.items() if "candidates" in name}
    assert found
    return found


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The outputs of a run without failures."""
    folder = corpus(tmp_path_factory.mktemp("untroubled"))
    with TeacherServer() as server:
        record = run(folder, recipe_of(server.url))
    assert server.num_asked() == record.counters["teacher/asked"] == NUM_REQUESTS
    assert record.counters["kept/written"] >= 5
    return outputs(folder)


ANSWERS = {
    "ok": None,
    "think": None,
    "thinkonlyclose": None,
    "fence": None,
    "parts": None,
    "extra": "wrong_fields",
    "prose": "not_json",
    "refuse": "not_json",
    "badjson": "not_json",
    "length": "answer_cut",
    "refusalfield": "refused",
    "400max": None,
    "400schema": None,
}
FAILURES = {
    "401": "status 401: no key",
    "404": "status 404: The model `m` does not exist.",
    "429": "status 429: Rate limit",
    "500": "status 500: boom",
    "html": "malformed reply: <html><body>nginx login</body></html>",
    "null": "malformed reply: it contains reasoning and no answer",
    "hang": "ReadTimeout",
    "cut": "RemoteProtocolError",
}


def test_every_mode_of_the_server_is_either_an_answer_or_a_failure():
    assert ANSWERS.keys() | FAILURES.keys() == MODES.keys()


def in_all_rounds(recipe: Recipe) -> Recipe:
    """The recipe with attempts and a judge, which answers in the same mode as the teacher."""
    written = recipe.synthesize.written.model_copy(update={"attempts": tuple(AttemptKind), "judged": True})
    teacher = recipe.synthesize.teacher.model_copy(update={"max_answer_tokens": 512})
    return recipe.model_copy(
        update={"synthesize": recipe.synthesize.model_copy(update={"written": written, "teacher": teacher})}
    )


@pytest.mark.parametrize("mode", [mode for mode, reason in ANSWERS.items() if reason is None and mode != "ok"])
def test_synthesize_stage_takes_the_answers_of_all_rounds_as_they_are(tmp_path, mode):
    plain, folder = corpus(tmp_path / "plain"), corpus(tmp_path / "mode")
    with TeacherServer() as server:
        wanted = run(plain, in_all_rounds(recipe_of(server.url)))
    with TeacherServer(MODES[mode]) as server:
        record = run(folder, in_all_rounds(recipe_of(server.url)))
    assert candidates_of(outputs(folder)) == candidates_of(outputs(plain))
    assert record.counters["kept/written"] == wanted.counters["kept/written"] > 0
    assert record.counters["round/judge"] == wanted.counters["round/judge"] > 0
    assert record.num_dead == 0


@pytest.mark.parametrize(("mode", "reason"), ANSWERS.items())
def test_synthesize_stage_takes_an_answer_as_it_is_and_asks_it_once(tmp_path, untroubled, mode, reason):
    folder = corpus(tmp_path)
    with TeacherServer(MODES[mode]) as server:
        record = run(folder, recipe_of(server.url))
        again = run(corpus(tmp_path / "other"), recipe_of(server.url)) if mode == "ok" else record
    assert record.num_dead == 0
    assert record.counters["teacher/asked"] == NUM_REQUESTS
    if reason is None:
        assert candidates_of(outputs(folder)) == candidates_of(untroubled)
        assert record.num_rejected == NUM_REQUESTS - record.counters["kept/written"]
    else:
        assert record.counters.get("kept/written", 0) == 0
        assert record.counters[f"rejected/{reason}"] == NUM_REQUESTS
    assert without_times(again.counters) == without_times(record.counters)
    assert max(server.asked.values()) == (2 if mode == "ok" else 1)


@pytest.mark.parametrize(("mode", "said"), FAILURES.items())
def test_synthesize_stage_ends_with_the_servers_words_and_asks_what_failed_again(tmp_path, untroubled, mode, said):
    folder = corpus(tmp_path)
    with TeacherServer(MODES[mode]) as server:
        hangs = {"timeout_seconds": 0.3} if mode == "hang" else {}
        with pytest.raises(UnansweredError) as caught:
            run(folder, recipe_of(server.url, **hangs))
        assert said in caught.value.message
        assert f"{sum(caught.value.reasons.values())} of the 7 teacher requests of shard 00000 failed" in str(
            caught.value
        )
        assert caught.value.gave_up
        assert caught.value.exit_code == 1
        assert caught.value.remedy
        assert not files.list_files(folder.candidates)
        assert not files.list_files(folder.dead)
        assert not files.list_files(folder.cache, suffix=".json")
        server.behaviour = answer_well
        before = Counter(server.asked)
        record = run(folder, recipe_of(server.url, **hangs))
    assert (record.counters["teacher/asked"], record.num_dead) == (NUM_REQUESTS, 0)
    assert sum((server.asked - before).values()) == NUM_REQUESTS
    assert outputs(folder) == untroubled


def test_synthesize_stage_asks_nothing_for_other_shards_once_the_server_was_given_up(tmp_path):
    folder = corpus(tmp_path)
    with TeacherServer(MODES["401"]) as server:
        with pytest.raises(UnansweredError) as caught:
            run(folder, recipe_of(server.url))
        assert server.num_asked() < 8
    assert "of shard 00000 failed" in caught.value.message
    assert not files.exists(folder.shard_error("synthesize", "00001"))


def failing_for(words: str, response: Response) -> Any:
    def behave(asked: Asked) -> Response:
        segment = asked.body["messages"][-1]["content"].split("SEGMENT\n")[-1]
        return response if words in segment else answer_well(asked)

    return behave


def test_synthesize_stage_finishes_other_shards_and_asks_only_the_failed_request_again(tmp_path, untroubled):
    folder = corpus(tmp_path)
    with TeacherServer(failing_for("deposit of GBP 950", error(400, "too long: 9001 tokens"))) as server:
        with pytest.raises(UnansweredError) as caught:
            run(folder, recipe_of(server.url))
        assert caught.value.message == (
            "1 of the 7 teacher requests of shard 00000 failed: status 400: too long: 9001 tokens (1 ×)."
        )
        assert server.num_asked() == NUM_REQUESTS
        assert files.exists(folder.shard_report("synthesize", "00001"))
        assert not files.exists(folder.shard_report("synthesize", "00000"))
        server.behaviour = answer_well
        record = run(folder, recipe_of(server.url))
    assert server.num_asked() == NUM_REQUESTS + 1
    assert max(server.answered.values()) == 1
    assert record.counters["teacher/cached"] >= 6
    assert outputs(folder) == untroubled


def test_synthesize_stage_leaves_the_allowed_share_as_dead_letters_until_it_is_lowered(tmp_path, untroubled):
    folder = corpus(tmp_path)
    with TeacherServer(failing_for("deposit of GBP 950", error(400, "too long"))) as server:
        record = run(folder, recipe_of(server.url, max_failed_share=0.15))
        assert (record.num_dead, record.counters["teacher/failed"]) == (1, 1)
        dead = list(read_parts(folder.dead, DeadLetter))
        assert "status 400: too long" in dead[0].error
        manifest = Manifest({}, "f", 17, {}, {"synthesize": record})
        assert failed_requests_warning(manifest).startswith("1 of 10 teacher requests failed")
        with pytest.raises(UnansweredError):
            run(folder, recipe_of(server.url, max_failed_share=0.12))
        server.behaviour = answer_well
        healed = run(folder, recipe_of(server.url))
    assert server.num_asked() == NUM_REQUESTS + 2
    assert max(server.answered.values()) == 1
    assert failed_requests_warning(Manifest({}, "f", 17, {}, {"synthesize": healed})) == ""
    assert outputs(folder) == untroubled


def test_synthesize_stage_with_everything_allowed_to_fail_still_ends_with_an_error_when_all_fails(tmp_path):
    with TeacherServer(MODES["500"]) as server, pytest.raises(UnansweredError):
        run(corpus(tmp_path), recipe_of(server.url, max_failed_share=1.0))


def test_synthesize_stage_counts_a_failed_shard_once_however_its_reasons_differ_in_numbers(tmp_path):
    def failing(asked: Asked) -> Response:
        return error(400, f"request {asked.number:08x} has {asked.number + 9000} tokens")

    with TeacherServer(failing) as server, pytest.raises(UnansweredError) as caught:
        run(corpus(tmp_path), recipe_of(server.url))
    assert len(caught.value.reasons) == 1


def test_synthesize_stage_waits_for_a_server_that_is_killed_and_comes_back(tmp_path, untroubled):
    folder = corpus(tmp_path)
    with TeacherServer(dies_at=6) as server:

        def restart() -> None:
            assert server.died.wait(timeout=30)
            server.start()

        heir = threading.Thread(target=restart)
        heir.start()
        record = run(folder, recipe_of(server.url, max_wait_seconds=60))
        heir.join()
    assert (record.num_dead, record.counters["teacher/asked"]) == (0, NUM_REQUESTS)
    assert max(server.answered.values()) == 1
    assert len(server.answered) == NUM_REQUESTS
    assert outputs(folder) == untroubled


@pytest.mark.parametrize("dies_at", [1, 4, 7, 10])
def test_synthesize_stage_after_the_servers_death_goes_on_where_the_answers_ended(tmp_path, untroubled, dies_at):
    folder = corpus(tmp_path)
    with TeacherServer(dies_at=dies_at) as server:
        with pytest.raises(UnansweredError, match="ConnectError"):
            run(folder, recipe_of(server.url))
        answered = set(server.answered)
        before = Counter(server.asked)
        server.start()
        run(folder, recipe_of(server.url))
    assert not answered & (server.asked - before).keys(), "a stored answer was asked again"
    assert max(server.answered.values()) == 1
    assert len(server.answered) == NUM_REQUESTS
    assert outputs(folder) == untroubled


def test_synthesize_stage_shows_how_long_a_silent_server_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.synthesize.teachers.servers.watch._QUIET_SECONDS", 0.0)
    seen = Silent()
    with TeacherServer(MODES["500"]) as server, pytest.raises(UnansweredError):
        run(corpus(tmp_path), recipe_of(server.url, max_wait_seconds=3.0), seen)
    assert any("waiting for the server, " in note and note.endswith(" s left") for note in seen.notes)


def test_synthesize_stage_rejects_surrogates_and_depth_that_a_model_writes(tmp_path):
    bodies = iter(['{"question": "\\ud800?", "answer": "x", "evidence": "y"}', "[" * 100_000, "9" * 10_000])

    def odd(asked: Asked) -> Response:
        return completion(next(bodies, "none"))

    folder = corpus(tmp_path)
    with TeacherServer(odd) as server:
        record = run(folder, recipe_of(server.url))
    assert record.counters["rejected/not_text"] == 1
    assert record.counters["rejected/not_json"] + record.counters.get("rejected/wrong_fields", 0) == NUM_REQUESTS - 1
    assert len(list(read_parts(folder.rejected, Rejection))) >= NUM_REQUESTS
    assert {candidate.origin for candidate in read_parts(folder.candidates, Candidate)} <= {"structural"}
