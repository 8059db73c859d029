import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import datasets
import pytest
import yaml
from synthesis_documents import CONTRACT_KO, LEASE, LEASE_EN, LOG, context_of

from pipeline.config.build import StructuralRecipe, SynthesizeRecipe, WrittenRecipe
from pipeline.config.export import ConversationRecipe, ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.errors import StageError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import read_part, read_part_with_lists, read_parts, write_part
from pipeline.io.token_store import stored_fingerprint
from pipeline.records import Candidate, Context, ConversationTokens, Rejection, SftExample, TrainingPack
from pipeline.stages.export import ExportWork, WriteRows, describe_rows, plan_export_shards
from pipeline.stages.packs import PACKS_SHARD
from pipeline.stages.runner import pipeline_options
from pipeline.stages.selection_steps import plan_selection
from pipeline.stages.shards import plan_synthesize_shards
from pipeline.stages.synthesize import SynthesizeWork
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.tokens.tokenizer import tokenizer_fingerprint

SEED = 17
REPLY = "\nOwain Tudor: I take the old gauge back to the harbour before that.\n"
"""A second turn, so that two speakers are certain and a reply can be asked for."""


def contexts() -> list[Context]:
    """Nine documents of three kinds, told apart by their names and sums."""
    made = []
    for i in range(3):
        made += [
            context_of(LEASE.replace("Kittiwake", f"Kittiwake{i}").replace("4,800", f"4,{i}00")),
            context_of(
                CONTRACT_KO.replace("한빛정밀", f"한빛정밀{i}").replace("12,500,000", f"1{i},500,000"), language="ko"
            ),
            context_of(LOG.replace("640", f"64{i}") + REPLY, domain="dialogue"),
        ]
    return made


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory) -> BuildFolder:
    """A build folder with two shards of candidates, one document being far too long for its bucket."""
    folder = BuildFolder(str(tmp_path_factory.mktemp("build")))
    first, *rest = contexts()
    write_part(folder.corpus_part(64, "00001"), [replace(first, bucket=64)], Context)
    synthesize(folder, {"00000": rest[:4], "00001": rest[4:]})
    return folder


def synthesize(folder: BuildFolder, shards: dict[str, list[Context]]) -> None:
    """Write documents and ask about them."""
    for shard_id, documents in shards.items():
        write_part(folder.corpus_part(2048, shard_id), documents, Context)
    recipe = SynthesizeRecipe(
        written=WrittenRecipe(tasks=()), structural=StructuralRecipe(questions_per_10k_chars=1, min_questions=5)
    )
    work = SynthesizeWork(recipe=recipe, tokenizer=EMBEDDED_MODEL, seed=SEED, fingerprint="f")
    for shard in plan_synthesize_shards(folder):
        with ShardLedger(folder=folder, stage="synthesize", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)


def export(folder: BuildFolder, **changes) -> dict[str, bytes]:
    """Run the stage's job and read back every file it wrote."""
    recipe = ExportRecipe(
        validation_share=0.3,
        max_turns_per_10k_chars=0.1,
        short_context_turns=3,
        max_depth_share=1.0,
        max_look_up_share=1.0,
        conversations=ConversationRecipe(single_share=0.4),
    ).model_copy(update=changes)
    fingerprint = json.dumps(changes, sort_keys=True)
    work = ExportWork(
        recipe=recipe,
        packing=PackingRecipe(),
        pack_edges=(4096,),
        tokenizer=EMBEDDED_MODEL,
        seed=SEED,
        fingerprint=fingerprint,
    )
    with beam.Pipeline(options=pipeline_options([])) as job:
        shards = plan_export_shards(folder)
        select = plan_selection(shards, recipe=work.recipe, seed=work.seed, fingerprint=work.fingerprint)
        _ = job | WriteRows(select=select, shards=shards, folder=folder, work=work, name="test-set")
    root = Path(folder.root)
    others = [root / "packs.parquet", *sorted(root.glob("exports/*/*"))]
    return {path.name: path.read_bytes() for path in sorted(Path(folder.sft).iterdir())} | {
        str(path.relative_to(root)): path.read_bytes() for path in others
    }


