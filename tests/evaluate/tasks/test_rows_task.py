from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_build import MODEL, lease, questions_about, row_about, sentences_of, write_rows
from small_student import small_tokenizer

from pipeline.evaluate.documents.gold_scores import cited_passages, cited_share
from pipeline.evaluate.documents.row_draw import NO_ROWS_NOTE
from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.evaluate.tasks.rows import TASK, RowsOptions
from pipeline.export.rows import QuestionPlace
from pipeline.records import Context, Message, SftExample, Split

METER = Meter(MODEL)
LENGTHS = (1024, 2048, 4096)
CONTEXTS = [
    lease(1),
    lease(2, num_sentences=6),
    lease(3, num_sentences=30),
    lease(4, num_sentences=5, language="ko"),
    lease(5, num_sentences=8, language="ko"),
]
PLACES = (QuestionPlace.AFTER, QuestionPlace.BEFORE)
ROWS = [row_about(one, questions_about(one), place=PLACES[at % 2]) for at, one in enumerate(CONTEXTS)]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return read_material(write_rows(tmp_path_factory.mktemp("rows"), CONTEXTS, ROWS))


@pytest.fixture(scope="module")
def asked(material: Material) -> Asked:
    return ask(material)


def ask(
    material: Material, *, lengths: Sequence[int] = LENGTHS, seed: int = 17, meter: Meter = METER, **options: Any
) -> Asked:
    options = {"max_answer_tokens": 512, **options}  # the tokenizer needs three tokens for a Korean letter
    return TASK.ask(
        Asking(options=RowsOptions(**options), lengths=tuple(lengths), meter=meter, material=material, seed=seed)
    )


def of_variant(asked: Asked, variant: str) -> list[Prompt]:
    found = [prompt for prompt in asked.prompts if prompt.variant == variant]
    assert found
    return found


def texts_of(prompt: Prompt) -> str:
    return "\n".join(message.content for message in prompt.messages)


def context_of(prompt: Prompt) -> Context:
    return next(one for one in CONTEXTS if one.doc_id == prompt.cluster)


def row_of(prompt: Prompt) -> SftExample:
    return next(row for row in ROWS if row.id == prompt.item.split(".")[0])


def test_document_prompt_is_the_row_up_to_the_question(asked: Asked) -> None:
    prompts = of_variant(asked, "document")
    assert Counter(prompt.item for prompt in prompts) == Counter(f"{row.id}.{n}" for row in ROWS for n in range(4))
    for prompt in prompts:
        row, turn = row_of(prompt), int(prompt.item.split(".")[1])
        assert prompt.messages == row.messages[: 2 * turn + 1]
        assert prompt.gold == (row.messages[2 * turn + 1].content,)
        assert (prompt.kind, prompt.language) == (row.turns[turn].task, row.language)


def test_prompt_belongs_to_the_smallest_length_that_holds_it_and_its_answer(asked: Asked) -> None:
    prompts = of_variant(asked, "document")
    for prompt in prompts:
        assert prompt.num_tokens == METER.count_prompt(prompt.messages) == METER.ids(prompt).size
        needed = prompt.num_tokens + prompt.max_answer_tokens
        assert prompt.length == min(length for length in LENGTHS if length >= needed)
        assert prompt.max_answer_tokens >= METER.count(prompt.gold[0]) + 16
    assert {prompt.length for prompt in prompts} == set(LENGTHS)


def test_controls_have_the_items_and_lengths_of_their_document_prompts(asked: Asked) -> None:
    lengths = {prompt.item: prompt.length for prompt in of_variant(asked, "document")}
    for variant in ("evidence_only", "retrieved", "no_document"):
        prompts = of_variant(asked, variant)
        assert {prompt.item for prompt in prompts} <= set(lengths)
        assert all(prompt.length == lengths[prompt.item] for prompt in prompts)
        assert all(prompt.num_tokens + prompt.max_answer_tokens <= prompt.length for prompt in prompts)
    assert {prompt.item for prompt in of_variant(asked, "no_document")} == set(lengths)


def test_without_document_the_question_stands_alone_behind_the_earlier_turns(asked: Asked) -> None:
    for prompt in of_variant(asked, "no_document"):
        questions = [turn.question for turn in questions_about(context_of(prompt))]
        turn = int(prompt.item.split(".")[1])
        assert prompt.messages[0] == Message("user", questions[0])
        assert prompt.messages[1:] == row_of(prompt).messages[1 : 2 * turn + 1]
        assert prompt.proof == ()


def test_evidence_only_shows_the_proof_and_none_of_the_rest(asked: Asked) -> None:
    prompts = of_variant(asked, "evidence_only")
    for prompt in prompts:
        context = context_of(prompt)
        assert len(prompt.proof) == (3 if prompt.kind == "contents" else 1)
        first = prompt.messages[0].content
        assert all(proof in first for proof in prompt.proof)
        last_filler = context.text.split("\n\n")[-1]
        assert last_filler not in first and len(first) < len(context.text) / 2
    assert not {"absent"} & {prompt.kind for prompt in prompts}


