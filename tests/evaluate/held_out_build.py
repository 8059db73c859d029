"""A build of natural documents, some held out; one token is one UTF-8 byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import prose
from small_student import sft_row
from whole_rows import WHOLE_ROW

from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, Section, SftExample, Split

HELD_OUT = ("lease", "manual-ko")
DOCUMENTS = {
    "lease": ("legal", "en", 40),
    "supply": ("legal", "en", 30),
    "judgment": ("legal", "en", 12),
    "manual-ko": ("manual", "ko", 9),
    "guide-ko": ("manual", "ko", 24),
}


def context(title: str) -> Context:
    """A corpus row; one token is one UTF-8 byte."""
    domain, language, num_sentences = DOCUMENTS[title]
    text = prose.document(language, len(title), num_sentences=num_sentences)
    doc_id = content_id(title)
    return Context(
        doc_id=doc_id,
        text=text,
        domain=domain,
        language=language,
        title=title,
        licence="Apache-2.0",
        source_uri=f"documents/{title}.txt",
        source_offset=0,
        sha256="0" * 64,
        num_tokens=len(text.encode()),
        bucket=4096,
        cluster_id=doc_id,
        sections=(Section(start=0, end=len(text), level=0, title=""),),
        parent_id=doc_id,
        parent_start=0,
        **WHOLE_ROW,
    )


def write_build(folder: Path, *, held_out: tuple[str, ...] = HELD_OUT) -> str:
    """A build folder with a corpus, and validation rows about the held-out documents."""
    build = BuildFolder(str(folder))
    write_part(build.corpus_part(4096, "00000"), [context(title) for title in DOCUMENTS], Context)
    rows = [
        replace(sft_row(index, num_clauses=1, split=Split.VALIDATION), doc_ids=(content_id(title),))
        for index, title in enumerate(held_out)
    ]
    write_part(build.sft_part("validation", "00000", "parquet"), rows, SftExample)
    return str(folder)