@pytest.fixture(scope="module")
def exported(synthesized) -> dict[str, bytes]:
    return export(synthesized)


def rows_of(folder: BuildFolder) -> list[SftExample]:
    return list(read_parts(folder.sft, SftExample))


def test_write_rows_accounts_for_every_candidate(synthesized, exported):
    reports = read_shard_reports(synthesized, "export", "{}").values()
    rows = rows_of(synthesized)
    num_candidates = sum(1 for _ in read_parts(synthesized.candidates, Candidate))
    num_turns = sum(len(row.turns) for row in rows)
    assert sum(report.num_in for report in reports) == num_candidates > num_turns > len(rows) >= 8
    assert sum(report.num_kept for report in reports) == num_turns
    reasons = Counter(r.reason for r in read_parts(synthesized.rejected, Rejection) if r.stage == "export")
    assert reasons["document_cap"] > 0
    assert reasons["over_bucket"] > 0
    assert sum(reasons.values()) == num_candidates - num_turns


def test_write_rows_puts_the_question_after_the_document_or_before_it(synthesized, exported):
    texts = {context.doc_id: context for context in read_parts(synthesized.corpus, Context)}
    rows = rows_of(synthesized)
    places = Counter(row.messages[0].content.startswith(texts[row.doc_ids[0]].text) for row in rows)
    assert places[True] > places[False] > 0
    for row in rows:
        context = texts[row.doc_ids[0]]
        user, assistant, *others = row.messages
        assert (user.role, assistant.role) == ("user", "assistant")
        assert user.content.startswith(context.text + "\n\n") or user.content.endswith("\n\n" + context.text)
        assert len(user.content) > len(context.text) + 10
        assert [message.role for message in others] == ["user", "assistant"] * (len(row.turns) - 1)
        assert all(context.text not in message.content for message in others)
        assert row.num_tokens == len(tokenize_conversation(row.messages, EMBEDDED_MODEL).ids) <= row.bucket
        assert row.language == context.language
        for item in row.evidence:
            assert context.text[item.start : item.end] == item.quote


def test_write_rows_never_splits_a_document(synthesized, exported):
    splits: dict[str, set[str]] = {}
    for row in rows_of(synthesized):
        splits.setdefault(row.doc_ids[0], set()).add(row.split)
    assert len(splits) >= 8
    assert all(len(of_document) == 1 for of_document in splits.values())
    assert {split for of_document in splits.values() for split in of_document} == {"train", "validation"}


def test_write_rows_never_splits_a_cluster(tmp_path):
    folder = BuildFolder(str(tmp_path))
    clustered = [replace(context, cluster_id=f"cluster-{number // 3}") for number, context in enumerate(contexts())]
    synthesize(folder, {"00000": clustered})
    export(folder)
    cluster_of = {context.doc_id: context.cluster_id for context in clustered}
    splits: dict[str, set[str]] = {}
    documents: dict[str, set[str]] = {}
    for row in rows_of(folder):
        cluster = cluster_of[row.doc_ids[0]]
        splits.setdefault(cluster, set()).add(row.split)
        documents.setdefault(cluster, set()).add(row.doc_ids[0])
    assert [len(own) for own in documents.values()] == [3, 3, 3]
    assert all(len(of_cluster) == 1 for of_cluster in splits.values())
    assert {split for of_cluster in splits.values() for split in of_cluster} == {"train", "validation"}