def test_questions_without_an_answer_are_left_out_of_evidence_only_and_counted(asked: Asked) -> None:
    assert asked.skipped == {"evidence_only_without_evidence": len(ROWS)}
    assert Counter(prompt.kind for prompt in of_variant(asked, "retrieved"))["absent"] == len(ROWS)


def test_retrieved_chunks_are_in_the_documents_order_and_fit_the_budget(material: Material) -> None:
    asked = ask(material, chunk_tokens=64, retrieved_tokens=200)
    found = 0
    for prompt in of_variant(asked, "retrieved"):
        context, row = context_of(prompt), row_of(prompt)
        first, whole = prompt.messages[0].content, row.messages[0].content
        at = whole.index(context.text)
        text = first[at : len(first) - (len(whole) - at - len(context.text))]
        parts = text.split("\n\n[…]\n\n")
        places = [context.text.index(part) for part in parts]
        assert places == sorted(places) and sum(METER.count_all(parts)) <= 200
        found += bool(prompt.proof)
    assert found > len(ROWS)


def test_retrieval_of_a_document_within_the_budget_is_the_whole_document(material: Material) -> None:
    asked = ask(material, lengths=(8192,), retrieved_tokens=8192)
    messages = {prompt.item: prompt.messages for prompt in of_variant(asked, "document")}
    assert all(prompt.messages == messages[prompt.item] for prompt in of_variant(asked, "retrieved"))


def test_proof_of_each_prompt_is_in_its_messages(asked: Asked) -> None:
    assert all(proof in texts_of(prompt) for prompt in asked.prompts for proof in prompt.proof)
    assert all(prompt.proof for prompt in of_variant(asked, "document"))


def test_depth_is_where_one_place_begins_and_none_for_lists_and_absence(asked: Asked) -> None:
    for prompt in of_variant(asked, "document"):
        context, said = context_of(prompt), sentences_of(context_of(prompt))
        if prompt.kind == "clause":
            at = 0 if prompt.gold[0] == said[0] else 2
            assert prompt.depth == context.text.index(said[at]) / len(context.text)
        elif prompt.kind == "absent":
            assert prompt.depth is None
    lists = [prompt for prompt in of_variant(asked, "document") if prompt.kind == "contents"]
    spread = [prompt for prompt in lists if len(context_of(prompt).text) > 1500]
    assert spread and all(prompt.depth is None for prompt in spread)


def test_prompts_of_a_document_are_neighbours_and_those_of_a_row_in_order(asked: Asked) -> None:
    documents = of_variant(asked, "document")
    for length in LENGTHS:
        own = [prompt for prompt in documents if prompt.length == length]
        runs = [key for key, _ in groupby(prompt.cluster for prompt in own)]
        assert len(runs) == len(set(runs))
    by_row = [prompt.item for prompt in documents if prompt.item.startswith(ROWS[0].id) and prompt.length == 4096]
    assert by_row == sorted(by_row)


def test_rows_too_long_for_every_length_are_counted(material: Material) -> None:
    asked = ask(material, lengths=(1024,))
    documents = of_variant(asked, "document")
    assert asked.skipped["too_long"] == 4 * len(ROWS) - len(documents) > 0
    assert all(prompt.num_tokens + prompt.max_answer_tokens <= 1024 for prompt in documents)


def test_answers_longer_than_the_limit_are_counted(material: Material) -> None:
    asked = ask(material, max_answer_tokens=30, controls=())
    golds = [message.content for row in ROWS for message in row.messages if message.role == "assistant"]
    num_long = sum(count > 30 for count in METER.count_all(golds))
    assert 0 < num_long < len(golds) and asked.skipped == {"long_answer": num_long}
    assert all(prompt.max_answer_tokens <= 30 for prompt in asked.prompts)


def test_draw_is_spread_over_families_and_documents_and_counts_the_rest(material: Material) -> None:
    asked = ask(material, lengths=(8192,), max_items=3, controls=())
    for language in ("en", "ko"):
        drawn = [prompt for prompt in asked.prompts if prompt.language == language]
        assert len(drawn) == len({prompt.notes["family"] for prompt in drawn}) == 3
    assert asked.skipped == {"not_drawn": 4 * len(ROWS) - 6}


def test_draw_depends_on_the_seed_alone(material: Material) -> None:
    draws = {
        seed: [prompt.key for prompt in ask(material, lengths=(8192,), max_items=2, seed=seed).prompts]
        for seed in range(6)
    }
    assert len({tuple(keys) for keys in draws.values()}) > 1
    assert draws[3] == [prompt.key for prompt in ask(material, lengths=(8192,), max_items=2, seed=3).prompts]


