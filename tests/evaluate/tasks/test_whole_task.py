from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from row_build import MODEL, lease, questions_about, row_about, sentences_of, write_rows
from row_build import Asked as Question

from pipeline.evaluate.documents.row_draw import NO_ROWS_NOTE
from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.whole import NO_SUMMARIES_NOTE, TASK, WholeOptions
from pipeline.evaluate.wordings import wordings_of
from pipeline.records import Context, Split

METER = Meter(MODEL)
CONTEXTS = [lease(1), lease(2, num_sentences=15), lease(3, num_sentences=8, language="ko"), lease(4, num_sentences=1)]
SUMMARY = Question("What is this lease about?", "Rent, repairs and notice.", ["1. Rent"], "document_summary", "summary")
LEANING = Question("And by when?", "On the third day.", ["third day"], "follow_up", "look_up")
ROWS = [row_about(one, questions_about(one)) for one in CONTEXTS]
GOLDEN_PART = """[Part 2 of 3 of a document]

The boiler is repaired within 72 hours.

How fast is it repaired?
Answer from this part alone. If it does not have the answer, say that the text does not mention it."""
GOLDEN_MERGE = """A document was read in 3 parts, and the question below was asked about each part alone. These are \
the answers, in the order of the parts:

Part 1: In May.

Part 3: In June.

Answer the question about the whole document, from these answers alone: When is it repaired?"""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return read_material(write_rows(tmp_path_factory.mktemp("whole"), CONTEXTS, ROWS))


def asking_of(material: Material, **options: Any) -> Asking:
    chosen = WholeOptions(**{"chunk_tokens": 400, "max_answer_tokens": 512, **options})
    return Asking(options=chosen, lengths=(2048, 4096), meter=METER, material=material, seed=17)


@pytest.fixture(scope="module")
def asked(material: Material) -> Asked:
    return TASK.ask(asking_of(material))


def merged(material: Material, asked: Asked, reply: Callable[[Prompt], str]) -> Asked:
    assert TASK.follow_up is not None
    pairs = [(prompt, Answer(reply(prompt), num_tokens=1)) for prompt in asked.prompts]
    return TASK.follow_up(asking_of(material), pairs)


def gold_of(prompt: Prompt) -> str:
    return prompt.gold[0] if prompt.gold else "The text does not mention it."


def context_of(prompt: Prompt) -> Context:
    return next(one for one in CONTEXTS if one.doc_id == prompt.cluster)


def wholes(asked: Asked) -> list[Prompt]:
    found = [prompt for prompt in asked.prompts if not prompt.is_step]
    assert found
    return found


def test_each_question_is_asked_alone_with_the_whole_document(asked: Asked) -> None:
    prompts = wholes(asked)
    assert Counter(prompt.item for prompt in prompts) == Counter(f"{row.id}.{n}" for row in ROWS[:3] for n in range(4))
    for prompt in prompts:
        context = context_of(prompt)
        question = questions_about(context)[int(prompt.item.split(".")[1])].question
        assert len(prompt.messages) == 1 and prompt.variant == "document"
        assert prompt.messages[0].content.startswith(f"{context.text}\n\n")
        assert prompt.messages[0].content.endswith(question)
        assert prompt.num_tokens == METER.count_prompt(prompt.messages) <= prompt.length - prompt.max_answer_tokens


def test_chunks_of_each_question_are_its_whole_document(asked: Asked) -> None:
    for whole in wholes(asked):
        steps = [prompt for prompt in asked.prompts if prompt.is_step and prompt.item == whole.item]
        steps.sort(key=lambda prompt: int(prompt.notes["part"]))
        parts = [step.messages[0].content.split("\n\n", 1)[1].rsplit("\n\n", 1)[0] for step in steps]
        assert "".join("".join(parts).split()) == "".join(context_of(whole).text.split())
        assert len(steps) > 1 and all(step.num_tokens < 400 + 350 for step in steps)
        assert {step.length for step in steps} == {whole.length}
        assert all(bool(step.gold) == bool(step.proof) for step in steps)
        assert {proof for step in steps for proof in step.proof} == set(whole.proof)


def test_questions_about_a_chunk_are_neighbours(asked: Asked) -> None:
    for length in (2048, 4096):
        steps = [prompt for prompt in asked.prompts if prompt.is_step and prompt.length == length]
        runs = [key for key, _ in groupby((step.cluster, step.notes["part"]) for step in steps)]
        assert len(runs) == len(set(runs)) < len(steps)


