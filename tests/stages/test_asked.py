"""Every context without a row is listed with its reasons, and a build without any row says why in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from synthesis_documents import CONTRACT_KO, LEASE, LOG, context_of

from pipeline.config.build import StructuralRecipe, SynthesizeRecipe, WrittenRecipe
from pipeline.config.export import ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.errors import StageError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Candidate, Context, DeadLetter, Rejection, SftExample
from pipeline.stages.asked import AskedContext, AskedContexts, ContextWithoutRow, ReasonCount, lengths_of_contexts
from pipeline.stages.export import ExportWork, WriteRows, describe_rows, plan_export_shards
from pipeline.stages.no_rows import why_no_rows
from pipeline.stages.runner import pipeline_options
from pipeline.stages.selection_steps import plan_selection
from pipeline.stages.shards import plan_synthesize_shards
from pipeline.stages.synthesize import SynthesizeWork

PROSE = "The harbour lay still. Nobody spoke of the storm, and the boats kept to the wall.\n" * 5


def ask(folder: BuildFolder, contexts: list[Context]) -> None:
    write_part(folder.corpus_part(2048, "00000"), contexts, Context)
    recipe = SynthesizeRecipe(written=WrittenRecipe(tasks=()), structural=StructuralRecipe())
    work = SynthesizeWork(recipe=recipe, tokenizer=EMBEDDED_MODEL, seed=17, fingerprint="f")
    for shard in plan_synthesize_shards(folder):
        with ShardLedger(folder=folder, stage="synthesize", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)


def export(folder: BuildFolder, **changes: float) -> None:
    import apache_beam as beam

    work = ExportWork(
        recipe=ExportRecipe(**changes),  # type: ignore[arg-type]
        packing=PackingRecipe(),
        pack_edges=(4096,),
        tokenizer=EMBEDDED_MODEL,
        seed=17,
        fingerprint="f",
    )
    with beam.Pipeline(options=pipeline_options([])) as job:
        shards = plan_export_shards(folder)
        select = plan_selection(shards, recipe=work.recipe, seed=work.seed, fingerprint=work.fingerprint)
        _ = job | WriteRows(select=select, shards=shards, folder=folder, work=work, name="test-set")


def reasons(record: AskedContext | ContextWithoutRow) -> dict[str, int]:
    return {item.reason: item.count for item in record.reasons}


def test_synthesize_says_of_every_context_what_came_of_it(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    contexts = [context_of(LEASE), context_of(PROSE), context_of(CONTRACT_KO, language="ko")]
    ask(folder, contexts)
    asked = {record.doc_id: record for record in read_parts(folder.asked, AskedContext)}
    assert list(asked) == [context.doc_id for context in contexts]
    counts = Counter(candidate.doc_id for candidate in read_parts(folder.candidates, Candidate))
    for context in contexts:
        record = asked[context.doc_id]
        assert (record.num_chars, record.title) == (len(context.text), context.title)
        assert record.num_candidates == counts[context.doc_id]
        assert record.language == context.language
    assert reasons(asked[contexts[1].doc_id]) == {"no_structure": 1, "not_written_about": 1}
    assert counts[contexts[0].doc_id] > 0
    rejected = Counter(item.reason for item in read_parts(folder.rejected, Rejection))
    told = sum((Counter(reasons(record)) for record in asked.values()), Counter())
    assert {reason: told[reason] for reason in rejected} == rejected
    assert lengths_of_contexts(folder.asked_part("00000")) == {
        context.doc_id: len(context.text) for context in contexts
    }


def test_export_lists_contexts_without_a_row_and_no_other(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    contexts = [context_of(LEASE), context_of(PROSE), context_of(LOG, domain="dialogue")]
    ask(folder, contexts)
    export(folder, validation_share=0.0)
    with_row = {doc_id for row in read_parts(folder.sft, SftExample) for doc_id in row.doc_ids}
    silent = {record.doc_id: record for record in read_part(folder.without_row, ContextWithoutRow)}
    assert with_row and not with_row & set(silent)
    assert with_row | set(silent) == {context.doc_id for context in contexts}
    assert silent[contexts[1].doc_id].reason == "no_structure"
    meeting = silent[contexts[2].doc_id]
    assert (meeting.reason, meeting.domain) == ("trivial_share", "dialogue"), "who said what is all there is to ask"
    assert reasons(meeting) == {"trivial_share": 2}


def test_build_whose_contexts_give_nothing_says_so_and_leaves_the_table(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    ask(folder, [context_of(PROSE), context_of(PROSE + "More of it.")])
    with pytest.raises(Exception, match=r"2 contexts were left without a row: nothing the structural tasks could ask"):
        export(folder)
    assert [record.reason for record in read_part(folder.without_row, ContextWithoutRow)] == ["no_structure"] * 2


def rejected(
    folder: BuildFolder, names: list[str], *, stage: str = "ingest", reason: str = "unsupported_format"
) -> None:
    write_part(
        folder.rejected_part(stage, "00000"),
        [Rejection(stage, name, reason, "", None, name, 0, "") for name in names],
        Rejection,
    )


def test_build_without_a_document_names_the_files_that_were_not_read(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    rejected(folder, [f"scans/{n}.pdf" for n in range(5)] + ["a.docx"])
    why = why_no_rows(folder)
    assert why.message == "5 files are PDF and were not read. 1 file is DOCX and was not read."
    assert "text" in why.remedy
    with pytest.raises(StageError, match=r"No candidate became a training row\. 5 files are PDF and were not read\."):
        describe_rows(folder=folder, name="empty", tokenizer=EMBEDDED_MODEL, seed=17)


def test_build_whose_documents_were_dropped_names_stage_and_reasons(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    rejected(folder, ["a.txt", "b.txt"], reason="too_short")
    why = why_no_rows(folder)
    assert why.message == "2 documents were dropped by ingest: too_short (2)."
    assert "clean" in why.remedy
    assert why_no_rows(BuildFolder(str(tmp_path / "nothing"))).message == "The inputs contain no documents."


def test_build_whose_documents_failed_names_stage_and_errors(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    errors = ("ValueError: a", "ValueError: b: c", "TimeoutError: d")
    letters = [DeadLetter("ingest", f"{number}", f"{number}.hwp", 0, error, "") for number, error in enumerate(errors)]
    write_part(folder.dead_part("ingest", "00000"), letters, DeadLetter)
    why = why_no_rows(folder)
    assert why.message == "3 items were not processed, because ingest failed: ValueError (2), TimeoutError (1)."
    assert "dead/" in why.remedy
    rejected(folder, ["a.txt"], reason="too_short")
    both = why_no_rows(folder)
    assert both.message.startswith("1 document was dropped by ingest: too_short (1). 3 items were not processed")
    assert "clean" in both.remedy


def row_of(doc_id: str, language: str = "en") -> Context:
    return replace(context_of(LEASE, language=language), doc_id=doc_id, title=doc_id.upper(), source_offset=4)


@pytest.mark.parametrize(
    ("structural", "written", "language", "added", "expected"),
    [
        (["clause"], ["qa"], "en", {}, [("no_structure", 1)]),
        (["clause"], ["qa"], "en", {"num_candidates": 1}, []),
        (["clause"], ["qa"], "en", {"reasons": ["b", "a", "b"]}, [("b", 2), ("a", 1)]),
        (["clause"], ["qa"], "en", {"reasons": ["b", "a"]}, [("a", 1), ("b", 1)]),
        (["clause"], [], "en", {"num_candidates": 2}, [("not_written_about", 1)]),
        (["clause"], ["qa"], "ko", {"num_candidates": 2}, [("not_written_about", 1)]),
        (["clause"], [], "en", {}, [("no_structure", 1), ("not_written_about", 1)]),
        ([], ["qa"], "en", {}, []),
    ],
)
def test_context_says_how_many_questions_it_gave_and_why_no_more(
    structural: list[str], written: list[str], language: str, added: dict[str, object], expected: list[tuple[str, int]]
) -> None:
    recipe = SynthesizeRecipe.model_validate(
        {"structural": {"tasks": structural}, "written": {"tasks": written, "languages": ["en"]}}
    )
    asked = AskedContexts(recipe)
    asked.add(row_of("d", language), **added)  # type: ignore[arg-type]
    (record,) = asked.records()
    assert record == AskedContext(
        doc_id="d",
        title="D",
        source_uri=row_of("d").source_uri,
        source_offset=4,
        domain="legal",
        language=language,
        num_chars=len(LEASE),
        num_candidates=int(added.get("num_candidates", 0)),  # type: ignore[call-overload]
        reasons=tuple(ReasonCount(*one) for one in expected),
    )


def test_documents_of_one_row_are_counted_together_in_the_order_they_came() -> None:
    asked = AskedContexts(SynthesizeRecipe())
    for name, number in (("b", 2), ("a", 1), ("b", 3)):
        asked.add(row_of(name), num_candidates=number, reasons=["x"])
    assert [(one.doc_id, one.num_candidates, one.reasons) for one in asked.records()] == [
        ("b", 5, (ReasonCount("x", 2),)),
        ("a", 1, (ReasonCount("x", 1),)),
    ]