def test_lengths_are_measured_with_the_subjects_tokenizer(material: Material, tmp_path: Path) -> None:
    small_tokenizer().save_pretrained(tmp_path)
    asked = ask(material, lengths=(2048, 4096, 65536), meter=Meter(str(tmp_path)), controls=())
    by_bytes = {prompt.item: prompt.num_tokens for prompt in asked.prompts}
    ours = {prompt.item: prompt.num_tokens for prompt in of_variant(ask(material), "document")}
    assert set(by_bytes) <= set(ours) and len(by_bytes) > 10
    assert all(by_bytes[item] > ours[item] for item in by_bytes)


def test_length_without_questions_is_noted(material: Material) -> None:
    assert ask(material, lengths=(64, 8192)).notes == (
        "No question of a held-out row needs more than 0 and at most 64 tokens.",
    )


def test_build_without_validation_rows_gives_a_note_and_no_prompt(tmp_path: Path) -> None:
    rows = [replace(row, split=Split.TRAIN.value) for row in ROWS]
    asked = ask(read_material(write_rows(tmp_path, CONTEXTS, rows)))
    assert (asked.prompts, asked.notes) == ((), (NO_ROWS_NOTE,))


def test_rows_of_a_cluster_with_a_training_row_are_never_asked(tmp_path: Path) -> None:
    seen, copy, unseen = lease(1, cluster="c1"), lease(2, cluster="c1"), lease(3)
    rows = [
        row_about(seen, questions_about(seen), split=Split.TRAIN),
        row_about(copy, questions_about(copy)),
        row_about(unseen, questions_about(unseen)),
    ]
    asked = ask(read_material(write_rows(tmp_path, [seen, copy, unseen], rows)), lengths=(8192,))
    assert {prompt.cluster for prompt in asked.prompts} == {unseen.doc_id}


def test_near_duplicates_are_one_cluster_for_intervals(tmp_path: Path) -> None:
    contexts = [lease(1, cluster="c1"), lease(2, cluster="c1"), lease(3)]
    rows = [row_about(one, questions_about(one)) for one in contexts]
    asked = ask(read_material(write_rows(tmp_path, contexts, rows)), lengths=(8192,))
    assert {prompt.cluster for prompt in asked.prompts} == {"c1", contexts[2].doc_id}


def test_oracle_scores_one_and_silence_nothing(asked: Asked) -> None:
    names = set(TASK.all_measures())
    for prompt in asked.prompts:
        right, silent = TASK.score(prompt, prompt.gold[0]), TASK.score(prompt, "")
        assert set(right) == set(silent) == names
        assert {value for value in right.values() if value is not None} == {1.0}
        assert {value for value in silent.values() if value is not None} == {0.0}
        assert [name for name in names if right[name] is None] == [name for name in names if silent[name] is None]


def test_answer_to_another_question_scores_less(asked: Asked) -> None:
    prompts = of_variant(asked, "document")
    for prompt in prompts:
        other = next(one for one in prompts if one.language == prompt.language and one.gold != prompt.gold)
        assert TASK.score(prompt, other.gold[0])["f1"] < 1.0  # type: ignore[operator]
        assert TASK.score(prompt, other.gold[0])["exact"] == 0.0


def test_refusals_are_scored_by_whether_the_document_has_the_answer(asked: Asked) -> None:
    absent = next(prompt for prompt in asked.prompts if prompt.kind == "absent")
    present = next(prompt for prompt in asked.prompts if prompt.kind == "clause")
    refusal, statement = "The document does not mention this.", "The rent is 140 dollars."
    assert [TASK.score(absent, text)["refused_when_absent"] for text in (refusal, statement)] == [1.0, 0.0]
    assert [TASK.score(present, text)["answered_when_present"] for text in (refusal, statement)] == [0.0, 1.0]
    assert TASK.score(absent, refusal)["answered_when_present"] is None
    assert TASK.score(present, refusal)["refused_when_absent"] is None


def test_cites_evidence_is_the_share_of_cited_passages_in_the_same_words(asked: Asked) -> None:
    prompt = next(prompt for prompt in asked.prompts if prompt.kind == "contents")
    first, second, third = sentences_of(context_of(prompt))
    assert TASK.score(prompt, f"{third} And: {first}")["cites_evidence"] == pytest.approx(2 / 3)
    shuffled = " ".join(sorted(f"{first} {second} {third}".split()))
    assert TASK.score(prompt, shuffled)["cites_evidence"] == 0.0


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
def test_gold_answer_cites_all_its_passages(gold: str, quotes: list[str]) -> None:
    passages = cited_passages(gold, [*quotes, gold])
    assert not passages or cited_share(gold, passages) == 1.0


def test_only_questions_in_the_named_languages_are_asked(material: Material, asked: Asked) -> None:
    by_language = Counter(prompt.language for prompt in asked.prompts)
    assert set(by_language) == {"en", "ko"}
    english = ask(material, languages=("en",))
    assert Counter(prompt.language for prompt in english.prompts) == {"en": by_language["en"]}
    assert english.skipped["other_language"] == sum(len(row.turns) for row in ROWS if row.language == "ko") == 8
    assert "other_language" not in ask(material, languages=("en", "ko")).skipped
