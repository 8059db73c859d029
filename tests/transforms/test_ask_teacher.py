"""`AskTeacher`: the questions of the synthesize stage, batch by batch, from a recorded teacher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.typehints.decorators import TypeCheckError
from joined_rows import joined_row, plain_document
from prose import document
from synthesis_documents import LEASE_EN, SUPPLY_KO, question_json
from written_requests import record_answers

from pipeline.config.build import CleanRecipe, PromptForm, StructuralRecipe, SynthesizeRecipe, WrittenRecipe
from pipeline.config.pack import PackRecipe
from pipeline.errors import InputError, RecipeError, UnansweredError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts, write_part
from pipeline.records import Candidate, Context, DeadLetter, Document, JoiningKind, Rejection
from pipeline.stages.shards import Shard
from pipeline.stages.synthesize import SynthesizeWork
from pipeline.synthesize.teachers.batch import BatchOptions
from pipeline.synthesize.teachers.openai import OpenAIOptions
from pipeline.synthesize.teachers.replay import ReplayOptions
from pipeline.transforms.ask_structural import ContextQuestions
from pipeline.transforms.ask_teacher import AskTeacher, AskTeacherBatch, _Heard
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.clean_documents import clean_record
from pipeline.transforms.packing import pack_documents
from pipeline.transforms.reading import RawDocument, raw_document
from pipeline.transforms.row_asking import RowAsker

SEED = 17
WRITTEN = WrittenRecipe(tasks=("qa",), questions_per_document=4, segment_tokens=64, attempts=(), judged=False)
RENT = question_json(
    "How much annual rent does the Club pay for the wooden shed?",
    "GBP 4,800",
    "The Club shall pay the Board an annual rent of GBP 4,800 for the shed.",
)


def answer(prompt: str) -> str:
    segment = prompt.split("SEGMENT\n")[-1]
    if "annual rent of GBP 4,800" in segment:
        return RENT
    return "FAIL" if "deposit of GBP 950" in segment else "I would ask about the weather."


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> SynthesizeRecipe:
    folder = str(tmp_path_factory.mktemp("recordings"))
    record_answers(folder, (LEASE_EN, SUPPLY_KO), answer, written=WRITTEN, seed=SEED)
    options = ReplayOptions(
        recordings=folder, prompt_form=PromptForm.CHAT, batch_size=2, max_answer_tokens=64, max_failed_share=1.0
    )
    return SynthesizeRecipe(teacher=options, written=WRITTEN, structural=StructuralRecipe(min_questions=4))


def asked(recipe: SynthesizeRecipe, rows: tuple[Context | Document, ...], cache: Path) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {"rejected": (), "dead": ()}
    dofn = AskTeacherBatch(RowAsker(recipe, "", SEED, cache=str(cache)))
    for one in dofn.process((Batch("a", 3), rows)):
        tag, (batch, records) = (one.tag, one.value) if isinstance(one, TaggedOutput) else ("", one)
        assert batch == Batch("a", 3)
        found[tag] = records
    return found


def test_questions_and_losses_are_those_of_the_stage(recipe: SynthesizeRecipe, tmp_path: Path) -> None:
    rows = (LEASE_EN, SUPPLY_KO)
    found = asked(recipe, rows, tmp_path / "cache")

    folder = BuildFolder(str(tmp_path / "build"))
    path = folder.corpus_part(2048, "00000")
    write_part(path, rows, Context)
    work = SynthesizeWork(recipe=recipe, tokenizer="", seed=SEED, fingerprint="f")
    with ShardLedger(folder=folder, stage=work.stage, shard_id="00000", fingerprint="f") as ledger:
        work.run(Shard("00000", (path,)), folder, ledger)

    assert [one.context for one in found[""]] == list(rows)
    candidates = [candidate for one in found[""] for candidate in one.candidates]
    assert candidates == list(read_parts(folder.candidates, Candidate))
    assert {one.origin for one in candidates} == {"written", "structural"}
    assert list(found["rejected"]) == list(read_parts(folder.rejected, Rejection))
    assert "not_json" in {one.reason for one in found["rejected"]}
    dead = list(read_parts(folder.dead, DeadLetter))
    assert [(one.item_id, one.error) for one in found["dead"]] == [(one.item_id, one.error) for one in dead]
    assert "not recorded" in dead[0].error

    again = asked(recipe.model_copy(update={"teacher": recipe.teacher}), rows, tmp_path / "cache")
    assert again[""] == found[""], "a retried bundle gives the same"


def test_long_document_is_shown_in_pieces_as_its_packed_row_is(tmp_path: Path) -> None:
    sections = [f"## Part {number}\n\n{document('en', number, num_sentences=60)}" for number in range(8)]
    raw = raw_document("# Handbook\n\n" + "\n\n".join(sections) + "\n", name="handbook.md")
    whole = clean_record(raw, recipe=CleanRecipe()).result
    assert isinstance(whole, Document)
    pack = PackRecipe(buckets=(65536,))
    (row,) = (one for outcome in pack_documents([whole], pack, seed=0, clusters={}) for one in outcome.made)
    assert isinstance(row, Context)
    assert row.num_tokens > 8000, "the document is longer than the window"

    prompts = []
    for name, record in (("document", whole), ("row", row)):
        options = BatchOptions(
            model="m", folder=str(tmp_path / name), prompt_form=PromptForm.CHAT, max_model_tokens=6000
        )
        found = asked(SynthesizeRecipe(teacher=options, written=WRITTEN), (record,), tmp_path / f"{name} cache")
        assert found["dead"], "the requests wait for answers"
        (path,) = (tmp_path / name).rglob("*.jsonl")
        bodies = [json.loads(line)["body"]["messages"] for line in path.read_text().splitlines()]
        prompts.append(["".join(message["content"] for message in body) for body in bodies])
    assert prompts[0] == prompts[1]
    assert 0 < max(map(len, prompts[0])) < len(whole.text) / 2


def test_joined_row_is_one_context_with_questions_across_its_documents(
    recipe: SynthesizeRecipe, tmp_path: Path
) -> None:
    leases = [plain_document(LEASE_EN.text, title=title, language="en") for title in ("First lease", "Second lease")]
    row = joined_row(leases, JoiningKind.COMPARISON)
    only_structural = recipe.model_copy(update={"written": WRITTEN.model_copy(update={"tasks": ()})})
    found = asked(only_structural, (row, SUPPLY_KO), tmp_path)
    assert [one.context for one in found[""]] == [row, SUPPLY_KO]
    assert {candidate.doc_id for candidate in found[""][0].candidates} == {row.doc_id}


def test_server_that_does_not_answer_ends_the_batch() -> None:
    with pytest.raises(UnansweredError, match="does not answer: 0 of 0 requests failed"):
        _Heard().take([], gave_up=True)
    _Heard().take([], gave_up=False)


def test_teacher_folder_hints_and_records_are_checked_when_the_job_is_built(
    recipe: SynthesizeRecipe, tmp_path: Path
) -> None:
    cache = str(tmp_path / "cache")
    job = beam.Pipeline(runner=FnApiRunner())
    given = job | beam.Create([]).with_output_types(batches_of(RawDocument))
    with pytest.raises(TypeCheckError):
        _ = given | AskTeacher(recipe, cache=cache)
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700, "answers quote documents"
    small = recipe.teacher.model_copy(update={"max_model_tokens": 100})
    with pytest.raises(RecipeError, match="max_model_tokens is 100"):
        AskTeacher(recipe.model_copy(update={"teacher": small}), cache=cache)
    server = OpenAIOptions(base_url="http://127.0.0.1:9/v1", model="m")
    with pytest.raises(InputError, match="the teacher openai:m is asked over the network"):
        AskTeacher(recipe.model_copy(update={"teacher": server}), cache=cache, hints={"accelerator": "type:x;count:1"})


def test_hints_hold_for_the_step_that_asks_and_for_no_other(recipe: SynthesizeRecipe, tmp_path: Path) -> None:
    job = beam.Pipeline(runner=FnApiRunner())
    given = job | beam.Create([]).with_output_types(batches_of(Context))
    hint = "type:nvidia-l4;count:1;install-nvidia-driver"
    asking = given | "ask" >> AskTeacher(recipe, cache=str(tmp_path), hints={"accelerator": hint})
    assert asking.questions.element_type == batches_of(ContextQuestions)
    components = job.to_runner_api().components
    hinted = {name for name, one in components.environments.items() if hint.encode() in one.resource_hints.values()}
    steps = {one.unique_name for one in components.transforms.values() if one.environment_id in hinted}
    assert steps
    assert all(name.startswith("ask") for name in steps)