def test_write_rows_reads_back_equal_from_parquet_and_json(synthesized, exported, tmp_path, monkeypatch):
    sft = Path(synthesized.sft)
    for split in ("train", "validation"):
        parts = sorted(str(path) for path in sft.glob(f"{split}-*.parquet"))
        twins = [path.removesuffix("parquet") + "jsonl" for path in parts]
        assert parts
        settings = {"split": "train", "cache_dir": str(tmp_path)}
        from_parquet = datasets.load_dataset("parquet", data_files=parts, **settings).to_list()
        from_json = datasets.load_dataset("json", data_files=twins, **settings).to_list()
        assert len(from_parquet) > 1
        assert from_json == from_parquet
    monkeypatch.chdir(sft.parent)  # as trl.yaml says
    for name in ("sft", yaml.safe_load(exported["trl.yaml"])["dataset_name"]):
        whole = datasets.load_dataset(name, cache_dir=str(tmp_path))
        assert {name: len(rows) for name, rows in whole.items()} == Counter(row.split for row in rows_of(synthesized))


def test_write_rows_writes_configs_that_fit_the_longest_row(synthesized, exported):
    longest = max(row.num_tokens for row in rows_of(synthesized))
    info = json.loads(exported["dataset_info.json"])
    assert {entry["file_name"] for entry in info.values()} == {
        name for name in exported if name.endswith(".jsonl") and "/" not in name
    }
    assert yaml.safe_load(exported["axolotl.yaml"])["sequence_len"] > longest
    assert yaml.safe_load(exported["trl.yaml"])["max_length"] > longest
    assert yaml.safe_load(exported["trl.yaml"])["model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert exported["README.md"].decode().startswith("---\npretty_name: test-set\n")


@pytest.mark.parametrize("trainer", ["trl", "axolotl"])
def test_write_rows_writes_the_ids_and_answers_that_a_trainer_reads(
    synthesized, exported, tmp_path, monkeypatch, trainer
):
    monkeypatch.chdir(synthesized.root)
    splits = datasets.load_dataset(f"exports/{trainer}", cache_dir=str(tmp_path))
    assert set(splits) == {"train", "validation"}
    for split, rows in splits.items():
        paths = sorted(Path("sft").glob(f"{split}-*.parquet"))
        examples = [row for path in paths for row in read_part(str(path), SftExample)]
        assert len(examples) == len(rows) > 1
        for example, row in zip(examples, rows, strict=True):
            conversation = tokenize_conversation(example.messages, EMBEDDED_MODEL)
            ids, is_answer = conversation.ids.tolist(), conversation.is_answer.tolist()
            assert 0 < sum(is_answer) == example.num_loss_tokens
            if trainer == "trl":
                assert row == {"input_ids": ids, "assistant_masks": [int(one) for one in is_answer]}
            else:
                labels = [token if one else -100 for token, one in zip(ids, is_answer, strict=True)]
                assert row == {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}
    assert max(len(row.turns) for row in rows_of(synthesized)) > 1


def test_write_rows_writes_single_turns_for_other_trainers_and_counts_the_rest(synthesized, exported, tmp_path):
    examples = rows_of(synthesized)
    single = {row.id: row for row in examples if len(row.turns) == 1}
    assert 0 < len(single) < len(examples)
    settings = {"split": "train", "cache_dir": str(tmp_path)}
    for name in ("prompt_completion", "alpaca"):
        paths = sorted(str(path) for path in Path(synthesized.root).glob(f"exports/{name}/*.jsonl"))
        rows = datasets.load_dataset("json", data_files=paths, **settings).to_list()
        assert sorted(row["id"] for row in rows) == sorted(single)
        for row in rows:
            question, answer = single[row["id"]].messages
            if name == "alpaca":
                assert row == {
                    "instruction": question.content,
                    "input": "",
                    "output": answer.content,
                    "id": row["id"],
                }
            else:
                assert row["prompt"] == [{"role": "user", "content": question.content}]
                assert row["completion"] == [{"role": "assistant", "content": answer.content}]
    reports = read_shard_reports(synthesized, "export", "{}").values()
    left_out = sum(
        report.counters.get(f"left_out_of_single_turn_files/{split}", 0)
        for report in reports
        for split in ("train", "validation")
    )
    assert left_out == len(examples) - len(single)


def test_write_rows_keeps_the_token_ids_it_counted(synthesized, exported):
    examples = {row.id: row for row in rows_of(synthesized)}
    stored = {}
    for path in sorted(Path(synthesized.tokens).iterdir()):
        assert stored_fingerprint(str(path)) == tokenizer_fingerprint(EMBEDDED_MODEL)
        twin = [row.id for row in read_part(str(Path(synthesized.sft) / path.name), SftExample)]
        tokens = list(read_part_with_lists(str(path), ConversationTokens, ["token_ids"]))
        assert [record.row_id for record, _ in tokens] == twin
        stored |= {record.row_id: (record, lists["token_ids"]) for record, lists in tokens}
    assert stored.keys() == examples.keys()
    for row_id, (record, ids) in stored.items():
        conversation = tokenize_conversation(examples[row_id].messages, EMBEDDED_MODEL)
        assert ids.tolist() == conversation.ids.tolist()
        assert [(span.start, span.end) for span in record.answer_spans] == list(conversation.answer_spans)
        assert record.num_tokens == examples[row_id].num_tokens == len(ids)


def test_write_rows_plans_a_pack_for_every_row_and_document(synthesized, exported):
    packs = list(read_part(synthesized.packs, TrainingPack))
    planned = Counter((pack.source, row_id) for pack in packs for row_id in pack.row_ids)
    rows = Counter(("sft", row.id) for row in rows_of(synthesized))
    documents = Counter(("corpus", context.doc_id) for context in read_parts(synthesized.corpus, Context))
    assert planned == rows + documents
    splits = {pack.split for pack in packs}
    assert splits == {"train", "validation"}
    (report,) = [r for r in read_shard_reports(synthesized, "export", "{}").values() if r.shard_id == PACKS_SHARD]
    assert report.num_in == 0
    assert report.counters["packs/sft/train/packs"] == sum((p.source, p.split) == ("sft", "train") for p in packs)


def test_write_rows_again_writes_the_same_bytes(synthesized, exported):
    assert export(synthesized) == exported
    fresh = export(synthesized, depth_bins=10)  # another fingerprint: nothing is taken from the first run
    assert fresh == exported


def test_export_work_removes_rows_of_an_earlier_run(synthesized, exported):
    fewer = export(synthesized, validation_share=0.0)
    assert not [name for name in fewer if name.startswith("validation")]
    assert export(synthesized) == exported


def test_describe_rows_without_a_training_row_says_so(tmp_path):
    with pytest.raises(StageError, match="No candidate became a training row"):
        describe_rows(folder=BuildFolder(str(tmp_path)), name="empty", tokenizer=EMBEDDED_MODEL, seed=SEED)


def test_plan_export_shards_leaves_out_shards_without_candidates(tmp_path):
    folder = BuildFolder(str(tmp_path))
    write_part(folder.corpus_part(2048, "00000"), [LEASE_EN], Context)
    assert plan_export_shards(folder) == []


def test_trainers_are_told_of_validation_rows_only_where_there_are_some(synthesized, tmp_path):
    for share, has_validation in ((0.3, True), (0.0, False)):
        written = export(synthesized, validation_share=share)
        assert any(name.startswith("validation-") for name in written) is has_validation
        assert {row.split for row in rows_of(synthesized)} == ({"train", "validation"} if has_validation else {"train"})
        trl, axolotl = (yaml.safe_load(written[name]) for name in ("trl.yaml", "axolotl.yaml"))
        assert trl.get("dataset_test_split") == ("validation" if has_validation else None)
        assert trl["eval_strategy"] == ("epoch" if has_validation else "no")
        assert bool(axolotl.get("test_datasets")) is has_validation
        info = json.loads(written["dataset_info.json"])
        named = [entry["file_name"] for entry in info.values()]
        assert any("validation" in name for name in named) is has_validation
        assert ("validation" in written["README.md"].decode()) is has_validation
    export(synthesized)
