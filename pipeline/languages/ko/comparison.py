"""Korean words for comparing documents."""

from __future__ import annotations

import re

from pipeline.languages.comparison_rules import ComparisonWords

_MORE = r"(?:더 |(?<=[\d일월년원배간분초개회명대도%] ))"
"""What stands before a comparative: 더, or how much more it is."""

COMPARISON = ComparisonWords(
    titled_document="「{title}」",
    numbered_document="문서 {number}",
    document_column="문서",
    provision_column="조항",
    value_column="내용",
    not_stated="이 문서에 없음",
    no_sentence="해당 문장 없음",
    differ="예, 다릅니다.",
    are_equal="아니요, 두 문서 모두 다음과 같습니다. “{words}”",
    highest="높은",
    lowest="낮은",
    longest="긴",
    shortest="짧은",
    larger_than=rf"{_MORE}(?:길|긴|깁|많|높|늦|크|큰|큽|커|무겁)",
    smaller_than=rf"{_MORE}(?:짧|적|낮|이르|이른|이릅|작|가볍)",
    standard=r"(?P<standard>(?:(?![은는이가] )[^,;.])+)보다",
    no_title=re.compile(r"(?:다|요|까|오)[.?]?$|,$|(?:및|또는|의)$"),
    title_goes_on=re.compile(r"\s*(?:(?:일부|전부)\s*개정|폐지|제정)\s?(?:법률|령|규칙|조례)?\s?안"),
    kinds={"money": "금액", "date": "날짜", "share": "비율", "duration": "기간"},
)
