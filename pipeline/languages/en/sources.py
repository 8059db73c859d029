"""English words in the names and first lines of documents."""

from __future__ import annotations

from pipeline.languages.rules import SourceRules

SOURCES = SourceRules(
    title_boilerplate=r"confidential|privileged|do not (?:copy|distribute)",
    numbered_titles=r"[A-Za-z]{4,20}(?: [A-Za-z]{2,12}\.?)?[ #№]{1,3}[\w./#-]*\d[\w./-]*",
    title_stamps=(
        r"(?:(?:first|second|final|working|discussion|revised) )?draft(?: (?:only|copy|version|v?\.?\d[\d.]*|\d))?"
        r"|(?:(?:certified|true|office|client|customer|file|archive|execution|conformed|signed|reading) )?copy"
        r"|original|duplicate|specimen|sample|void|cancelled|superseded|obsolete|not for execution|for review(?: only)?"
        r"|for discussion(?: only)?|for information(?: only)?|final(?: version)?|preliminary|internal(?: use only)?"
        r"|confidential|unofficial translation|translation|top secret|secret"
    ),
    case_number=(
        r"\b(?:Case|Docket|Action|Appeal|Civil|Crim(?:inal)?|Cause)\.?\s+(?:Action\s+)?No(?:s)?\.?\s*:?\s*"
        r"(\d[\w:.-]*\d)"
        r"|\bNo\.\s+(\d{2,4}[-–]\d{2,6})\b"
    ),
    thread_label=(
        r"thread|thread id|conversation|conversation id|channel|ticket|ticket no|case|case id|meeting series|series|"
        r"room|subject"
    ),
    language_folders=frozenset({"en", "eng", "english", "영어", "영문"}),
    kind_folders=frozenset({"manual", "manuals", "guides", "docs", "documents"}),
)
