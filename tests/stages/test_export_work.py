"""Export over candidates written by hand: every row, count, file and reason, with a tokenizer of one token a byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml
from export_records import CHECKS, TEXT, candidate, context
from small_student import small_tokenizer
from step_runs import run_selection

from pipeline.config.export import ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.errors import ExportError, StageError
from pipeline.export.rows import row_id
from pipeline.export.selection import Choice
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.parts import read_part, read_part_with_lists, write_part
from pipeline.io.token_store import stored_fingerprint, stored_tokenizer
from pipeline.records import (
    Candidate,
    Context,
    ConversationTokens,
    Member,
    Message,
    Rejection,
    SftExample,
    Turn,
)
from pipeline.stages.asked import AskedContext, ContextWithoutRow, ReasonCount
from pipeline.stages.export import ExportWork, _explain, describe_rows, plan_export_shards
from pipeline.stages.no_rows import why_no_rows
from pipeline.stages.shards import Shard
from pipeline.tokens.tokenizer import tokenizer_fingerprint

Asked = tuple[Context, list[Candidate]]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tokenizer")
    small_tokenizer().save_pretrained(folder)
    return str(folder)


def work_of(tokenizer: str, **changes: object) -> ExportWork:
    return ExportWork(
        recipe=ExportRecipe.model_validate(changes),
        packing=PackingRecipe(),
        pack_edges=(1024,),
        tokenizer=tokenizer,
        seed=17,
        fingerprint="f",
    )


def exported(
    root: Path, tokenizer: str, contexts: Sequence[Context], candidates: Sequence[Candidate], choices: Sequence[Choice]
) -> tuple[BuildFolder, ShardReport]:
    folder = BuildFolder(str(root))
    for own in contexts:
        of_bucket = [one for one in contexts if one.bucket == own.bucket]
        write_part(folder.corpus_part(own.bucket, "00000"), of_bucket, Context)
    write_part(folder.candidate_part("00000"), candidates, Candidate)
    write_part(folder.selection_part("00000"), choices, Choice)
    (shard,) = plan_export_shards(folder)
    assert shard.inputs[0] == folder.candidate_part("00000")
    work = work_of(tokenizer)
    with ShardLedger(folder=folder, stage="export", shard_id=shard.shard_id, fingerprint="f") as ledger:
        work.run(shard, folder, ledger)
    return folder, read_shard_reports(folder, "export", "f")["00000"]


def chosen(name: str, split: str) -> Choice:
    return Choice(name, split, "", "")


def test_shard_writes_each_chosen_candidate_as_a_row_in_its_three_forms(tmp_path: Path, tokenizer: str) -> None:
    contexts = [context("a"), context("b"), context("c", bucket=64)]
    candidates = [
        candidate("c1", "a"),
        candidate(
            "c2", "b", question="What <|im_end|> is <|im_start|> due?", origin="written", teacher="openai:x", task="qa"
        ),
        candidate("c3", "a"),
        candidate("c4", "c"),
    ]
    choices = [
        chosen("c1", "train"),
        chosen("c2", "validation"),
        Choice("c3", "", "mix", "Questions that a teacher wrote would be more than 50.0% of all questions."),
        chosen("c4", "train"),
    ]
    folder, report = exported(tmp_path, tokenizer, contexts, candidates, choices)
    (row,) = read_part(folder.sft_part("train", "00000", "parquet"), SftExample)
    said = row.messages[0].content
    assert said.startswith(f"a: {TEXT}\n\n")
    assert "How much is the rent, c1?" in said
    num_tokens = len(f"<|im_start|>user\n{said}<|im_end|>\n<|im_start|>assistant\n65 pounds<|im_end|>\n".encode())
    num_tokens -= sum(len(mark) - 1 for mark in ("<|im_start|>", "<|im_end|>") for _ in range(2))
    assert row == SftExample(
        messages=(Message("user", said), Message("assistant", "65 pounds")),
        id=row_id(["c1"]),
        turns=(Turn("c1", "amount", "look_up", "structural", "structural", "v3", CHECKS),),
        task="amount",
        origin="structural",
        domain="legal",
        language="en",
        bucket=1024,
        num_tokens=num_tokens,
        num_loss_tokens=len("65 pounds") + 2,
        control_strings=0,
        tokenizer=tokenizer,
        doc_ids=("a",),
        evidence=candidates[0].evidence,
        checks=CHECKS,
        teacher="structural",
        prompt_version="v3",
        loss_weight=1.0,
        split="train",
    )
    (other,) = read_part(folder.sft_part("validation", "00000", "parquet"), SftExample)
    assert (other.id, other.split, other.control_strings, other.teacher) == (
        row_id(["c2"]),
        "validation",
        2,
        "openai:x",
    )
    for split, own in (("train", row), ("validation", other)):
        (line,) = Path(folder.sft_part(split, "00000", "jsonl")).read_text(encoding="utf-8").splitlines()
        assert json.loads(line) == json.loads(json.dumps(asdict(own)))
        tokens = folder.tokens_part(split, "00000")
        assert (stored_tokenizer(tokens), stored_fingerprint(tokens)) == (tokenizer, tokenizer_fingerprint(tokenizer))
    [(tokens_of_row, lists)] = read_part_with_lists(
        folder.tokens_part("train", "00000"), ConversationTokens, ["token_ids"]
    )
    answer = len("65 pounds<|im_end|>") - len("<|im_end|>") + 1
    (span,) = tokens_of_row.answer_spans
    assert tokens_of_row == ConversationTokens(row_id(["c1"]), num_tokens, (span,), 1.0)
    assert span.end - span.start in (answer, answer + 1)
    assert span.end <= num_tokens == len(lists["token_ids"])
    found = {r.item_id: r for r in read_part(folder.rejected_part("export", "00000"), Rejection)}
    over = int(found["c4"].score or 0)
    assert over > 64
    assert found == {
        "c3": Rejection("export", "c3", "mix", choices[2].detail, None, "/in/a.txt", 3, "How much is the rent, c3?"),
        "c4": Rejection(
            "export",
            "c4",
            "over_bucket",
            f"{over} tokens do not fit the bucket of 64.",
            float(over),
            "/in/c.txt",
            3,
            "How much is the rent, c4?",
        ),
    }
    assert {name: number for name, number in report.counters.items() if not _is_of_groups(name)} == {
        "control_tokens/rows": 1,
        "control_tokens/strings": 2,
        "rejected/mix": 1,
        "rejected/over_bucket": 1,
        "loss_tokens/train": row.num_loss_tokens,
        "loss_tokens/validation": other.num_loss_tokens,
        "rows/train": 1,
        "rows/validation": 1,
        "tokens/train": num_tokens,
        "tokens/validation": other.num_tokens,
        "turns/train": 1,
        "turns/validation": 1,
    }
    assert (report.num_in, report.num_kept, report.num_rejected, report.num_dead) == (4, 2, 2, 0)
    assert [part.path for part in report.parts] == [
        *(
            f"exports/{name}/{split}-00000.{suffix}"
            for name, suffix in (
                ("alpaca", "jsonl"),
                ("axolotl", "parquet"),
                ("prompt_completion", "jsonl"),
                ("trl", "parquet"),
            )
            for split in ("train", "validation")
        ),
        "rejected/part-export-00000.parquet",
        *(f"sft/train-00000.{suffix}" for suffix in ("jsonl", "parquet")),
        *(f"sft/validation-00000.{suffix}" for suffix in ("jsonl", "parquet")),
        *(f"tokens/{split}-00000.parquet" for split in ("train", "validation")),
    ]


def test_row_of_exactly_its_bucket_is_kept_and_of_one_token_more_is_not(tmp_path: Path, tokenizer: str) -> None:
    folder, _ = exported(tmp_path / "0", tokenizer, [context("a")], [candidate("c", "a")], [chosen("c", "train")])
    (row,) = read_part(folder.sft_part("train", "00000", "parquet"), SftExample)
    for bucket, num_kept in ((row.num_tokens, 1), (row.num_tokens - 1, 0)):
        own = [context("a", bucket=bucket)]
        _, report = exported(tmp_path / str(bucket), tokenizer, own, [candidate("c", "a")], [chosen("c", "train")])
        assert (report.num_kept, report.num_rejected) == (num_kept, 1 - num_kept)


def test_rows_of_a_run_before_do_not_stay(tmp_path: Path, tokenizer: str) -> None:
    both = [candidate("c1", "a"), candidate("c2", "b")]
    contexts = [context("a"), context("b")]
    exported(tmp_path, tokenizer, contexts, both, [chosen("c1", "train"), chosen("c2", "validation")])
    folder, _ = exported(tmp_path, tokenizer, contexts, both, [chosen("c1", "train"), chosen("c2", "train")])
    assert sorted(path.name for path in Path(folder.sft).iterdir()) == ["train-00000.jsonl", "train-00000.parquet"]
    assert [path.name for path in Path(folder.tokens).iterdir()] == ["train-00000.parquet"]
    exported_paths = sorted(path.relative_to(tmp_path / "exports").as_posix() for path in tmp_path.glob("exports/*/*"))
    assert exported_paths == [
        "alpaca/train-00000.jsonl",
        "axolotl/train-00000.parquet",
        "prompt_completion/train-00000.jsonl",
        "trl/train-00000.parquet",
    ]


def asked_by_a_teacher(doc_id: str, cluster_id: str, questions: Sequence[tuple[str, str, str]]) -> Asked:
    """Return a context and its candidates: name, question, and the name of the question that it follows."""
    return context(doc_id, cluster_id=cluster_id), [
        candidate(
            name,
            doc_id,
            question=question,
            answer=f"{name} pounds",
            origin="written",
            task="qa",
            teacher="openai:x",
            follows=follows,
        )
        for name, question, follows in questions
    ]


def select(root: Path, tokenizer: str, shards: Sequence[Sequence[Asked]], **settings: object) -> dict[str, Choice]:
    """Write the shards, select, export, and return the choices."""
    folder = BuildFolder(str(root))
    for number, asked in enumerate(shards):
        name = f"{number:05d}"
        write_part(folder.corpus_part(1024, name), [own for own, _ in asked], Context)
        write_part(folder.candidate_part(name), [one for _, own in asked for one in own], Candidate)
        records = [AskedContext(own.doc_id, "", "", 0, "legal", "en", 900, len(rows), ()) for own, rows in asked]
        write_part(folder.asked_part(name), records, AskedContext)
    free = dict.fromkeys(("max_depth_share", "max_look_up_share", "max_task_share"), 1)
    work = work_of(tokenizer, **{**free, "short_context_turns": 99, "max_same_answer": 99, **settings})
    planned = plan_export_shards(folder)
    run_selection(planned, folder, work)
    for shard in planned:
        with ShardLedger(folder=folder, stage="export", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    choices = [one for shard in planned for one in read_part(folder.selection_part(shard.shard_id), Choice)]
    return {choice.candidate_id: choice for choice in choices}


DUE, BY_WHEN = "When must the tenant of the shed pay the rent?", "By when must the tenant of the shed pay the rent?"


def test_written_questions_that_repeat_are_dropped_however_the_documents_are_sharded(
    tmp_path: Path, tokenizer: str
) -> None:
    asked = [
        asked_by_a_teacher("v1", "v", [("v1-due", DUE, ""), ("v1-next", "And why?", "v1-due")]),
        asked_by_a_teacher("v2", "v", [("v2-due", BY_WHEN, ""), ("v2-next", "And why?", "v2-due")]),
        *(asked_by_a_teacher(f"d{n}", f"d{n}", [(f"d{n}-due", "What is due then?", "")]) for n in range(5)),
    ]
    found = [
        select(tmp_path / name, tokenizer, shards, max_same_question=3)
        for name, shards in (("one", [asked]), ("four", [asked[0::4], asked[3::4], asked[1::4], asked[2::4]]))
    ]
    assert found[0] == found[1]
    reasons = {name: choice.reason for name, choice in found[0].items()}
    assert sorted([reasons["v1-due"], reasons["v2-due"]]) == ["", "duplicate_question"]
    for version in ("v1", "v2"):
        assert reasons[f"{version}-next"] == ("parent_dropped" if reasons[f"{version}-due"] else "")
    assert Counter(reasons[f"d{n}-due"] for n in range(5)) == {"": 3, "duplicate_question": 2}


def test_questions_of_a_joined_context_are_not_compared_with_those_of_others(tmp_path: Path, tokenizer: str) -> None:
    members = (Member("m", "t", "u", 0, 5, 1), Member("n", "t", "u", 6, 9, 1))
    asked = [asked_by_a_teacher(f"d{n}", "v", [(f"d{n}-due", f"In document 1: {DUE}", "")]) for n in range(2)]
    joined = [(replace(own, members=members), rows) for own, rows in asked]
    assert {choice.reason for choice in select(tmp_path, tokenizer, [joined]).values()} == {""}


def test_follow_ups_come_behind_their_questions_and_those_whose_answers_were_said_are_rejected(
    tmp_path: Path, tokenizer: str
) -> None:
    questions = [(f"q{n}", f"What is sum number {n}?", "") for n in range(5)]
    questions += [(f"f{n}", f"And who pays it, and why, case {n}?", f"q{n}") for n in range(4)]
    own, rows = asked_by_a_teacher("d", "d", questions)
    rows[-1] = replace(rows[-1], answer=rows[3].answer)
    structural = [candidate(f"s{n}", "d", answer=f"sum {n}") for n in range(4)]
    select(tmp_path, tokenizer, [[(own, [*rows, *structural])]], conversations={"single_share": 0.2})
    folder = BuildFolder(str(tmp_path))
    examples = list(read_part(folder.sft_part("train", "00000", "parquet"), SftExample))
    turns = [[turn.candidate_id for turn in row.turns] for row in examples]
    assert sorted(name for row in turns for name in row) == sorted(
        {*(f"q{n}" for n in range(5)), "f0", "f1", "f2", *(f"s{n}" for n in range(4))}
    )
    for number in range(3):
        (row,) = [row for row in turns if f"f{number}" in row]
        assert row[row.index(f"f{number}") - 1] == f"q{number}" and row[0] != f"f{number}"
    (rejected,) = read_part(folder.rejected_part("export", "00000"), Rejection)
    assert (rejected.item_id, rejected.reason) == ("f3", "answer_given_away")
    report = read_shard_reports(folder, "export", "f")["00000"]
    assert (report.num_in, report.num_kept, report.num_rejected) == (13, 12, 1)
    mixed = [row for row in examples if {turn.origin for turn in row.turns} == {"written", "structural"}]
    assert report.counters["arranged/turns_in_both"] == sum(len(row.turns) for row in mixed) > 0
    assert report.counters["arranged/rows"] == len(examples)


def test_question_is_before_the_document_in_the_share_of_rows_that_the_recipe_asks_for(
    tmp_path: Path, tokenizer: str
) -> None:
    asked = [(context(f"d{n}"), [candidate(f"c{n}", f"d{n}")]) for n in range(12)]
    for share, num_first in ((0.0, 0), (1.0, 12)):
        root = tmp_path / str(share)
        select(root, tokenizer, [asked], conversations={"question_first_share": share}, validation_share=0)
        folder = BuildFolder(str(root))
        rows = list(read_part(folder.sft_part("train", "00000", "parquet"), SftExample))
        assert len(rows) == 12
        firsts = [row.messages[0].content.endswith(f"{row.doc_ids[0]}: {TEXT}") for row in rows]
        assert sum(firsts) == num_first
        counters = read_shard_reports(folder, "export", "f")["00000"].counters
        assert counters.get("arranged/question_first", 0) == num_first


def test_selection_of_a_shard_is_its_own_and_knows_clusters_lengths_and_look_ups(
    tmp_path: Path, tokenizer: str
) -> None:
    folder = BuildFolder(str(tmp_path))
    names = [f"d{number}" for number in range(6)]
    for shard, own in (("00000", names[:3]), ("00001", names[3:])):
        contexts = [context(name, cluster_id="both" if name in ("d0", "d3") else name) for name in own]
        write_part(folder.corpus_part(1024, shard), contexts, Context)
        rows = [candidate(f"{name}-{number}", name, task=f"t{number}") for name in own for number in range(3)]
        write_part(folder.candidate_part(shard), rows, Candidate)
        asked = [AskedContext(name, name, "", 0, "legal", "en", 20_000 if name == "d5" else 100, 3, ()) for name in own]
        write_part(folder.asked_part(shard), asked, AskedContext)
    settings = {
        "max_turns_per_10k_chars": 1.5,
        "short_context_turns": 1,
        "validation_share": 0.5,
        "max_depth_share": 1,
        "max_domain_share": 1,
        "max_language_share": 1,
        "max_task_share": 1,
        "depth_bins": 1,
        "max_same_answer": 9,
    }
    work = work_of(tokenizer, **settings)
    shards = plan_export_shards(folder)
    run_selection(shards, folder, work)
    choices = [list(read_part(folder.selection_part(shard), Choice)) for shard in ("00000", "00001")]
    assert [[choice.candidate_id[:2] for choice in own] for own in choices] == [
        [name for name in own for _ in range(3)] for own in (names[:3], names[3:])
    ]
    kept = {
        name: [c for own in choices for c in own if c.candidate_id.startswith(name) and not c.reason] for name in names
    }
    assert {name: len(own) for name, own in kept.items()} == {**dict.fromkeys(names, 1), "d5": 3}
    assert {c.reason for own in choices for c in own if c.reason} == {"document_cap"}
    assert kept["d0"][0].split == kept["d3"][0].split
    splits = {name: own[0].split for name, own in kept.items()}
    assert {"train", "validation"} == set(splits.values())


def _is_of_groups(counter: str) -> bool:
    """Whether a counter is of a group of turns; `tests/export/test_mix.py` has those."""
    return counter.split("/")[0] in {
        "turns_by", "tokens_by", "loss_tokens_by", "depth", "turns_in_row", "arranged", "mix", "mix_total",
    }  # fmt: skip


def rows_written(root: Path, tokenizer: str, *splits: str) -> BuildFolder:
    names = [f"d{number}" for number in range(len(splits))]
    folder, _ = exported(
        root,
        tokenizer,
        [
            context(name, licence="CC0-1.0", text=f"d1: {TEXT}" + "More. " * 30) if name == "d1" else context(name)
            for name in names
        ],
        [candidate(f"c{name}", name) for name in names],
        [chosen(f"c{name}", split) for name, split in zip(names, splits, strict=True)],
    )
    return folder


@pytest.mark.parametrize("splits", [("train", "train"), ("train", "validation")])
def test_configs_and_card_are_of_the_rows_that_are_there(
    tmp_path: Path, tokenizer: str, splits: tuple[str, ...]
) -> None:
    folder = rows_written(tmp_path, tokenizer, *splits)
    written = describe_rows(folder=folder, name="my-set", tokenizer=tokenizer, seed=23)
    assert [Path(one.path).name for one in written] == ["dataset_info.json", "axolotl.yaml", "trl.yaml", "README.md"]
    texts = {Path(one.path).name: Path(one.path).read_text(encoding="utf-8") for one in written}
    trl, axolotl = yaml.safe_load(texts["trl.yaml"]), yaml.safe_load(texts["axolotl.yaml"])
    has_validation = "validation" in splits
    assert trl.get("dataset_test_split") == ("validation" if has_validation else None)
    assert trl["eval_strategy"] == ("epoch" if has_validation else "no")
    assert trl["dataset_name"] == "exports/trl"
    assert (trl["model_name_or_path"], axolotl["base_model"]) == (tokenizer, tokenizer)
    assert ("test_datasets" in axolotl) is has_validation
    assert trl["max_length"] == axolotl["sequence_len"] == 512
    names = [f"my_set_{split}_00000" for split in sorted(set(splits))]
    assert list(json.loads(texts["dataset_info.json"])) == names
    assert "Seed 23." in texts["README.md"]
    assert "2 conversations with 2 questions about 2 whole documents" in texts["README.md"]
    assert "| CC0-1.0 | 1 |\n| MIT | 1 |" in texts["README.md"]


def test_rows_without_one_to_train_on_are_refused_with_what_was_dropped(tmp_path: Path, tokenizer: str) -> None:
    folder = rows_written(tmp_path, tokenizer, "validation")
    with pytest.raises(
        StageError, match=r"No candidate became a training row\. The inputs contain no documents\."
    ) as raised:
        describe_rows(folder=folder, name="n", tokenizer=tokenizer, seed=1)
    assert raised.value.remedy == "Name a folder, file or pattern that contains documents."


@pytest.mark.parametrize("change", ["line lost", "line more"])
def test_twins_of_different_lengths_are_refused(tmp_path: Path, tokenizer: str, change: str) -> None:
    folder = rows_written(tmp_path, tokenizer, "train", "train")
    path = Path(folder.sft_part("train", "00000", "jsonl"))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:1] if change == "line lost" else [*lines, lines[0]]), encoding="utf-8")
    with pytest.raises(ExportError, match="train-00000"):
        describe_rows(folder=folder, name="n", tokenizer=tokenizer, seed=1)


def rejection(stage: str, reason: str, uri: str = "/in/a.txt", item: str = "i") -> Rejection:
    return Rejection(stage, item, reason, "", None, uri, 0, "")


def explained(root: Path, rejections: Sequence[Rejection], reasons: Sequence[str] = ()) -> tuple[str, str]:
    folder = BuildFolder(str(root))
    if rejections:
        write_part(folder.rejected_part("any", "00000"), rejections, Rejection)
    rows = [ContextWithoutRow(f"d{n}", "", "", 0, "legal", "en", 9, reason, ()) for n, reason in enumerate(reasons)]
    if rows:
        write_part(folder.without_row, rows, ContextWithoutRow)
    found = why_no_rows(folder)
    return found.message, found.remedy


SEE_INGEST = "rejected/ lists each document with the reason; correct the inputs, or `clean` in the recipe."
SEE_DEDUP = "rejected/ lists each document with the document that it repeats; see `dedup` in the recipe."
SEE_PACK = "rejected/ lists each document with the reason; see `pack` in the recipe."
SEE_EXPORT = "rejected/ lists each candidate with the reason; see the shares in `export` in the recipe."
SEE_SYNTHESIZE = (
    "work/without_row/ lists each context with the reasons; add documents of other kinds, enable more tasks, or let "
    "a teacher write questions (synthesize.written)."
)
CONVERT = "Convert these files to text, markdown or html first, or name different inputs."


@pytest.mark.parametrize(
    ("rejections", "reasons", "message", "remedy"),
    [
        ([], [], "The inputs contain no documents.", "Name a folder, file or pattern that contains documents."),
        (
            [
                rejection("ingest", "unsupported_format", f"/in/{name}")
                for name in ("a.PDF", "b.pdf.gz", "c.hwp", "README")
            ],
            [],
            "2 files are PDF and were not read. 1 file is HWP and was not read. 1 file is without an extension and "
            "was not read.",
            CONVERT,
        ),
        (
            [rejection("ingest", "too_short"), rejection("ingest", "language"), rejection("ingest", "language")],
            [],
            "3 documents were dropped by ingest: language (2), too_short (1).",
            SEE_INGEST,
        ),
        (
            [rejection("dedup", "near_duplicate"), rejection("pack", "cap"), rejection("pack", "cap")],
            [],
            "1 document was dropped by dedup: near_duplicate (1). 2 documents were dropped by pack: cap (2).",
            SEE_DEDUP,
        ),
        ([rejection("pack", "cap")], [], "1 document was dropped by pack: cap (1).", SEE_PACK),
        (
            [],
            ["no_structure", "not_written_about", "no_structure"],
            "3 contexts were left without a row: nothing the structural tasks could ask about (2), no teacher was "
            "asked about them (1).",
            SEE_SYNTHESIZE,
        ),
        (
            [rejection("export", "mix"), rejection("synthesize", "not_unique")],
            ["mix"],
            "1 context was left without a row: mix (1).",
            SEE_EXPORT,
        ),
        (
            [rejection("ingest", "unsupported_format", "/in/a.pdf"), rejection("ingest", "empty")],
            ["mix"],
            "1 file is PDF and was not read. 1 document was dropped by ingest: empty (1). 1 context was left without a "
            "row: mix (1).",
            CONVERT,
        ),
    ],
)
def test_build_without_rows_says_why_and_what_to_do_first(
    tmp_path: Path, rejections: list[Rejection], reasons: list[str], message: str, remedy: str
) -> None:
    assert explained(tmp_path, rejections, reasons) == (message, remedy)


def test_only_the_six_commonest_reasons_and_suffixes_are_named(tmp_path: Path) -> None:
    rejections = [rejection("ingest", f"r{n}") for n in range(7) for _ in range(9 - n)]
    rejections += [rejection("ingest", "unsupported_format", f"/in/a.x{n}") for n in range(7) for _ in range(9 - n)]
    message, _ = explained(tmp_path, rejections)
    assert [f"X{n} and" in message for n in range(7)] == [True] * 6 + [False]
    assert "r5 (4)." in message and "r6" not in message
    assert f"{sum(9 - n for n in range(7))} documents were dropped by ingest" in message


def test_table_of_contexts_without_a_row_is_of_those_alone_with_the_reasons_of_the_last_stage(
    tmp_path: Path, tokenizer: str
) -> None:
    names = ["row", "cut", "none"]
    folder, _ = exported(
        tmp_path,
        tokenizer,
        [context(name) for name in names],
        [candidate("c1", "row"), candidate("c2", "row"), candidate("c3", "cut"), candidate("c4", "cut")],
        [chosen("c1", "train"), *(Choice(name, "", "mix", "") for name in ("c2", "c3", "c4"))],
    )
    asked = [
        AskedContext("row", "Row", "u1", 1, "legal", "en", 10, 2, ()),
        AskedContext("cut", "Cut", "u2", 2, "code", "ko", 20, 2, (ReasonCount("not_unique", 5),)),
        AskedContext(
            "none", "None", "u3", 3, "manual", "en", 30, 0, (ReasonCount("not_written_about", 9), ReasonCount("x", 1))
        ),
    ]
    write_part(folder.asked_part("00000"), asked, AskedContext)
    shard = Shard("00000", plan_export_shards(folder)[0].inputs)
    assert _explain(7, (shard,), folder, work_of(tokenizer)) == 7
    assert list(read_part(folder.without_row, ContextWithoutRow)) == [
        ContextWithoutRow("cut", "Cut", "u2", 2, "code", "ko", 20, "mix", (ReasonCount("mix", 2),)),
        ContextWithoutRow(
            "none", "None", "u3", 3, "manual", "en", 30, "x", (ReasonCount("not_written_about", 9), ReasonCount("x", 1))
        ),
    ]
    Path(folder.without_row).unlink()
    _explain(7, (shard,), folder, work_of(tokenizer))
    assert not Path(folder.without_row).exists(), "what is done is not done again"
