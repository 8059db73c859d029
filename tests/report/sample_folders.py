"""A small build, training and evaluation, as their commands leave them, to render pages of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import prose
from whole_rows import WHOLE_ROW

from pipeline.dedup.clusters import ClusterMember, Role
from pipeline.documents.skipped_names import PathKind
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import Manifest, StageRecord, write_manifest
from pipeline.io.parts import write_part
from pipeline.records import Checks, Context, DeadLetter, Evidence, Message, Rejection, Section, SftExample, Turn
from pipeline.stages.source_files import FileFate, SourceFile
from pipeline.train.run.changes import Measure, MeasuredChange
from pipeline.train.run.metrics import LOG_FOLDER, METRICS_FILE, AnsweredQuestion, AnswersMetrics, AnswersPoint
from pipeline.train.run.record import (
    BestCheckpoint,
    MemoryRecord,
    MemoryTerm,
    PackRecord,
    ProbePoint,
    ReloadCheck,
    RopeRecord,
    RopeSetBy,
    RowCounts,
    TrainedStage,
    TrainingRecord,
    ValidationPoint,
    write_record,
)

HOSTILE = "<script>alert('x')</script>"
"""What a document may hold; it must come out as text."""

_DOCUMENTS = (
    ("Orchard Lane lease", "legal", "en", 4096),
    ("한빛빌딩 임대차계약서", "legal", "ko", 8192),
    ("Aquila espresso machine manual", "manual", "en", 8192),
    ("온누리 식기세척기 설명서", "manual", "ko", 4096),
    ("parcelroute", "code", "en", 16384),
    ("Steering committee minutes", "dialogue", "en", 2048),
    (f"Minutes {HOSTILE}", "dialogue", "ko", 2048),
)
_QUESTIONS = {
    "en": ("What was agreed about the deadline?", "It was agreed that {quote}"),
    "ko": ("마감에 관하여 무엇을 정하였나요?", "문서에 따르면 다음과 같습니다. {quote}"),
}


def contexts() -> list[Context]:
    """Seven documents of four domains and two languages."""
    found = []
    for index, (title, domain, language, bucket) in enumerate(_DOCUMENTS):
        text = prose.document(language, index, num_sentences=bucket // 128)
        doc_id = content_id(title)
        found.append(
            Context(
                doc_id=doc_id,
                text=text,
                domain=domain,
                language=language,
                title=title,
                licence="Apache-2.0",
                source_uri=f"documents/{domain}/{language}/{index}.txt",
                source_offset=0,
                sha256="0" * 64,
                num_tokens=bucket - 100,
                bucket=bucket,
                cluster_id=doc_id,
                sections=(Section(start=0, end=len(text), level=0, title=""),),
                parent_id=doc_id,
                parent_start=0,
                **WHOLE_ROW,
            )
        )
    return found


def row(context: Context, index: int) -> SftExample:
    """A row whose evidence is one sentence, the deeper the higher the index."""
    sentences = context.text.replace("\n\n", " ").split(". ")
    quote = sentences[(index * 7) % (len(sentences) - 1)]
    start = context.text.index(quote)
    evidence = Evidence(
        doc_id=context.doc_id,
        start=start,
        end=start + len(quote),
        quote=quote,
        depth=start / len(context.text),
    )
    question, answer = _QUESTIONS[context.language]
    task = ("qa", "clause", "deadline")[index % 3]
    origin = "written" if context.language == "en" and index % 3 == 0 else "structural"
    checks = Checks(True, 1.0, True, 1.0, True, True)
    turn = Turn(f"c{index}", task, "look_up", origin, "structural", "1", checks)
    return SftExample(
        messages=(
            Message("user", f"{context.text}\n\n{question}"),
            Message("assistant", answer.format(quote=quote)),
        ),
        id=content_id(context.doc_id, index),
        turns=(turn,),
        task=task,
        origin=origin,
        domain=context.domain,
        language=context.language,
        bucket=context.bucket,
        num_tokens=context.num_tokens + 60,
        num_loss_tokens=9,
        control_strings=0,
        tokenizer="embedded:smollm2-135m-instruct",
        doc_ids=(context.doc_id,),
        evidence=(evidence,),
        checks=checks,
        teacher="structural",
        prompt_version="1",
        loss_weight=1.0,
        split="validation" if context.domain == "manual" else "train",
    )


def write_sample_build(root: Path) -> str:
    """Write the tables and the manifest of a finished build."""
    folder = BuildFolder(str(root))
    documents = contexts()
    for bucket in sorted({document.bucket for document in documents}):
        chosen = [document for document in documents if document.bucket == bucket]
        write_part(folder.corpus_part(bucket, "00000"), chosen, Context)
    rows = [row(document, index) for document in documents for index in range(6)]
    for split in ("train", "validation"):
        chosen_rows = [example for example in rows if example.split == split]
        write_part(folder.sft_part(split, "00000", "parquet"), chosen_rows, SftExample)
    _write_dropped(folder, documents[0])
    write_manifest(folder, sample_manifest(num_rows=len(rows)))
    return str(root)


def _write_dropped(folder: BuildFolder, survivor: Context) -> None:
    duplicates = [("lease-copy", Role.EXACT, 1.0), ("lease-amended", Role.NEAR, 0.914)]
    members = [
        ClusterMember(
            doc_id=content_id(name),
            cluster_id=survivor.doc_id,
            role=role.value,
            is_kept=False,
            similarity=similarity,
            survivor_title=survivor.title,
            survivor_uri=survivor.source_uri,
        )
        for name, role, similarity in duplicates
    ]
    write_part(folder.clusters, members, ClusterMember)
    dropped = [
        Rejection(
            stage="dedup",
            item_id=content_id(name),
            reason=f"{role.value}_duplicate",
            detail=f"Similarity {similarity:.3f}; kept instead: {survivor.doc_id}.",
            score=similarity,
            source_uri=f"documents/legal/en/{name}.txt",
            source_offset=0,
            excerpt=survivor.text[:120],
        )
        for name, role, similarity in duplicates
    ]
    write_part(folder.rejected_part("dedup", "00000"), dropped, Rejection)
    unsupported = [
        Rejection(
            stage="synthesize",
            item_id=content_id("candidate", index),
            reason="evidence_not_found",
            detail="No sentence of the segment holds the answer's numbers.",
            score=0.25,
            source_uri=survivor.source_uri,
            source_offset=1024 * index,
            excerpt=f"{HOSTILE} the rent is 1,450 dollars",
        )
        for index in range(8)
    ]
    write_part(folder.rejected_part("synthesize", "00000"), unsupported, Rejection)
    letter = DeadLetter(
        stage="ingest",
        item_id="documents/broken.jsonl",
        source_uri="documents/broken.jsonl",
        source_offset=0,
        error="JSONDecodeError: Expecting ',' delimiter: line 1 column 43 (char 42)",
        traceback=f"Traceback (most recent call last):\n  ...\nJSONDecodeError: {HOSTILE}",
    )
    write_part(folder.dead_part("ingest", "00000"), [letter], DeadLetter)


def mix_counters(num_rows: int) -> dict[str, int]:
    """What the export stage counts of rows of one turn: a third each of two look-ups and an aggregate."""
    third = num_rows // 3
    groups = {
        "family": {"look_up": 2 * third, "aggregate": third},
        "needs": {"one_place": 2 * third, "all_of_a_kind": third},
        "task": {"clause": third, "deadline": third, "qa": third},
        "language": {"en": third, "ko": 2 * third},
        "bucket": {"4096": third, "131072": 2 * third},
    }
    counters = {
        f"{measure}/{dimension}/{group}": number * factor
        for dimension, of_groups in groups.items()
        for group, number in of_groups.items()
        for measure, factor in (("turns_by", 1), ("tokens_by", 1000), ("loss_tokens_by", 9))
    }
    return counters | {
        "turns_in_row/1": num_rows,
        "depth/4096/0": third,
        "depth/131072/0": third,
        "depth/131072/9": third,
        "mix/look_up_share/one_place": 2 * third,
        "mix_total/look_up_share/all": num_rows,
        "mix/language_share/en": 1000 * third,
        "mix/language_share/ko": 2000 * third,
        "mix_total/language_share/all": 1000 * num_rows,
    }


def sample_manifest(*, num_rows: int) -> Manifest:
    """Five stages that reconcile, and a teacher that told its cached tokens."""

    def stage(shard: str, counts: tuple[int, int, int, int], seconds: float, **counters: int) -> StageRecord:
        num_in, kept, rejected, dead = counts
        return StageRecord(shard, num_in, kept, rejected, dead, seconds, "f" * 32, (), counters)

    prefix_cache = {"prefix_cache/prompt_tokens": 2000, "prefix_cache/cached_tokens": 1500}
    stages = {
        "ingest": stage("documents", (10, 9, 0, 1), 4.2),
        "dedup": stage("documents", (9, 7, 2, 0), 3.1),
        "pack": stage("documents", (7, 7, 0, 0), 2.0),
        "synthesize": stage("candidates", (num_rows + 8, num_rows, 8, 0), 95.4, **prefix_cache),
        "export": stage("candidates", (num_rows, num_rows, 0, 0), 1.5, **mix_counters(num_rows)),
    }
    return Manifest({"name": "quickstart"}, "a" * 32, 17, {"longdoc-pipeline": "0.1.0", "python": "3.11.9"}, stages)


def sample_answers(step: int) -> AnswersMetrics:
    """Answers to twelve questions about ten documents, which get better with every step."""
    answered = tuple(
        AnsweredQuestion(
            row=f"r{number}",
            turn=0,
            document=f"d{number % 10}",
            question=f"How much is the fee of class {number}?" if number % 2 else f"{number}조의 수수료는 얼마인가요?",
            gold=f"{number}00 dollars" if number % 2 else f"{number}00원",
            answer=(f"{number}00 dollars" if number % 2 else f"{number}00원") if step > 5 * number else "It is a fee.",
            f1=1.0 if step > 5 * number else 0.0,
            is_exact=step > 5 * number,
            is_cut=False,
        )
        for number in range(12)
    )
    share = sum(answer.f1 for answer in answered) / 12
    low, high = max(0.0, share - 0.2), min(1.0, share + 0.2)
    return AnswersMetrics(step, "main", 12, 10, share, low, high, share, low, high, 4.0, answered)


def sample_changes() -> tuple[MeasuredChange, ...]:
    """What a training taught: a lower loss, and better answers."""
    return (
        MeasuredChange(Measure.LOSS, "main", "sft", 0, 60, 1.9, 1.3, -0.6, -0.71, -0.48, 900, 10),
        MeasuredChange(Measure.F1, "main", "sft", 0, 60, 0.0, 1.0, 1.0, 0.8, 1.0, 12, 10),
        MeasuredChange(Measure.EXACT, "main", "sft", 0, 60, 0.0, 1.0, 1.0, 0.8, 1.0, 12, 10),
    )


def write_sample_training(root: Path) -> str:
    """Write `training.json` and the log of 60 steps."""
    validation = tuple(
        ValidationPoint(step, "main", "sft", round(1.9 - step / 100, 3), 900) for step in (0, 20, 40, 60)
    )
    steps = [
        {
            "event": "step",
            "step": step,
            "stage": "main",
            "loss": 2.0 - step / 80 + (step % 5) / 20,
            "learning_rate": 2e-4 * min(1.0, step / 10),
            "grad_norm": 1.2 + (step % 7) / 10,
            "tokens": 12000,
            "trained_tokens": 300,
            "seconds": 40.0,
            "tokens_per_second": 300.0 + step % 3,
            "peak_memory_gib": 3.5,
        }
        for step in range(1, 61)
    ]
    points = [{"event": "validation", **asdict(point), "seconds": 8.0, "documents": []} for point in validation]
    (root / LOG_FOLDER).mkdir(parents=True)
    answers = [sample_answers(step) for step in (0, 30, 60)]
    asked = [{"event": "answers", **asdict(metrics)} for metrics in answers]
    lines = "".join(json.dumps(values) + "\n" for values in [points[0], asked[0], *steps, *points[1:], *asked[1:]])
    (root / LOG_FOLDER / METRICS_FILE).write_text(lines)
    divisors = tuple(1.0 if index < 12 else 2.0 if index > 24 else 1.0 + (index - 12) / 12 for index in range(32))
    record = TrainingRecord(
        base_model="embedded:smollm2-135m-instruct",
        base_licence="apache-2.0",
        rope=RopeRecord(
            "yarn", 2.0, 100000.0, 8192, 16384, 1.0693, divisors, divisors, RopeSetBy.RECIPE, 8192, "", 3e-8
        ),
        recipe={
            "model": "embedded:smollm2-135m-instruct",
            "max_tokens": 12288,
            "tuning": {"method": "lora", "rank": 16},
        },
        seed=17,
        fingerprint="c" * 32,
        data="out/quickstart/build",
        data_fingerprint="d" * 16,
        model_fingerprint="e" * 16,
        versions={"longdoc-pipeline": "0.1.0", "python": "3.11.9"},
        device="cpu",
        stages=(
            TrainedStage(
                name="main",
                data="sft",
                max_tokens=12_288,
                rope_method="yarn",
                rope_factor=2.0,
                context_tokens=16_384,
                steps=60,
                tokens=720_000,
                trained_tokens=18_000,
                seconds=2400.0,
                first_loss=2.0,
                last_loss=1.25,
                packs=(
                    PackRecord("sft", "train", RowCounts(48, 44, 3, 1, 420_000, 6_000), 38),
                    PackRecord("sft", "validation", RowCounts(6, 6, 0, 0, 61_000, 800), 5),
                ),
            ),
        ),
        parameters=137_000_000,
        trainable_parameters=33_200_000,
        steps=60,
        tokens=720_000,
        trained_tokens=18_000,
        seconds=2400.0,
        first_loss=2.0,
        last_loss=1.25,
        validation=validation,
        answers=tuple(AnswersPoint(*(getattr(one, field.name) for field in fields(AnswersPoint))) for one in answers),
        changes=sample_changes(),
        best=BestCheckpoint("held_out_loss", 60, 1.3, 3, stopped_early=False),
        probes=(ProbePoint(60, "main", 12_288, 0.1, 2, 2), ProbePoint(60, "main", 12_288, 0.9, 2, 1)),
        memory=MemoryRecord(
            12_288,
            1.5,
            1.625,
            "loss",
            (MemoryTerm("frozen weights", 0.25, True), MemoryTerm("a layer's MLP", 0.1, False)),
        ),
        reload=ReloadCheck(0.0, 0.02, 512, (0, 8200)),
        files={},
        threads=2,
    )
    write_record(str(root), record)
    return str(root)


def skipped_files(uris: Sequence[str]) -> list[SourceFile]:
    """Rows of `files/` for hidden files."""
    return [SourceFile(uri, uri, 0, PathKind.FILE, "", FileFate.SKIPPED, "ingest", "hidden", 0, 0, 0) for uri in uris]
