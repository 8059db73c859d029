"""First topics, on a small build of titled documents in two languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import prose
import pytest
from generated_checks import METER, score_of, task_of, text_of
from held_out_build import context
from small_student import sft_row

from pipeline.evaluate.documents.passages import whole_ends
from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.task import Asked, Asking
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, Section, SftExample, Split

LONGEST_SENTENCE_TOKENS = 110
TITLES = {
    "Lease of flat 9": "en",
    "Lease": "en",
    "Supply of tiles": "en",
    "Judgment on a survey": "en",
    "": "en",
    "필터 청소 설명서": "ko",
    "전시실 안내": "ko",
    "창고 임대차 계약": "ko",
}


def document(title: str) -> Context:
    language = TITLES[title]
    text = prose.document(language, len(title) + 1, num_sentences=60)
    row, doc_id = context("lease"), content_id("topic", title)
    return replace(
        row,
        doc_id=doc_id,
        parent_id=doc_id,
        cluster_id=doc_id,
        title=title,
        language=language,
        text=text,
        num_tokens=len(text.encode()),
        sections=(Section(start=0, end=len(text), level=0, title=""),),
    )


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder: Path = tmp_path_factory.mktemp("topics")
    build = BuildFolder(str(folder))
    documents = [document(title) for title in TITLES]
    write_part(build.corpus_part(4096, "00000"), documents, Context)
    held_out = [row for row in documents if row.title in ("Lease of flat 9", "Supply of tiles", "", "전시실 안내")]
    rows = [
        replace(sft_row(index, num_clauses=1, split=Split.VALIDATION), doc_ids=(row.doc_id,))
        for index, row in enumerate(held_out)
    ]
    write_part(build.sft_part("validation", "00000", "parquet"), rows, SftExample)
    return read_material(str(folder))


def asked_of(material: Material, *lengths: int, **options: object) -> Asked:
    task = task_of("topics")
    return task.ask(Asking(task.options(**options), lengths, METER, material, 3))


def test_first_topic_is_asked_in_the_published_words(material: Material) -> None:
    prompts = [prompt for prompt in asked_of(material, 1536).prompts if prompt.language == "en"]
    assert {prompt.gold for prompt in prompts} == {("Lease of flat 9",), ("Supply of tiles",)}
    for prompt in prompts:
        (title,) = prompt.gold
        text = text_of(prompt)
        head = (
            "Below is a record of our previous conversation on 3 different topics. You are the ASSISTANT, and I am the "
            "USER. At the beginning of each topic, the USER will say 'I would like to discuss the topic of <TOPIC>'. "
            "Memorize each <TOPIC>. At the end of the record, I will ask you to retrieve the first topic. Now the "
            f"record start. USER: I would like to discuss the topic of {title}. \n ASSISTANT: "
        )
        tail = (
            " Now the record ends. What is the first topic we discussed? Only give me the topic name. "
            "Do not summarize yourself."
        )
        assert text.startswith(head) and text.endswith(f"Let's talk about the next topic.{tail}")
        topics = re.findall(r"USER: I would like to discuss the topic of (.+?)\. \n ASSISTANT: ", text)
        assert topics[0] == title and len(set(topics)) == 3 and set(topics) <= set(TITLES)


def test_records_fill_their_lengths_with_the_same_questions(material: Material) -> None:
    prompts = asked_of(material, 1024, 2048).prompts
    for prompt in prompts:
        assert prompt.num_tokens == METER.count_prompt(prompt.messages)
        assert prompt.length - LONGEST_SENTENCE_TOKENS < prompt.num_tokens + prompt.max_answer_tokens <= prompt.length
        assert prompt.proof[0] in text_of(prompt) and prompt.gold[0] in prompt.proof[0]
    short, long = ([prompt.item for prompt in prompts if prompt.length == length] for length in (1024, 2048))
    assert short == long and len(short) == 3 and {prompt.language for prompt in prompts} == {"en", "ko"}


def test_beginning_of_a_hard_wrapped_text_ends_with_a_sentence_and_never_with_a_heading() -> None:
    text = (
        "The tenant keeps the yard of\nthe mill clean and pays for what\nhe breaks there.\n\n2. Repairs\n\n"
        "The owner repairs the roof and\nthe walls of the mill within a month.\n"
    )
    wrapped = replace(document("Lease"), text=text, sections=(Section(start=0, end=len(text), level=0, title=""),))
    ends = [text[:end].splitlines()[-1] for end in whole_ends(wrapped)]
    assert ends == ["he breaks there.", "the walls of the mill within a month."]


def test_beginning_of_a_list_of_names_may_end_with_a_line() -> None:
    text = "Ada\nBo\nCem\n"
    names = replace(document("Lease"), text=text, sections=(Section(start=0, end=len(text), level=0, title=""),))
    assert whole_ends(names) == (3, 6, 10)


def test_corpus_that_cannot_fill_a_length_is_a_note_and_a_counted_skip(material: Material) -> None:
    asked = asked_of(material, 1024, 65_536)
    assert {prompt.length for prompt in asked.prompts} == {1024}
    assert asked.skipped == {"no_title": 1, "corpus_too_small": 3}
    assert asked.notes == ("The build has too few titled documents for records of 65,536 tokens.",)


def test_samples_count_for_each_language(material: Material) -> None:
    prompts = asked_of(material, 1024, samples=1).prompts
    assert sorted(prompt.language for prompt in prompts) == ["en", "ko"]


def test_first_named_title_counts(material: Material) -> None:
    prompts = asked_of(material, 4096).prompts
    for prompt in prompts:
        (gold,) = prompt.gold
        others = [title for title in prompt.notes["titles"].split("\n") if title != gold]
        assert score_of("topics", prompt, gold) == score_of("topics", prompt, f"It was “{gold}”.") == 1.0
        assert score_of("topics", prompt, "") == 0.0
        assert all(score_of("topics", prompt, f"{other}, then {gold}") == 0.0 for other in others)
    (lease,) = (prompt for prompt in prompts if prompt.gold == ("Lease of flat 9",))
    assert "Lease" in lease.notes["titles"].split("\n")
    assert score_of("topics", lease, "the topic of lease of flat 9") == 1.0
    assert score_of("topics", lease, "Lease") == 0.0
