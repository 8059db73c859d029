"""The export stage: turns candidates into training rows, token ids and packs.

    candidates ── selection (labels only) ── work/selection/part-k ── shards: converse, render, tokenize, write
                                                                          └── when all are done: packs, configs, card

The rows are `sft/{train,validation}-k.{parquet,jsonl}`, with trainer configs and a dataset card. Training in this
project reads `tokens/{train,validation}-k.parquet` and `packs.parquet` instead. Rows are selected first, in steps over
shards and ranges (`stages.selection_steps`), because the split and the mix concern the whole data set. The stage's
counts are counts of candidates; a candidate is kept if it becomes a turn of a row. Used by `stages.chain`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow.parquet as pq

from pipeline.config.export import ConversationRecipe, ExportRecipe
from pipeline.config.pack import STANDARD_BUCKETS
from pipeline.config.packing import PackingRecipe
from pipeline.errors import ExportError, PipelineError, StageError
from pipeline.export.card import CheckedSet, OwnData, RowLabels, SourceDocument, TurnLabels, dataset_card
from pipeline.export.conversations import plan_conversations
from pipeline.export.follow_ups import untold_follow_ups
from pipeline.export.limits import QuestionKind, limits_of, question_kind
from pipeline.export.mix import MixLine, mix_lines
from pipeline.export.rows import STAGE, RenderedRow, question_place, rejection_of, render_rows
from pipeline.export.selection import Choice
from pipeline.export.tally import EMPTY_TALLY, Tally, read_tally
from pipeline.export.trainers import axolotl_yaml, dataset_info, trl_yaml
from pipeline.export.written_counts import NOTHING_WRITTEN, WrittenCounts
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.models import hub_name
from pipeline.io.outputs import part_files
from pipeline.io.parts import read_files_columns, read_part, write_whole_part
from pipeline.io.record_values import record_of
from pipeline.io.written import WrittenFile, write_bytes
from pipeline.records import Candidate, Context, Rejection, Split
from pipeline.stages.asked import ContextWithoutRow, contexts_without_row
from pipeline.stages.no_rows import why_no_rows
from pipeline.stages.packs import PACKS_SHARD, write_packs
from pipeline.stages.row_writer import RowWriter, count_row
from pipeline.stages.shards import Shard, leave_error, plan_synthesize_shards, shard_id
from pipeline.stages.short_rows import SHORT_SHARD, has_short_rows, write_short_rows
from pipeline.stages.steps import RunSteps, Step
from pipeline.tokens.conversation import tokenize_conversation

EXPLAIN_STAGE, DESCRIBE_STAGE = "explain", "describe"
"""Report names of two steps: explaining contexts without a row, and describing the rows."""
_CARD_LABELS = ("split", "domain", "language", "bucket", "num_tokens", "num_loss_tokens", "control_strings")
_TURN_LABELS = ("task", "origin", "teacher")


def plan_export_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each candidate part; its inputs are that part, then the corpus parts with its documents."""
    return [
        Shard(shard_id=shard.shard_id, inputs=(folder.candidate_part(shard.shard_id), *shard.inputs))
        for shard in plan_synthesize_shards(folder)
        if files.exists(folder.candidate_part(shard.shard_id))
    ]


_UNREAD = ("outline",)
"""Fields of `Context` that export does not need."""


