"""A build of leases and by-laws in English and Korean, two of them held out, about which look-ups can be asked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import prose
from small_student import sft_row
from structural_documents import make_context

from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, Evidence, Message, SftExample, Split

_ENGLISH = """
Rent Parking Heating Signs Insurance Keys Noise Animals Waste Cleaning Deliveries Bicycles Lifts Alarms Gardens Repairs
Lighting Storage Visitors Painting
"""
_KOREAN = """
차임 주차 난방 간판 보험 열쇠 소음 동물 폐기물 청소 배달 자전거 승강기 경보기 정원 수선 조명 창고 방문객 도색
"""
HEADINGS = {"en": _ENGLISH.split(), "ko": _KOREAN.split()}
TITLES = {"en": "{name} LEASE", "ko": "{name} 임대차계약서"}
NAMES = {
    "en": ("BRAMBLE", "HARROW", "KESTREL", "MARLOW", "TENBY", "WICKLOW"),
    "ko": ("서문빌딩", "고래상가", "동문회관", "북악타워", "늘봄센터", "햇살빌딩"),
}
HELD_OUT = ("BRAMBLE LEASE", "서문빌딩 임대차계약서")
WRITTEN_QUESTION = "Who keeps the spare keys of the boiler room?"
WRITTEN_ANSWER = "Imogen Tattersall"
WRITTEN_EVIDENCE = "Imogen Tattersall keeps the spare keys of the boiler room."


def lease_text(language: str, name: str) -> str:
    """A lease with twenty articles: each names an amount and a time limit, and has natural sentences behind them."""
    rng = random.Random(name)
    title = TITLES[language].format(name=name)
    parts = [title]
    amounts = rng.sample(range(1001, 9999), 2 * len(HEADINGS[language]))
    for number, heading in enumerate(HEADINGS[language], start=1):
        amount, later = amounts[2 * number - 2], amounts[2 * number - 1]
        days = rng.randint(21, 89)
        filler = prose.document(language, rng.randint(0, 1 << 30), num_sentences=5)
        if language == "en":
            parts.append(f"ARTICLE {number}. {heading.upper()}")
            parts.append(f"{number}.1 Tenant shall pay Landlord a charge of USD {amount:,} in every year of the term.")
            parts.append(f"{number}.2 Landlord shall answer a request within {days} days after its receipt.")
        else:
            parts.append(f"제{number}조 ({heading})")
            parts.append(f"① 을은 매년 {later * 1000:,}원을 갑에게 지급한다.")
            parts.append(f"② 갑은 요청을 받은 날부터 {days}일 이내에 답하여야 한다.")
        parts.append(filler)
    if title == HELD_OUT[0]:
        parts.append(WRITTEN_EVIDENCE)
    return "\n\n".join(parts) + "\n"


def lease(language: str, name: str) -> Context:
    """A corpus row with a lease."""
    title = TITLES[language].format(name=name)
    context = make_context(lease_text(language, name), domain="legal", language=language)
    doc_id = content_id(title)
    return replace(context, doc_id=doc_id, parent_id=doc_id, cluster_id=doc_id, title=title, bucket=8192)


def documents() -> list[Context]:
    """All rows of the corpus."""
    return [lease(language, name) for language, names in NAMES.items() for name in names]


def written_row() -> SftExample:
    """A validation row whose only question a teacher wrote, in front of its document."""
    context = lease("en", NAMES["en"][0])
    start = context.text.index(WRITTEN_EVIDENCE)
    evidence = Evidence(context.doc_id, start, start + len(WRITTEN_EVIDENCE), WRITTEN_EVIDENCE, 0.9)
    asked = f"Answer from the document below: {WRITTEN_QUESTION}\n\n{context.text}"
    messages = (Message("user", asked), Message("assistant", WRITTEN_ANSWER))
    row = sft_row(0, num_clauses=1, split=Split.VALIDATION)
    return replace(row, messages=messages, doc_ids=(context.doc_id,), evidence=(evidence,))


def write_build(folder: Path, *, rows: Sequence[Context]) -> str:
    """A build folder whose validation rows are about the held-out documents among the rows of its corpus."""
    build = BuildFolder(str(folder))
    write_part(build.corpus_part(8192, "00000"), rows, Context)
    about = [
        replace(sft_row(index, num_clauses=1, split=Split.VALIDATION), doc_ids=(content_id(title),), evidence=())
        for index, title in enumerate(HELD_OUT[1:], start=1)
    ]
    write_part(build.sft_part("validation", "00000", "parquet"), [written_row(), *about], SftExample)
    return str(folder)