def test_documents_of_one_chunk_are_counted(asked: Asked) -> None:
    assert asked.skipped == {"single_chunk": 4}


def test_documents_hardly_longer_than_a_chunk_are_counted(material: Material) -> None:
    context = CONTEXTS[3]
    num_tokens = METER.count(context.text)
    asked = TASK.ask(
        replace(
            asking_of(material, chunk_tokens=num_tokens - 10, max_answer_tokens=40), lengths=(num_tokens + 90, 8192)
        )
    )
    assert context.doc_id not in {prompt.cluster for prompt in asked.prompts}
    assert asked.skipped["chunk_too_long"] > 0
    assert all(prompt.num_tokens + prompt.max_answer_tokens <= prompt.length for prompt in asked.prompts)


def test_merge_prompts_have_the_answers_that_tell_something_in_order(material: Material, asked: Asked) -> None:
    prompts = merged(material, asked, gold_of).prompts
    assert {prompt.item for prompt in prompts} == {prompt.item for prompt in wholes(asked)}
    for prompt in prompts:
        content, said = prompt.messages[0].content, sentences_of(context_of(prompt))
        assert prompt.variant == "chunk_merge" and not prompt.is_step
        assert prompt.num_tokens == METER.count_prompt(prompt.messages) <= prompt.length - prompt.max_answer_tokens
        if prompt.kind == "clause":
            assert prompt.gold[0] in content and "does not mention" not in content
            assert prompt.proof == prompt.gold
        if prompt.kind == "contents":
            assert content.index(said[0]) < content.index(said[2])
        assert len(content) < len(context_of(prompt).text)


def test_answers_that_all_refuse_are_all_merged(material: Material, asked: Asked) -> None:
    for prompt in merged(material, asked, lambda _: "The text does not mention it.").prompts:
        num_parts = sum(step.is_step and step.item == prompt.item for step in asked.prompts)
        assert prompt.messages[0].content.count("does not mention") == num_parts


def test_answers_too_long_to_merge_are_counted(material: Material, asked: Asked) -> None:
    found = merged(material, asked, lambda prompt: "word " * prompt.length)
    assert found.prompts == () and found.skipped == {"answers_too_long_to_merge": len(wholes(asked))}


def test_oracle_scores_one_by_both_ways_and_silence_nothing(material: Material, asked: Asked) -> None:
    for prompt in [*wholes(asked), *merged(material, asked, gold_of).prompts]:
        right, silent = TASK.score(prompt, prompt.gold[0]), TASK.score(prompt, "")
        assert set(right) == set(silent) == set(TASK.all_measures())
        assert {value for value in right.values() if value is not None} == {1.0}
        assert {value for value in silent.values() if value is not None} == {0.0}
        assert TASK.score(prompt, "The surveyor sails.")["f1"] < 0.5  # type: ignore[operator]


def test_questions_that_lean_on_the_turn_before_are_left_out_and_summaries_asked(tmp_path: Path) -> None:
    context = CONTEXTS[0]
    rows = [row_about(context, [questions_about(context)[0], LEANING, SUMMARY])]
    asked = TASK.ask(asking_of(read_material(write_rows(tmp_path, [context], rows))))
    assert {prompt.kind for prompt in asked.prompts} == {"clause", "document_summary"}
    assert asked.skipped == {"leans_on_turn_before": 1}
    assert NO_SUMMARIES_NOTE not in asked.notes


def test_build_without_summaries_says_so(asked: Asked) -> None:
    assert NO_SUMMARIES_NOTE in asked.notes


def test_build_without_validation_rows_gives_a_note_and_no_prompt(tmp_path: Path) -> None:
    rows = [replace(row, split=Split.TRAIN.value) for row in ROWS]
    asked = TASK.ask(asking_of(read_material(write_rows(tmp_path, CONTEXTS, rows))))
    assert (asked.prompts, asked.notes) == ((), (NO_ROWS_NOTE,))


def test_wordings_are_as_written() -> None:
    words = wordings_of("whole", "en")
    part = words["part"].format(
        part=2, num_parts=3, text="The boiler is repaired within 72 hours.", question="How fast is it repaired?"
    )
    answers = "\n\n".join(words["answer"].format(part=n, answer=a) for n, a in ((1, "In May."), (3, "In June.")))
    merge = words["merge"].format(num_parts=3, answers=answers, question="When is it repaired?")
    assert (part, merge) == (GOLDEN_PART, GOLDEN_MERGE)
