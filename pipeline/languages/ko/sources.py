"""Korean words in the names and first lines of documents."""

from __future__ import annotations

from pipeline.languages.rules import SourceRules

SOURCES = SourceRules(
    title_boilerplate="대외비|열람 금지|사본|초안",
    case_number=r"((?:19|20)\d{2}[가-힣]{1,3}\d{1,7})",
    thread_label=r"스레드|대화방|채널|상담 ?번호|접수 ?번호|문의 ?번호|회의명|제목",
    language_folders=frozenset({"ko", "kor", "korean", "한국어", "국문"}),
    kind_folders=frozenset({"매뉴얼", "설명서"}),
)
