import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from synthesis_documents import LEASE_EN, MEETING_EN, SUPPLY_KO, question_json
from written_requests import record_answers

from pipeline.config.build import (
    PromptForm,
    StructuralRecipe,
    SynthesizeRecipe,
    WrittenRecipe,
)
from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import read_parts, write_part
from pipeline.records import Candidate, Context, DeadLetter, Rejection
from pipeline.stages.shards import plan_synthesize_shards
from pipeline.stages.synthesize import SynthesizeWork
from pipeline.synthesize.teachers.replay import ReplayOptions

CONTEXTS = (LEASE_EN, SUPPLY_KO, MEETING_EN)
SEED = 17
WRITTEN = WrittenRecipe(tasks=("qa",), questions_per_document=6, segment_tokens=64, attempts=(), judged=False)
RENT = question_json(
    "How much annual rent does the Club pay for the wooden shed?",
    "GBP 4,800",
    "The Club shall pay the Board an annual rent of GBP 4,800 for the shed.",
)
PRICE = question_json(
    "을이 갑에게 매월 지급하는 대금은 얼마입니까?", "12,500,000원", "을은 갑에게 매월 대금 12,500,000원을 지급한다."
)


def answer(prompt: str) -> str:
    """Good answers to two segments, an error for one, and talk for the rest."""
    segment = prompt.split("SEGMENT\n")[-1].split("대목\n")[-1]
    if "annual rent of GBP 4,800" in segment:
        return RENT
    if "12,500,000원" in segment:
        return PRICE
    return "FAIL" if "deposit of GBP 950" in segment else "I would ask about the weather."


def recipe_of(recordings: Path, **written) -> SynthesizeRecipe:
    teacher = ReplayOptions(
        recordings=str(recordings),
        prompt_form=PromptForm.CHAT,
        batch_size=2,
        max_answer_tokens=64,
        max_failed_share=0.2,  # a failed request is not recorded, so a replay does not find it
    )
    return SynthesizeRecipe(
        teacher=teacher,
        written=WRITTEN.model_copy(update=written),
        structural=StructuralRecipe(questions_per_10k_chars=1, min_questions=6),
    )


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    """What a chat teacher answered to the requests of the three documents."""
    folder = tmp_path_factory.mktemp("recordings")
    record_answers(str(folder), CONTEXTS, answer, written=WRITTEN, seed=SEED)
    return folder


def corpus(root: Path) -> BuildFolder:
    folder = BuildFolder(str(root))
    write_part(folder.corpus_part(1024, "00000"), [replace(MEETING_EN, bucket=1024)], Context)
    write_part(folder.corpus_part(2048, "00000"), [LEASE_EN], Context)
    write_part(folder.corpus_part(2048, "00001"), [SUPPLY_KO], Context)
    return folder


def run(folder: BuildFolder, recipe: SynthesizeRecipe) -> dict[str, ShardReport]:
    work = SynthesizeWork(recipe=recipe, tokenizer=EMBEDDED_MODEL, seed=SEED, fingerprint="f")
    for shard in plan_synthesize_shards(folder):
        with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    return read_shard_reports(folder, "synthesize", "f")


def test_plan_synthesize_shards_gathers_a_part_number_over_all_buckets(tmp_path):
    folder = corpus(tmp_path)
    shards = plan_synthesize_shards(folder)
    assert [shard.shard_id for shard in shards] == ["00000", "00001"]
    assert shards[0].inputs == (folder.corpus_part(1024, "00000"), folder.corpus_part(2048, "00000"))
    assert shards[1].inputs == (folder.corpus_part(2048, "00001"),)


def test_synthesize_work_writes_both_kinds_and_accounts_for_every_candidate(tmp_path, recordings):
    folder = corpus(tmp_path)
    reports = run(folder, recipe_of(recordings))
    candidates = list(read_parts(folder.candidates, Candidate))
    rejected = list(read_parts(folder.rejected, Rejection))
    dead = list(read_parts(folder.dead, DeadLetter))
    assert {(c.origin, c.language) for c in candidates} == {
        ("written", "en"), ("written", "ko"), ("structural", "en"), ("structural", "ko"),
    }  # fmt: skip
    texts = {context.doc_id: context.text for context in CONTEXTS}
    evidence = [item for candidate in candidates for item in candidate.evidence]
    assert len(evidence) >= len(candidates) > 4
    assert all(texts[item.doc_id][item.start : item.end] == item.quote for item in evidence)
    assert {c.teacher for c in candidates if c.origin == "written"} == {"told:teacher"}
    assert sum(r.num_kept for r in reports.values()) == len(candidates)
    assert sum(r.num_rejected for r in reports.values()) == len(rejected)
    assert sum(r.num_dead for r in reports.values()) == len(dead) == 1
    assert "not recorded" in dead[0].error
    assert Counter(r.reason for r in rejected)["not_json"] >= 3
    counters = sum((Counter(r.counters) for r in reports.values()), Counter())
    assert counters["kept/written"] + counters["kept/structural"] == len(candidates)
    assert counters["prefix_cache/cached_tokens"] / counters["prefix_cache/prompt_tokens"] == pytest.approx(0.6)


