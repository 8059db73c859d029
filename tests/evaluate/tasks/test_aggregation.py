"""Counts, lists and extremes of two small leases, whose gold answers are written out here."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from generated_checks import METER, task_of, text_of
from row_build import lease
from small_student import sft_row

from pipeline.evaluate.documents import look_ups
from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asked, Asking
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, SftExample, Split

TEXTS = {
    "en": """Lease of the mill

Section 1. Rent

The tenant pays a rent of USD 400 on the third day of each month. Section 4 applies to late payments.

Section 2. Repairs

The landlord repairs the boiler within 12 hours after notice of the fault. The tenant pays USD 35 for each visit.

Section 3. Notice

Either party may end this lease by a letter under Section 1 sent five weeks before the end of a year.

Section 4. Late payment

A late payment bears interest of 5 percent a year. The tenant also pays USD 20 for each letter under Section 3.

Section 5. Deposit

The tenant pays a deposit of USD 900. The landlord returns it within 30 days after the end under Section 3.""",
    "ko": """방앗간 임대차 계약

제1조(차임) 임차인은 매월 셋째 날에 차임 40만 원을 임대인에게 지급한다.

제2조(수선) 임대인은 고장 통지를 받은 때부터 12시간 안에 보일러를 수선한다. 제1조의 차임은 그동안 줄지 아니한다.

제3조(해지) 당사자는 해가 끝나기 5주 전에 편지를 보내어 계약을 해지할 수 있다. 이 경우 제1조를 준용한다.

제4조(보증금) 임차인은 보증금 900만 원을 지급한다. 임대인은 제3조에 따른 해지 후 30일 안에 이를 돌려준다.""",
}
GOLD = {
    "en": {
        "contents": {
            "5 in all:\nSection 1 (Rent)\nSection 2 (Repairs)\nSection 3 (Notice)\nSection 4 (Late payment)\n"
            "Section 5 (Deposit)"
        },
        "extreme": {"USD 20: Section 4 (Late payment)", "USD 900: Section 5 (Deposit)"},
    },
    "ko": {"contents": {"모두 4개입니다.\n제1조(차임)\n제2조(수선)\n제3조(해지)\n제4조(보증금)"}, "extreme": set()},
}
REFERRING = {
    "en": {"1": {"3"}, "3": {"4", "5"}, "4": {"1"}},
    "ko": {"1": {"2", "3"}, "3": {"4"}},
}
"""The sections that refer to a section. The build asks about a few of these, chosen by the document's id."""


def document(language: str, text: str, cluster: str) -> Context:
    row = lease(1, language=language)
    doc_id = content_id("mill", language, text)
    return replace(
        row,
        doc_id=doc_id,
        parent_id=doc_id,
        cluster_id=cluster,
        text=text,
        sections=(replace(row.sections[0], start=0, end=len(text), level=0, title=""),),
    )


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    build = BuildFolder(str(tmp_path_factory.mktemp("aggregation")))
    held_out = [document(language, text, f"mill {language}") for language, text in TEXTS.items()]
    near_duplicate = document("en", TEXTS["en"] + " It bears no interest.", "mill en")
    in_training = document("en", TEXTS["en"].replace("USD", "EUR"), "other")
    documents = [*held_out, near_duplicate, in_training]
    write_part(build.corpus_part(documents[0].bucket, "00000"), documents, Context)
    for split, asked in ((Split.VALIDATION, [*held_out, near_duplicate]), (Split.TRAIN, [in_training])):
        rows = [
            replace(sft_row(index, num_clauses=1, split=split), doc_ids=(row.doc_id,))
            for index, row in enumerate(asked)
        ]
        write_part(build.sft_part(split.value, "00000", "parquet"), rows, SftExample)
    return read_material(build.root)


def asked_of(material: Material, *lengths: int, **options: object) -> Asked:
    task = task_of("aggregation")
    return task.ask(Asking(task.options(**options), lengths, METER, material, 3))


def golds(prompts: tuple[Prompt, ...], language: str, kind: str) -> list[str]:
    return [prompt.gold[0] for prompt in prompts if (prompt.language, prompt.kind) == (language, kind)]