@dataclass(frozen=True, slots=True)
class ExportWork:
    """Turns a candidate part, its selection and its corpus parts into rows of both splits."""

    stage: ClassVar[str] = STAGE
    recipe: ExportRecipe
    packing: PackingRecipe
    pack_edges: tuple[int, ...]
    """Sizes of training packs in tokens, ascending."""
    tokenizer: str
    seed: int
    fingerprint: str
    checked: tuple[CheckedSet, ...] = ()
    """The evaluation sets that the documents were searched for; the dataset card lists them."""
    written: WrittenCounts = NOTHING_WRITTEN
    """What the teacher was asked and what became of it; the dataset card lists it."""
    buckets: tuple[int, ...] = STANDARD_BUCKETS
    """The bucket edges in tokens, ascending; rows without a document fit one of them."""
    languages: tuple[str, ...] = ()
    """The languages of fact-free rows."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Render and write the shard's rows, in the order of the documents.

        Raises:
            InputError: the tokenizer cannot be loaded or has no chat template.
        """
        candidate_part, *corpus_parts = shard.inputs
        choices = {choice.candidate_id: choice for choice in read_part(folder.selection_part(shard.shard_id), Choice)}
        waiting: dict[str, list[Candidate]] = {}
        for candidate in read_part(candidate_part, Candidate):
            waiting.setdefault(candidate.doc_id, []).append(candidate)
        with ExitStack() as stack:
            writers = {
                split.value: stack.enter_context(
                    RowWriter(folder, split.value, shard.shard_id, tokenizer=self.tokenizer)
                )
                for split in Split
            }
            for context in (context for part in corpus_parts for context in read_part(part, Context, without=_UNREAD)):
                self._write_context(context, waiting.pop(context.doc_id, []), choices, writers, ledger)
        ledger.add_parts(*(file for writer in writers.values() for file in writer.written()))
        assert not waiting, f"candidates refer to documents that are not in the corpus: {sorted(waiting)[:3]}"

    def _write_context(
        self,
        context: Context,
        candidates: Sequence[Candidate],
        choices: Mapping[str, Choice],
        writers: Mapping[str, RowWriter],
        ledger: ShardLedger,
    ) -> None:
        """Write the rows about one context, and reject the candidates that were not chosen."""
        chosen: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            choice = choices[candidate.candidate_id]
            if choice.reason:
                ledger.reject(
                    rejection_of(candidate, context=context, reason=choice.reason, detail=choice.detail, score=None)
                )
            else:
                chosen.setdefault(choice.split, []).append(candidate)
        for split, of_split in chosen.items():
            untold, told = untold_follow_ups(of_split)
            for candidate, why in told:
                ledger.reject(
                    rejection_of(candidate, context=context, reason=why.reason, detail=why.detail, score=None)
                )
            for turns in plan_conversations(untold, recipe=self.recipe.conversations, seed=self.seed):
                self._write(turns, context, split, writers[split], ledger)

    def _kinds(self, row: RenderedRow, context: Context, turns: Sequence[Candidate]) -> list[QuestionKind]:
        by_id = {turn.candidate_id: turn for turn in turns}
        member_starts = [member.start for member in context.members]
        return [
            question_kind(by_id[turn.candidate_id], member_starts=member_starts, depth_bins=self.recipe.depth_bins)
            for turn in row.example.turns
        ]

    def _write(
        self, turns: Sequence[Candidate], context: Context, split: str, writer: RowWriter, ledger: ShardLedger
    ) -> None:
        try:
            rows = list(
                render_rows(
                    turns,
                    context=context,
                    split=split,
                    place=question_place(
                        turns[0].candidate_id,
                        first_share=self.recipe.conversations.question_first_share,
                        seed=self.seed,
                    ),
                    tokenizer=self.tokenizer,
                    tokenize=lambda messages: tokenize_conversation(messages, self.tokenizer),
                )
            )
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  an unexpected error costs one conversation, not the stage
            for turn in turns:
                ledger.add_dead_letter(
                    item_id=turn.candidate_id,
                    source_uri=context.source_uri,
                    source_offset=context.source_offset,
                    error=error,
                )
            return
        for row in rows:
            if isinstance(row, Rejection):
                ledger.reject(row)
                continue
            writer.add(row)
            count_row(row, self._kinds(row, context, turns), limits=limits_of(self.recipe), ledger=ledger)