def test_synthesize_work_holds_support_and_grounding_each_against_its_own_limit(tmp_path, recordings):
    def written(name: str, **limits: float) -> list[Candidate]:
        folder = corpus(tmp_path / name)
        run(folder, recipe_of(recordings, checks=WrittenChecksRecipe(**limits)))
        return [one for one in read_parts(folder.candidates, Candidate) if one.origin == "written"]

    usual = written("usual")
    support = min(one.checks.answer_support for one in usual)
    grounding = min(one.checks.question_grounded for one in usual)
    assert grounding < support, "the limits could not be told apart"
    between = (grounding + support) / 2
    assert written("swapped", min_answer_support=between, min_question_grounding=0.0) == usual
    assert len(written("grounded", min_answer_support=0.0, min_question_grounding=between)) < len(usual)


def test_synthesize_work_run_twice_writes_the_same_bytes_and_asks_nothing(tmp_path, recordings):
    first, second = corpus(tmp_path / "a"), corpus(tmp_path / "b")
    run(first, recipe_of(recordings))
    run(second, recipe_of(recordings))
    again = run(second, recipe_of(recordings))
    for shard in plan_synthesize_shards(first):
        one, other = Path(first.candidate_part(shard.shard_id)), Path(second.candidate_part(shard.shard_id))
        assert one.read_bytes() == other.read_bytes()
    counters = sum((Counter(r.counters) for r in again.values()), Counter())
    assert counters["teacher/cached"] >= 6
    assert counters["teacher/asked"] == 1  # the one that failed


def test_synthesize_work_resumed_with_half_its_cache_ends_with_the_same_bytes(tmp_path, recordings):
    whole, resumed = corpus(tmp_path / "a"), corpus(tmp_path / "b")
    run(whole, recipe_of(recordings))
    answered = sorted(Path(whole.cache).rglob("*.json"))
    assert len(answered) >= 4
    for path in answered[::2]:
        copy = Path(resumed.cache) / path.relative_to(whole.cache)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    reports = run(resumed, recipe_of(recordings))
    kept = sum(len(json.loads(path.read_text())["answers"]) for path in answered[::2])
    counters = sum((Counter(r.counters) for r in reports.values()), Counter())
    assert counters["teacher/cached"] >= kept - 1
    for shard in plan_synthesize_shards(whole):
        one, other = Path(whole.candidate_part(shard.shard_id)), Path(resumed.candidate_part(shard.shard_id))
        assert one.read_bytes() == other.read_bytes()


def test_synthesize_work_asks_nothing_in_a_language_the_teacher_does_not_write(tmp_path, recordings):
    folder = corpus(tmp_path)
    reports = run(folder, recipe_of(recordings, languages=("en",)))
    assert "teacher/asked" not in reports["00001"].counters
    assert reports["00000"].counters["teacher/asked"] > 0
    candidates = [c for c in read_parts(folder.candidates, Candidate) if c.language == "ko"]
    assert candidates
    assert {c.origin for c in candidates} == {"structural"}


def test_synthesize_work_without_written_tasks_needs_no_teacher(tmp_path):
    folder = corpus(tmp_path)
    run(folder, recipe_of(tmp_path / "nowhere", tasks=()))
    candidates = list(read_parts(folder.candidates, Candidate))
    assert len(candidates) > 4
    assert {c.origin for c in candidates} == {"structural"}


def test_synthesize_work_removes_candidates_of_an_earlier_run(tmp_path):
    folder = corpus(tmp_path)
    nothing = recipe_of(tmp_path / "nowhere", tasks=()).model_copy(update={"structural": StructuralRecipe(tasks=())})
    run(folder, recipe_of(tmp_path / "nowhere", tasks=()))
    assert list(read_parts(folder.candidates, Candidate))
    run(folder, nothing)
    assert list(read_parts(folder.candidates, Candidate)) == []


def test_synthesize_work_buries_a_document_that_breaks_a_parser_and_goes_on(tmp_path):
    folder = BuildFolder(str(tmp_path))
    broken = replace(LEASE_EN, doc_id="broken", language="xx")
    write_part(folder.corpus_part(2048, "00000"), [broken, SUPPLY_KO], Context)
    reports = run(folder, recipe_of(tmp_path / "nowhere", tasks=()))
    dead = list(read_parts(folder.dead, DeadLetter))
    assert [letter.item_id for letter in dead] == ["broken"]
    assert reports["00000"].num_kept > 0
