"""Another text for a document, and what the transforms do with a text that was changed without its offsets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apache_beam.pvalue import TaggedOutput
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.config.build import (
    CleanRecipe,
    IngestRecipe,
    InputSource,
    StructuralRecipe,
    SynthesizeRecipe,
    WrittenRecipe,
)
from pipeline.config.pack import JoinRecipe, PackRecipe
from pipeline.dedup.passages import without_spans
from pipeline.pack.contexts import whole_context
from pipeline.records import Context, DeadLetter, Document, Page
from pipeline.transforms.ask_structural import AskBatch
from pipeline.transforms.ask_teacher import AskTeacherBatch
from pipeline.transforms.asking import StructuralAsker
from pipeline.transforms.batches import Batch
from pipeline.transforms.changed_text import misfit_letter, with_text
from pipeline.transforms.clean_documents import clean_record
from pipeline.transforms.pack_contexts import PackBatch
from pipeline.transforms.packing import pack_documents
from pipeline.transforms.read_documents import ReadShard, plan_reading
from pipeline.transforms.reading import RawDocument, raw_document
from pipeline.transforms.record_dofn import RecordDoFn
from pipeline.transforms.row_asking import RowAsker

HEADER = "INTERNAL COPY. Do not distribute.\n\n"
ASKER = StructuralAsker(StructuralRecipe(min_questions=4), tokenizer="", seed=0)
PACK = PackRecipe(buckets=(1024, 2048), room_tokens=256, min_tokens=8, join=JoinRecipe(below_tokens=600))


def cleaned(raw: RawDocument) -> Document:
    document = clean_record(raw, recipe=CleanRecipe()).result
    assert isinstance(document, Document)
    return document


LEASE_DOCUMENT = cleaned(raw_document(LEASE, name="lease.txt"))
DOCUMENTS = (LEASE_DOCUMENT, cleaned(raw_document(CONTRACT_KO, name="계약.txt")))


def teacher_batch(cache: Path) -> AskTeacherBatch:
    recipe = SynthesizeRecipe(written=WrittenRecipe(tasks=()), structural=StructuralRecipe(min_questions=4))
    return AskTeacherBatch(RowAsker(recipe, "", 0, cache=str(cache)))


def made(dofn: RecordDoFn, *records: Document | Context) -> tuple[list[Any], list[DeadLetter]]:
    kept: list[Any] = []
    dead: list[DeadLetter] = []
    for one in dofn.process((Batch("a"), records)):
        if not isinstance(one, TaggedOutput):
            kept += one[1]
        elif one.tag == "dead":
            dead += one.value[1]
    return kept, dead


@pytest.mark.parametrize("document", DOCUMENTS, ids=["en", "ko"])
def test_text_with_a_header_has_the_same_questions_with_quotes_at_their_places(document: Document) -> None:
    changed = with_text(document, HEADER + document.text)
    (before,), _ = made(AskBatch(ASKER), document)
    (after,), dead = made(AskBatch(ASKER), changed)
    assert not dead
    assert len(after.candidates) > 2
    for candidate in after.candidates:
        assert all(changed.text[quote.start : quote.end] == quote.quote for quote in candidate.evidence)
    assert {one.answer for one in before.candidates} & {one.answer for one in after.candidates}
    assert [one.title for one in changed.sections if one.title] == [one.title for one in document.sections if one.title]
    assert with_text(document, document.text) == document


def test_text_changed_alone_is_a_dead_letter_that_names_the_remedy(tmp_path: Path) -> None:
    wrong = replace(LEASE_DOCUMENT, text=HEADER + LEASE_DOCUMENT.text)
    right = DOCUMENTS[1]
    for dofn in (AskBatch(ASKER), teacher_batch(tmp_path), PackBatch(PACK, seed=0)):
        kept, (letter,) = made(dofn, wrong, right)
        assert len(kept) == 1
        assert letter.item_id == wrong.doc_id
        assert "a step changed the text without them" in letter.error
        assert "with_text(document, text)" in letter.error
    row = replace(whole_context(LEASE_DOCUMENT), text=LEASE_DOCUMENT.text[:-9])
    for dofn in (AskBatch(ASKER), teacher_batch(tmp_path)):
        kept, (letter,) = made(dofn, row)
        assert not kept
        assert "Change the text before PackContexts" in letter.error
    without_sections = replace(wrong, text=LEASE_DOCUMENT.text[:-9], sections=())
    assert misfit_letter(without_sections, stage="s") is not None, "the outline is of another text"
    assert misfit_letter(replace(without_sections, outline=None), stage="s") is None


@pytest.mark.parametrize("source", ["bundled:manual/en", "bundled:legal/ko", "bundled:code", "bundled:dialogue"])
def test_documents_and_rows_of_real_files_fit_also_after_cuts(source: str) -> None:
    sources = [InputSource(path=source)]
    plan = plan_reading(sources, IngestRecipe(max_documents=6), ())
    read = ReadShard(sources, IngestRecipe(max_documents=6), ())
    raws = [one for shard in plan.shards for outcome in read.outcomes(shard) for one in outcome.made]
    results = [clean_record(raw, recipe=CleanRecipe()).result for raw in raws if isinstance(raw, RawDocument)]
    documents = [one for one in results if isinstance(one, Document)]
    assert len(documents) > 2
    cut = [without_spans(one, [(len(one.text) // 3, len(one.text) // 2), (0, 9)]) for one in documents]
    outcomes = pack_documents(documents, PACK, seed=0, clusters={})
    rows = [one for outcome in outcomes for one in outcome.made if isinstance(one, Context)]
    assert rows
    records: list[Document | Context] = [*documents, *cut, *rows]
    assert {misfit_letter(one, stage="s") for one in records} == {None}


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=6),
    at=st.integers(0, 30),
    removed=st.integers(0, 10),
    added=st.integers(0, 5),
)
def test_page_after_a_change_begins_with_the_same_letters_or_has_no_label(
    sizes: list[int], at: int, removed: int, added: int
) -> None:
    # Every page is a letter of its own, so that its place in a changed text can be told.
    text = "".join(chr(ord("a") + number) * size for number, size in enumerate(sizes))
    pages = tuple(Page(text.index(letter), letter) for letter in dict.fromkeys(text))
    document = replace(LEASE_DOCUMENT, text=text, domain="dialogue", pages=pages, sections=(), outline=None)
    at = min(at, len(text))
    changed = with_text(document, text[:at] + "-" * added + text[at + removed :])
    starts = [page.start for page in changed.pages]
    assert starts == sorted(set(starts))
    assert starts[0] == 0
    bounds = [*starts, len(changed.text)]
    for page, end in zip(changed.pages, bounds[1:], strict=True):
        assert not page.label or set(changed.text[page.start : end]) <= {page.label, "-"}