class WriteRows(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the whole stage, except work that is already finished; returns one element after everything is written."""

    def __init__(
        self, *, select: Sequence[Step], shards: Sequence[Shard], folder: BuildFolder, work: ExportWork, name: str
    ) -> None:
        super().__init__()
        self._select = tuple(select)
        self._shards = tuple(shards)
        self._folder = folder
        self._work = work
        self._name = name

    def expand(self, job: beam.Pipeline) -> beam.PCollection:
        """Select rows, write the unfinished shards, plan the packs, and write the files that describe the rows."""
        steps = (*self._select, Step(self._work, self._shards))
        return (
            job
            | "SelectAndWrite" >> RunSteps(steps, self._folder)
            | "AllDone" >> beam.combiners.Count.Globally()
            | "AddShortRows" >> beam.Map(_add_short_rows, self._folder, self._work)
            | "PackRows" >> beam.Map(_plan_packs, self._folder, self._work)
            | "Explain" >> beam.Map(_explain, self._shards, self._folder, self._work)
            | "Describe" >> beam.Map(_describe, self._folder, self._work, self._name)
        )


def describe_rows(
    *,
    folder: BuildFolder,
    name: str,
    tokenizer: str,
    seed: int,
    tally: Tally = EMPTY_TALLY,
    conversations: ConversationRecipe | None = None,
    mix: Sequence[MixLine] = (),
    checked: Sequence[CheckedSet] = (),
    written_counts: WrittenCounts = NOTHING_WRITTEN,
    own_data: Sequence[OwnData] = (),
) -> list[WrittenFile]:
    """Write `dataset_info.json`, `axolotl.yaml`, `trl.yaml` and `README.md` next to the rows; return these files.

    Raises:
        StageError: the build has no training rows.
        ExportError: a Parquet file and its JSONL twin have different numbers of rows.
    """
    rows = [_row_labels(row) for row in _sft_columns(folder)]
    if not any(row.split == Split.TRAIN for row in rows):
        why = why_no_rows(folder)
        raise StageError(f"No candidate became a training row. {why.message}", remedy=why.remedy)
    jsonl = part_files(folder, "sft", suffix=".jsonl")
    for path in jsonl:
        _check_twins(path)
    jsonl_names = [path.rsplit("/", 1)[1] for path in jsonl]
    longest, model = max(row.num_tokens for row in rows), hub_name(tokenizer)
    has_validation = any(row.split == Split.VALIDATION for row in rows)
    info = json.dumps(dataset_info(name=name, jsonl_names=jsonl_names), ensure_ascii=False, indent=1) + "\n"
    trl = trl_yaml(model=model, longest_row=longest, has_validation=has_validation)
    card = dataset_card(
        name=name,
        rows=rows,
        documents=_documents(folder, {row.doc_id for row in rows if row.doc_id}),
        jsonl_names=jsonl_names,
        tokenizer=tokenizer,
        seed=seed,
        tally=tally,
        conversations=conversations,
        mix=mix,
        checked=checked,
        written_counts=written_counts,
        own_data=own_data,
    )
    texts = {
        "dataset_info.json": info,
        "axolotl.yaml": axolotl_yaml(jsonl_names=jsonl_names, model=model, longest_row=longest),
        "trl.yaml": trl,
        "README.md": card,
    }
    return [write_bytes(files.join(folder.sft, file_name), text.encode()) for file_name, text in texts.items()]


def _add_short_rows(num_shards: int, folder: BuildFolder, work: ExportWork) -> int:
    """Write the rows that are not about a document, if the recipe wants any."""
    if not has_short_rows(work.recipe):
        return num_shards

    def add(ledger: ShardLedger) -> None:
        write_short_rows(
            folder,
            recipe=work.recipe,
            buckets=work.buckets,
            languages=work.languages,
            tokenizer=work.tokenizer,
            seed=work.seed,
            fingerprint=work.fingerprint,
            ledger=ledger,
        )

    _run_once(work.stage, SHORT_SHARD, add, folder=folder, fingerprint=work.fingerprint)
    return num_shards


def _plan_packs(num_shards: int, folder: BuildFolder, work: ExportWork) -> int:
    """Run the shard that plans the packs; it counts no candidates and writes one file."""

    def plan(ledger: ShardLedger) -> None:
        write_packs(folder, recipe=work.packing, edges=work.pack_edges, tokenizer=work.tokenizer, ledger=ledger)

    _run_once(work.stage, PACKS_SHARD, plan, folder=folder, fingerprint=work.fingerprint)
    return num_shards


def _explain(num_shards: int, shards: tuple[Shard, ...], folder: BuildFolder, work: ExportWork) -> int:
    """Write the table of the contexts without a row. Runs before `_describe`, which fails without training rows."""

    def explain(ledger: ShardLedger) -> None:
        candidates: dict[str, str] = {}
        for shard in shards:
            table = read_files_columns(shard.inputs[:1], ["candidate_id", "doc_id"])
            candidates |= zip(table["candidate_id"].to_pylist(), table["doc_id"].to_pylist(), strict=True)
        with_row = {doc_id for row in _sft_doc_ids(folder) for doc_id in row}
        files.remove_file(folder.without_row)
        records = contexts_without_row(folder, candidates=candidates, with_row=with_row)
        ledger.add_parts(write_whole_part(folder.without_row, records, ContextWithoutRow).written)

    _run_once(EXPLAIN_STAGE, shard_id(0), explain, folder=folder, fingerprint=work.fingerprint)
    return num_shards


def _describe(num_shards: int, folder: BuildFolder, work: ExportWork, name: str) -> int:
    def describe(ledger: ShardLedger) -> None:
        counters: Counter[str] = Counter()
        for report in read_shard_reports(folder, work.stage, work.fingerprint).values():
            counters.update(report.counters)
        tally = read_tally(counters)
        written = describe_rows(
            folder=folder,
            name=name,
            tokenizer=work.tokenizer,
            seed=work.seed,
            tally=tally,
            conversations=work.recipe.conversations,
            mix=mix_lines(limits_of(work.recipe), tally),
            checked=work.checked,
            written_counts=work.written,
            own_data=[
                OwnData(data.path.rstrip("/").rsplit("/", 1)[-1], data.licence) for data in work.recipe.short_data
            ],
        )
        ledger.add_parts(*written)

    _run_once(DESCRIBE_STAGE, shard_id(0), describe, folder=folder, fingerprint=work.fingerprint)
    return num_shards


def _run_once(
    stage: str, shard_id: str, write: Callable[[ShardLedger], None], *, folder: BuildFolder, fingerprint: str
) -> None:
    """Run a shard that concerns the whole build, unless the shard is already finished."""
    if shard_id in read_shard_reports(folder, stage, fingerprint):
        return
    try:
        with ShardLedger(folder=folder, stage=stage, shard_id=shard_id, fingerprint=fingerprint) as ledger:
            write(ledger)
    except Exception as error:
        leave_error(error, folder=folder, stage=stage, shard_id=shard_id)
        raise


def _corpus_columns(folder: BuildFolder, columns: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_files_columns(part_files(folder, "corpus"), columns).to_pylist()
    return rows


def _sft_doc_ids(folder: BuildFolder) -> Iterator[list[str]]:
    yield from read_files_columns(part_files(folder, "sft"), ["doc_ids"])["doc_ids"].to_pylist()


def _sft_columns(folder: BuildFolder) -> list[dict[str, Any]]:
    of_turns = [f"turns.list.element.{name}" for name in (*_TURN_LABELS, "checks.judge")]
    columns = [*_CARD_LABELS, "doc_ids", *of_turns]
    rows: list[dict[str, Any]] = read_files_columns(part_files(folder, "sft"), columns).to_pylist()
    return rows


def _row_labels(row: dict[str, Any]) -> RowLabels:  # Any: a row of parquet
    turns = tuple(
        TurnLabels(**{name: turn[name] for name in _TURN_LABELS}, judge=turn["checks"]["judge"])
        for turn in row["turns"]
    )
    doc_id = row["doc_ids"][0] if row["doc_ids"] else ""
    return RowLabels(**{name: row[name] for name in _CARD_LABELS}, doc_id=doc_id, turns=turns)


def _documents(folder: BuildFolder, doc_ids: set[str]) -> list[SourceDocument]:
    rows = _corpus_columns(folder, ["doc_id", "licence", "source_uri"])
    return sorted((record_of(row, SourceDocument) for row in rows if row["doc_id"] in doc_ids), key=lambda d: d.doc_id)


def _check_twins(jsonl_path: str) -> None:
    parquet_path = jsonl_path.removesuffix(".jsonl") + ".parquet"
    with files.open_binary(jsonl_path) as file:
        num_lines = sum(1 for _ in file)
    with files.open_binary(parquet_path) as file:
        num_rows = pq.read_metadata(file).num_rows
    if num_lines != num_rows:
        raise ExportError(
            f"{jsonl_path} has {num_lines} rows, but its parquet twin has {num_rows}.",
            remedy="Run the build again with --fresh; if it happens again, report it.",
        )
