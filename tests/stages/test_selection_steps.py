"""Selection in steps: one range decides as `select_rows`; several keep every rule, whatever the shards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from export_records import candidate, context
from step_runs import run_selection

from pipeline.config.export import ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.export.selection import Choice, select_rows
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part, write_part
from pipeline.records import Candidate, Context
from pipeline.stages.asked import AskedContext
from pipeline.stages.candidate_labels import candidate_labels, context_labels
from pipeline.stages.export import ExportWork, plan_export_shards
from pipeline.stages.selection_files import SelectionFile
from pipeline.stages.selection_steps import PlacedLabels, plan_selection, range_size
from pipeline.stages.step_files import step_path

RECIPE = ExportRecipe(max_same_question=3, max_depth_share=1.0, short_context_turns=6, validation_share=0.2)
WORDS = ("rent", "fence", "cellar", "garden", "boiler", "attic")
NUM_DOCUMENTS = 60


def documents(hot_cluster: int = 0) -> list[tuple[Context, list[Candidate]]]:
    """Contexts in clusters of up to two, or in one cluster, each with questions of a table and of a teacher."""
    found = []
    for number in range(NUM_DOCUMENTS):
        doc_id = content_id("doc", number)
        cluster = content_id("hot" if number < hot_cluster else "cluster", 0 if number < hot_cluster else number // 2)
        own = context(doc_id, cluster_id=cluster, domain=("legal", "manual", "code")[number % 3])
        rows = [
            candidate(content_id(doc_id, at), doc_id, task=f"t{at}", domain=own.domain, answer=f"{at}")
            for at in range(5)
        ]
        questions = ("When must the tenant pay what is due?", f"Who repairs the {WORDS[number % 6]} of house {number}?")
        rows += [
            candidate(
                content_id(doc_id, "written", at),
                doc_id,
                question=question,
                answer=f"w{at}",
                origin="written",
                task="qa",
                teacher="openai:x",
                domain=own.domain,
            )
            for at, question in enumerate(questions)
        ]
        found.append((own, rows))
    return found


def selected(
    root: Path, shards: Sequence[Sequence[tuple[Context, list[Candidate]]]], most_labels: int
) -> tuple[BuildFolder, dict[str, Choice]]:
    folder = BuildFolder(str(root))
    for number, own in enumerate(shards):
        name = f"{number:05d}"
        write_part(folder.corpus_part(1024, name), [one for one, _ in own], Context)
        write_part(folder.candidate_part(name), [one for _, rows in own for one in rows], Candidate)
        asked = [AskedContext(one.doc_id, "", "", 0, one.domain, "en", 900, len(rows), ()) for one, rows in own]
        write_part(folder.asked_part(name), asked, AskedContext)
    work = ExportWork(
        recipe=RECIPE, packing=PackingRecipe(), pack_edges=(1024,), tokenizer="", seed=17, fingerprint="f"
    )
    planned = plan_export_shards(folder)
    run_selection(planned, folder, work, most_labels=most_labels)
    choices = [one for shard in planned for one in read_part(folder.selection_part(shard.shard_id), Choice)]
    assert [one.candidate_id for one in choices] == [c.candidate_id for own in shards for _, rows in own for c in rows]
    return folder, {choice.candidate_id: choice for choice in choices}


def test_selection_in_one_range_is_the_choice_over_all_labels(tmp_path: Path) -> None:
    folder, found = selected(tmp_path, [documents()[0::2], documents()[1::2]], 10_000)
    labels, num_chars = [], {}
    for shard in plan_export_shards(folder):
        contexts = context_labels(folder.asked_part(shard.shard_id), shard.inputs[1:])
        labels += candidate_labels(shard.inputs[0], contexts)
        num_chars |= {doc_id: one.num_chars for doc_id, one in contexts.items()}
    assert list(found.values()) == select_rows(labels, num_chars=num_chars, recipe=RECIPE, seed=17)
    assert {"", "duplicate_question"} < {one.reason for one in found.values()}


@pytest.mark.parametrize("hot_cluster", [0, 40])
def test_selection_in_several_ranges_keeps_every_rule_however_documents_are_sharded(
    tmp_path: Path, hot_cluster: int
) -> None:
    own = documents(hot_cluster)
    _, one = selected(tmp_path / "one", [own], 70)
    folder, four = selected(tmp_path / "four", [own[3::4], own[0::4], own[2::4], own[1::4]], 70)
    assert one == four
    ranges = [Path(step_path(folder.selection, SelectionFile.CHOSEN, f"{n:05d}")).exists() for n in range(7)]
    assert ranges == [True] * 6 + [False]
    splits, due = defaultdict(set), Counter()
    kept = [(context_, row) for context_, rows in own for row in rows if not four[row.candidate_id].reason]
    for context_, row in kept:
        splits[context_.cluster_id].add(four[row.candidate_id].split)
        due[row.question] += row.origin == "written"
    assert all(len(of_cluster) == 1 for of_cluster in splits.values())
    validated = sum(of_cluster == {"validation"} for of_cluster in splits.values())
    assert validated == round(0.2 * len(splits))
    assert due["When must the tenant pay what is due?"] == 3
    written = sum(row.origin == "written" for _, row in kept)
    assert 0 < written <= RECIPE.max_written_share * len(kept)


def test_selection_reads_texts_once_and_passes_on_labels_only(tmp_path: Path) -> None:
    folder, _ = selected(tmp_path, [documents()], 70)
    placed = list(read_part(step_path(folder.selection, SelectionFile.LABELS, "00000"), PlacedLabels))
    assert [one.place for one in placed] == sorted(one.place for one in placed)
    assert len(placed) == 7 * NUM_DOCUMENTS
    written = " ".join(str(pq.read_table(path).to_pydict()) for path in Path(folder.selection).glob("*.parquet"))
    assert placed[0].labels.doc_id in written
    assert not any(word in written for word in ("tenant", "repairs", "cellar", "pounds", "Monday"))


def test_selection_of_a_small_build_has_no_steps_over_ranges(tmp_path: Path) -> None:
    folder, _ = selected(tmp_path, [documents()], 10_000)
    shards = plan_export_shards(folder)
    terms = {"recipe": RECIPE, "seed": 17, "fingerprint": "f"}
    few = [step.work.stage for step in plan_selection(shards, **terms)]
    many = [step.work.stage for step in plan_selection(shards, **terms, most_labels=100)]
    assert few == ["label", "choose", "split", "select"]
    assert many == ["label", "cut_labels", "asked_labels", "too_often", "choose", "split", "select"]


@pytest.mark.parametrize(
    ("num_labels", "in_range"), [(0, 25_000), (1_600_000, 25_000), (6_400_000, 100_000), (10**9, 125_000)]
)
def test_ranges_of_a_large_build_are_larger_up_to_a_limit(num_labels: int, in_range: int) -> None:
    assert range_size(num_labels) == in_range
