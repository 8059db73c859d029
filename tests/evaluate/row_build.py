"""A build with held-out rows of several turns, about documents of several lengths in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import prose
from whole_rows import WHOLE_ROW

from pipeline.export.rows import QuestionPlace, user_message
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Checks, Context, Evidence, Message, Section, SftExample, Split, Turn

MODEL = "embedded:smollm2-135m-instruct"
_CHECKS = Checks(True, 1.0, True, 1.0, True, True)
_SECTIONS = {
    "en": [
        ("1. Rent", "The tenant of plot {n} pays a rent of {n} 40 dollars on the third day of each month."),
        ("2. Repairs", "The landlord of plot {n} repairs the boiler within {n} 2 hours after notice of the fault."),
        ("3. Notice", "Either party ends the lease of plot {n} by a letter sent {n} 5 weeks before the end of a year."),
    ],
    "ko": [
        ("제1조 (차임)", "제{n}호의 임차인은 매월 셋째 날에 차임 {n}40만 원을 임대인에게 지급한다."),
        ("제2조 (수선)", "제{n}호의 임대인은 고장 통지를 받은 때부터 {n}2시간 안에 보일러를 수선한다."),
        ("제3조 (해지)", "제{n}호의 당사자는 해가 끝나기 {n}5주 전에 편지를 보내어 계약을 해지할 수 있다."),
    ],
}
_QUESTIONS = {
    "en": (
        "What does “{title}” say?",
        "What do all numbered sections of this lease say? Quote each in order.",
        "What does the document say under “9. Pets”?",
        "This document has no section “9. Pets”. Its sections include “{first}” and “{last}”.",
    ),
    "ko": (
        "“{title}”에는 무엇이라고 적혀 있습니까?",
        "이 계약의 모든 조항에는 무엇이라고 적혀 있습니까? 차례대로 옮겨 주십시오.",
        "“제9조 (동물)”에는 무엇이라고 적혀 있습니까?",
        "이 문서에는 “제9조 (동물)”이라는 조항이 없습니다. 있는 조항으로는 “{first}”, “{last}” 등이 있습니다.",
    ),
}


@dataclass(frozen=True)
class Asked:
    """A question with its answer and the quotes that prove it."""

    question: str
    answer: str
    quotes: Sequence[str]
    task: str
    family: str


def lease(number: int, *, language: str = "en", num_sentences: int = 20, cluster: str = "") -> Context:
    """A lease with three sections, and `num_sentences` sentences of other matter between them."""
    parts, sections = [], []
    offset = 0
    for at, (title, sentence) in enumerate(_SECTIONS[language]):
        filler = prose.document(language, 10 * number + at, num_sentences=num_sentences)
        part = f"{title}\n\n{sentence.format(n=number)}\n\n{filler}\n\n"
        sections.append(Section(start=offset, end=offset + len(part), level=1, title=title))
        parts.append(part)
        offset += len(part)
    text = "".join(parts).rstrip("\n")
    sections[-1] = replace(sections[-1], end=len(text))
    doc_id = content_id("lease", language, number)
    return Context(
        doc_id=doc_id,
        text=text,
        domain="legal",
        language=language,
        title=f"lease {number}",
        licence="Apache-2.0",
        source_uri=f"documents/{language}-{number}.txt",
        source_offset=0,
        sha256="0" * 64,
        num_tokens=len(text.encode()),
        bucket=65536,
        cluster_id=cluster or doc_id,
        sections=tuple(sections),
        parent_id=doc_id,
        parent_start=0,
        **WHOLE_ROW,
    )


def sentences_of(context: Context) -> list[str]:
    """What each of the three sections says."""
    return [context.text[section.start : section.end].split("\n\n")[1] for section in context.sections]


def questions_about(context: Context) -> list[Asked]:
    """A question about the first section, one about all of them, one about none, and one about the last."""
    one, every, none, absent = _QUESTIONS[context.language]
    said = sentences_of(context)
    titles = [section.title for section in context.sections]
    return [
        Asked(one.format(title=titles[0]), said[0], [said[0]], "clause", "look_up"),
        Asked(every, "\n".join(said), said, "contents", "aggregate"),
        Asked(
            none, absent.format(first=titles[0], last=titles[-1]), [titles[0], titles[-1]], "absent", "not_answerable"
        ),
        Asked(one.format(title=titles[-1]), said[-1], [said[-1]], "clause", "look_up"),
    ]


def row_about(
    context: Context,
    turns: Sequence[Asked],
    *,
    place: QuestionPlace = QuestionPlace.AFTER,
    split: Split = Split.VALIDATION,
) -> SftExample:
    """The row of a conversation."""
    ids = [content_id(context.doc_id, turn.question) for turn in turns]
    questions = [turn.question for turn in turns]
    language = context.language
    questions[0] = user_message(context, question=questions[0], candidate_id=ids[0], language=language, place=place)
    return SftExample(
        messages=tuple(
            message
            for question, turn in zip(questions, turns, strict=True)
            for message in (Message("user", question), Message("assistant", turn.answer))
        ),
        id=content_id("row", *ids),
        turns=tuple(
            Turn(i, turn.task, turn.family, "structural", "structural", "", _CHECKS)
            for i, turn in zip(ids, turns, strict=True)
        ),
        task="mixed",
        origin="structural",
        domain=context.domain,
        language=language,
        bucket=context.bucket,
        num_tokens=0,
        num_loss_tokens=0,
        control_strings=0,
        tokenizer="another",
        doc_ids=(context.doc_id,),
        evidence=tuple(_evidence(context, quote, number) for number, turn in enumerate(turns) for quote in turn.quotes),
        checks=_CHECKS,
        teacher="structural",
        prompt_version="",
        loss_weight=1.0,
        split=split.value,
    )


def write_rows(folder: Path, contexts: Sequence[Context], rows: Sequence[SftExample]) -> str:
    """A build folder with a corpus and rows of both splits."""
    build = BuildFolder(str(folder))
    write_part(build.corpus_part(65536, "00000"), contexts, Context)
    for split in Split:
        if own := [row for row in rows if row.split == split]:
            write_part(build.sft_part(split.value, "00000", "parquet"), own, SftExample)
    return str(folder)


def _evidence(context: Context, quote: str, turn: int) -> Evidence:
    start = context.text.index(quote)
    depth = start / len(context.text)
    return Evidence(context.doc_id, start, start + len(quote), quote, depth, turn=turn)