def number_of_questions(material: Material) -> int:
    return len(asked_of(material, 4096).prompts)


def test_questions_are_the_counts_lists_and_extremes_of_held_out_documents(material: Material) -> None:
    prompts = asked_of(material, 2048, 4096).prompts
    for language, by_kind in GOLD.items():
        for kind, gold in by_kind.items():
            found = golds(prompts, language, kind)
            assert len(found) == len(gold) and set(found) == gold, "a near duplicate gives a question once"
    referred = [prompt for prompt in prompts if prompt.kind == "cross_reference"]
    assert {prompt.language for prompt in referred} == {"en", "ko"}
    for prompt in referred:
        number = re.findall(r"(?:Section |제)(\d)", text_of(prompt).rsplit("\n\n", 1)[1])[-1]
        assert set(re.findall(r"\d", prompt.gold[0])) == REFERRING[prompt.language][number]
    assert {prompt.kind for prompt in prompts} == {"contents", "extreme", "cross_reference"}
    assert "EUR" not in "".join(prompt.gold[0] for prompt in prompts), "a training document is not asked about"


def test_document_stands_whole_in_the_smallest_length_that_holds_it(material: Material) -> None:
    prompts = asked_of(material, 900, 2048, 4096).prompts
    for prompt in prompts:
        assert prompt.num_tokens == METER.count_prompt(prompt.messages)
        needed = prompt.num_tokens + prompt.max_answer_tokens
        assert prompt.length == (900 if needed <= 900 else 2048) and needed <= prompt.length
        assert TEXTS[prompt.language] in text_of(prompt)
        assert prompt.proof and all(passage in TEXTS[prompt.language] for passage in prompt.proof)
    assert {prompt.length for prompt in prompts} == {900, 2048}


def test_right_answer_scores_one_and_an_incomplete_list_less(material: Material) -> None:
    score = task_of("aggregation").score
    for prompt in asked_of(material, 2048).prompts:
        (gold,) = prompt.gold
        right = score(prompt, gold)
        assert right["f1"] == right["exact"] == 1.0 and right["numbers"] in (1.0, None)
        assert score(prompt, "")["f1"] == 0.0 and score(prompt, "")["exact"] == 0.0
        if "\n" in gold:
            short = score(prompt, gold.rsplit("\n", 1)[0])
            assert 0.5 < (short["f1"] or 0.0) < 1.0 and short["exact"] == 0.0 and short["numbers"] == 0.0


def test_what_does_not_fit_is_counted(material: Material) -> None:
    num_questions = number_of_questions(material)
    asked = asked_of(material, 256)
    assert asked.prompts == () and asked.skipped == {"document_too_long": num_questions}
    asked = asked_of(material, 2048, max_answer_tokens=16)
    assert asked.skipped == {"answer_too_long": num_questions - len(asked.prompts)} and asked.prompts
    assert all(METER.count(prompt.gold[0]) <= 16 for prompt in asked.prompts)


def test_max_items_are_spread_over_kinds_and_counted_for_each_language(material: Material) -> None:
    asked = asked_of(material, 2048, max_items=2)
    for language in GOLD:
        kinds = [prompt.kind for prompt in asked.prompts if prompt.language == language]
        assert len(kinds) == len(set(kinds)) == 2
    assert asked.skipped == {"over_max_items": number_of_questions(material) - 4}


def test_documents_beyond_the_limit_are_not_read_but_counted(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_ups, "_MAX_DOCUMENTS", 1)
    task = task_of("aggregation")
    asked = task.ask(Asking(task.options(), (2048,), METER, material, seed=4321))
    assert asked.skipped["document_not_read"] == len(material.held_out) - 1 > 0
    assert len({prompt.cluster for prompt in asked.prompts}) == 1


def test_build_without_such_questions_gives_a_note(material: Material) -> None:
    nothing = replace(material, held_out=())
    asked = asked_of(nothing, 2048)
    assert asked.prompts == () and asked.notes == (
        "The outlines of the held-out documents answer no question of this task.",
    )
