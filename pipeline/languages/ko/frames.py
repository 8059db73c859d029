"""Korean wordings around questions, answers and documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.quoted import first_outside_quotes
from pipeline.languages.rules import Frames

_PLACE = re.compile(r"(?:이 |위 )?문서(?=(?:에서|에는|에|의)(?:\s|$))")


_PROVISION_PLACE = re.compile(r"(?:제\d[^\s,?]{0,12}|부칙|별표|별지)(?: ?\([^()]{1,40}\))?(?: ?제\d\S{0,8}?){0,3}에서 ")
"""A question that begins with a place in the document and 에서: `부칙에서 …`."""


def name_document(question: str, title: str, number: int) -> str:
    """Return a question that names its document: `「제목」에서 얼마입니까?`."""
    name = f"「{title}」" if title else f"문서 {number}"
    if found := first_outside_quotes(_PLACE, question):
        return f"{question[: found.start()]}{name}{question[found.end() :]}"
    return f"{name}의 {question}" if _PROVISION_PLACE.match(question) else f"{name}에서 {question}"


def join_names(names: Sequence[str]) -> str:
    """Return names as a list in running text: `가, 나, 다`."""
    return ", ".join(names)


FRAMES = Frames(
    about_one=(
        "{question}",
        "위 문서를 바탕으로 답해 주십시오. {question}",
        "이 문서에 관한 질문입니다. {question}",
    ),
    about_several=(
        "{question}",
        "위 문서들을 바탕으로 답해 주십시오. {question}",
        "이 문서들에 관한 질문입니다. {question}",
    ),
    ahead_of_one=(
        "{question}",
        "아래 문서를 바탕으로 답해 주십시오. {question}",
        "다음 문서에 관한 질문입니다. {question}",
    ),
    ahead_of_several=(
        "{question}",
        "아래 문서들을 바탕으로 답해 주십시오. {question}",
        "다음 문서들에 관한 질문입니다. {question}",
    ),
    part="[전체 {num_parts}부 중 {part}부]",
    continued="[전체 {num_parts}부 중 {part}부. 이어지는 부분: {path}]",
    document_heading="문서 {number}: {title}",
    summary_question="문서의 「{title}」 부분을 요약하십시오.",
    document_summary_question="문서의 주요 내용을 요약하십시오.",
    before_amendment="변경되기 전의 내용을 기준으로, ",
    provisions="조항",
    sections="절",
    table_under="“{name}”",
    step_count="{count}단계",
    at_time="{time}",
    module_level="모듈 수준 코드",
    package_level="패키지 수준 코드",
    in_all="모두 {count}개입니다.",
)

TYPE_NOUNS = {
    "class": "클래스",
    "struct": "구조체",
    "interface": "인터페이스",
    "trait": "트레이트",
    "enum": "열거형",
    "record": "레코드",
    "union": "공용체",
}
"""The Korean nouns for code types, by keyword."""
