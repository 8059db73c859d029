"""A row as long as its bucket is written, one token longer is rejected; a document at `min_tokens` is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import pytest
from prose import document
from step_runs import run_selection
from synthesis_documents import LEASE, context_of

from pipeline.config.build import StructuralRecipe, SynthesizeRecipe, WrittenRecipe
from pipeline.config.export import ConversationRecipe, ExportRecipe
from pipeline.config.pack import JoinRecipe, PackRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import read_part_with_lists, read_parts, write_part
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import Context, Document, JoiningKind, Rejection, Section, SftExample
from pipeline.stages.encoded_parts import SECTION_TOKEN_STARTS, TOKEN_LISTS
from pipeline.stages.export import ExportWork, plan_export_shards
from pipeline.stages.pack import PackDocuments, plan_pack
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards, plan_synthesize_shards
from pipeline.stages.synthesize import SynthesizeWork
from pipeline.tokens.encode import count_tokens
from pipeline.tokens.tokenizer import load_tokenizer

LOOK_UPS = ("amount", "clause", "deadline", "definition", "duty", "party")
"""Tasks of one family, so that no share of a family drops a candidate."""


def rows_in_buckets_of(root: Path, bucket: int) -> tuple[dict[str, SftExample], dict[str, Rejection]]:
    """Rows and rejections by candidate, of one document in a bucket of some tokens."""
    folder = BuildFolder(str(root))
    context = replace(context_of(LEASE), bucket=bucket)
    write_part(folder.corpus_part(bucket, "00000"), [context], Context)
    recipe = SynthesizeRecipe(
        written=WrittenRecipe(tasks=()),
        structural=StructuralRecipe(tasks=LOOK_UPS, questions_per_10k_chars=1, min_questions=4),
    )
    ask = SynthesizeWork(recipe=recipe, tokenizer=EMBEDDED_MODEL, seed=17, fingerprint="f")
    for shard in plan_synthesize_shards(folder):
        with ShardLedger(folder=folder, stage="synthesize", shard_id=shard.shard_id, fingerprint="f") as ledger:
            ask.run(shard, folder, ledger)
    work = ExportWork(
        recipe=ExportRecipe(validation_share=0.0, conversations=ConversationRecipe(max_turns=1)),
        packing=PackingRecipe(),
        pack_edges=(4096,),
        tokenizer=EMBEDDED_MODEL,
        seed=17,
        fingerprint="f",
    )
    shards = plan_export_shards(folder)
    run_selection(shards, folder, work)
    for shard in shards:
        with ShardLedger(folder=folder, stage="export", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    return (
        {row.turns[0].candidate_id: row for row in read_parts(folder.sft, SftExample)},
        {one.item_id: one for one in read_parts(folder.rejected, Rejection) if one.stage == "export"},
    )


def test_row_as_long_as_its_bucket_is_written_and_one_token_longer_is_rejected(tmp_path: Path) -> None:
    rows, _ = rows_in_buckets_of(tmp_path / "large", 8192)
    lengths = sorted({row.num_tokens for row in rows.values()})
    assert len(lengths) > 1, "rows of one length would prove nothing"
    for bucket in (lengths[0], lengths[-1] - 1):
        kept, rejected = rows_in_buckets_of(tmp_path / str(bucket), bucket)
        assert set(kept) == {name for name, row in rows.items() if row.num_tokens <= bucket}
        assert set(rejected) == {name for name, row in rows.items() if row.num_tokens > bucket}
        assert kept and rejected
        for name, rejection in rejected.items():
            assert rejection.reason == "over_bucket"
            assert rejection.score == rows[name].num_tokens
            assert rejection.detail == f"{rows[name].num_tokens} tokens do not fit the bucket of {bucket}."


TEXT = document("en", 5, num_sentences=12)
NUM_TOKENS = count_tokens([TEXT], EMBEDDED_MODEL)[0]


def packed(root: Path, **recipe: object) -> tuple[list[Context], list[Rejection]]:
    folder = BuildFolder(str(root))
    names = ("page-1", "page-2")
    texts = (TEXT, document("en", 6, num_sentences=40))
    documents = [
        Document(content_id(name), text, "manual", "en", name, "MIT", f"/m/pump/{name}.html", 0, sha256_hex(b""), ())
        for name, text in zip(names, texts, strict=True)
    ]
    write_part(folder.document_part("00000"), documents, Document)
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        _ = pipeline | PackDocuments(
            steps=plan_pack(
                plan_document_shards(folder),
                recipe=PackRecipe.model_validate({"buckets": (1024, 2048), "room_tokens": 24, **recipe}),
                seed=17,
                fingerprint="f",
            ),
            folder=folder,
        )
    return list(read_parts(folder.corpus, Context)), list(read_parts(folder.rejected, Rejection))


@pytest.mark.parametrize(("above", "num_rejected"), [(0, 0), (1, 1)])
def test_document_of_the_least_tokens_is_kept_and_of_one_less_rejected(
    tmp_path: Path, above: int, num_rejected: int
) -> None:
    contexts, rejections = packed(tmp_path, min_tokens=NUM_TOKENS + above, join=JoinRecipe(kinds=()))
    assert len(contexts) == 2 - num_rejected
    assert [(one.reason, one.score) for one in rejections] == [("too_short_tokens", NUM_TOKENS)] * num_rejected


@pytest.mark.parametrize(("above", "is_joined"), [(0, False), (1, True)])
def test_documents_below_the_limit_are_joined_and_one_at_it_is_not(tmp_path: Path, above: int, is_joined: bool) -> None:
    other = count_tokens([document("en", 6, num_sentences=40)], EMBEDDED_MODEL)[0]
    join = JoinRecipe(kinds=(JoiningKind.SAME_SOURCE,), below_tokens=other + above, target=2048)
    contexts, _ = packed(tmp_path, join=join)
    assert sorted(len(context.members) for context in contexts) == ([2] if is_joined else [0, 0])


def test_document_that_fills_its_bucket_with_the_room_is_in_that_bucket(tmp_path: Path) -> None:
    for room, bucket in ((1024 - NUM_TOKENS, 1024), (1025 - NUM_TOKENS, 2048)):
        contexts, _ = packed(tmp_path / str(room), room_tokens=room, min_tokens=1, join=JoinRecipe(kinds=()))
        (context,) = [context for context in contexts if context.title == "page-1"]
        assert (context.num_tokens, context.bucket) == (NUM_TOKENS, bucket)


def test_joined_documents_fit_their_row_with_the_lines_above_them_and_fill_it(tmp_path: Path) -> None:
    """Many small members, so that the lines above them are a good part of the row."""
    folder = BuildFolder(str(tmp_path))
    documents = [
        Document(content_id(str(n)), text, "manual", "en", f"Page {n}", "MIT", f"/m/pump/{n:02}.html", 0, "0" * 64, ())
        for n, text in enumerate(document("en", 300 + n, num_sentences=2) for n in range(40))
    ]
    write_part(folder.document_part("00000"), documents, Document)
    recipe = PackRecipe(buckets=(512, 1024), room_tokens=24, min_tokens=100)
    recipe = recipe.model_copy(update={"join": JoinRecipe(kinds=(JoiningKind.SAME_SOURCE,))})
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        shards = plan_document_shards(folder)
        _ = pipeline | PackDocuments(steps=plan_pack(shards, recipe=recipe, seed=17, fingerprint="f"), folder=folder)
    rows = list(read_parts(folder.corpus, Context))
    assert sum(len(row.members) for row in rows) == len(documents)
    assert len(rows) > 2
    assert {row.bucket for row in rows} == {512}
    longest = sorted(row.num_tokens for row in rows)
    assert longest[-1] <= recipe.join_tokens
    assert longest[1] > recipe.join_tokens * 0.8, "all rows but the last are full"
    texts = {one.doc_id: one.text for one in documents}
    for row in rows:
        ends = [0, *(member.end for member in row.members)]
        lines = [row.text[end : member.start] for end, member in zip(ends, row.members, strict=False)]
        assert [row.text[member.start : member.end] for member in row.members] == [
            texts[member.doc_id] for member in row.members
        ]
        own = sum(member.num_tokens for member in row.members)
        assert row.num_tokens == own + sum(count_tokens(lines, EMBEDDED_MODEL)) > own


def test_sections_of_joined_documents_begin_at_the_tokens_of_their_text(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    documents = []
    for n in range(6):
        preface, body = document("en", 400 + n, num_sentences=1) + "\n", document("en", 500 + n, num_sentences=2) + "\n"
        opening = [Section(0, len(preface), 0, "")] if n % 2 else []
        text = (preface if n % 2 else "") + body + body
        at = len(text) - 2 * len(body)
        sections = (*opening, Section(at, at + len(body), 1, "A"), Section(at + len(body), len(text), 1, "B"))
        uri = f"/m/pump/{n:02}.html"
        documents.append(
            Document(content_id(str(n)), text, "manual", "en", f"Page {n}", "MIT", uri, 0, "0" * 64, sections)
        )
    write_part(folder.document_part("00000"), documents, Document)
    recipe = PackRecipe(buckets=(1024,), room_tokens=24, min_tokens=150)
    recipe = recipe.model_copy(update={"join": JoinRecipe(kinds=(JoiningKind.SAME_SOURCE,))})
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        shards = plan_document_shards(folder)
        _ = pipeline | PackDocuments(steps=plan_pack(shards, recipe=recipe, seed=17, fingerprint="f"), folder=folder)
    (path,) = files.list_files(folder.corpus, suffix=".parquet")
    (row,) = read_part_with_lists(path, Context, TOKEN_LISTS)
    context, lists = row
    assert len(context.members) == 6
    tokenizer = load_tokenizer(EMBEDDED_MODEL)
    ids, starts = lists[TOKEN_IDS], lists[SECTION_TOKEN_STARTS].tolist()
    assert len(starts) == len(context.sections) == 6 * 3, "the line above each document, and its two sections"
    for section, start in zip(context.sections, starts, strict=True):
        before = tokenizer.decode(ids[:start].tolist(), clean_up_tokenization_spaces=False)
        assert before == context.text[: section.start]
