"""Placement from token counts alone: every document's place, every joined row and every reason, to the token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_student import small_tokenizer
from step_runs import run_steps

from pipeline.config.pack import PackRecipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.signature import packed
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.io.parts import PartWriter, read_part, write_part
from pipeline.stages.encoded_parts import (
    TOKEN_LISTS,
    EncodedPart,
    JoinedMember,
    JoinedRow,
    PlacedDocument,
)
from pipeline.stages.measured import SignedDocument
from pipeline.stages.placement import plan_placement
from pipeline.stages.shards import Shard

NO_TOKENS = {name: np.empty(0, np.uint32) for name in TOKEN_LISTS}
PLACED = PlacedDocument(doc_id="", cluster_id="", repeats=1, is_joined=False, reason="", detail="", score=0.0)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tokenizer")
    small_tokenizer().save_pretrained(folder)
    return str(folder)


def encoded(doc_id: str, num_tokens: int, **changes: object) -> EncodedPart:
    values: dict[str, object] = {
        "doc_id": doc_id,
        "document_row": 0,
        "start": 0,
        "end": num_tokens,
        "part": 1,
        "num_parts": 1,
        "num_tokens": num_tokens,
        "domain": "manual",
        "language": "en",
        "source_uri": f"/in/{doc_id}.txt",
        "source_offset": 0,
        "title": doc_id,
        "heading_tokens": 17,
        "outline_type": b"",
        "relation": "pump",
        "imports": (),
        "reason": "",
        "detail": "",
        "score": 0.0,
        "error": "",
        "traceback": "",
    }
    return EncodedPart(**{**values, **changes})  # type: ignore[arg-type]


def recipe_of(tokenizer: str, **changes: object) -> PackRecipe:
    values: dict[str, object] = {
        "tokenizer": tokenizer,
        "buckets": [256, 512, 1024],
        "room_tokens": 56,
        "min_tokens": 100,
        "join": {"kinds": ["same_source"]},
    }
    return PackRecipe.model_validate({**values, **changes})


def place(
    root: Path, parts: Sequence[Sequence[EncodedPart]], recipe: PackRecipe, most_documents: int = 10_000
) -> tuple[list[list[PlacedDocument]], list[list[JoinedRow]]]:
    """Run the steps; places and joined rows of each shard of the pack stage."""
    folder = BuildFolder(str(root))
    numbers = [f"{number:05d}" for number in range(len(parts))]
    for number, own in zip(numbers, parts, strict=True):
        with PartWriter(folder.encoded_part(number), EncodedPart, TOKEN_LISTS) as writer:
            for part in own:
                writer.add(part, NO_TOKENS)
    shards = [Shard(number, (folder.encoded_part(number),)) for number in numbers]
    run_steps(plan_placement(shards, recipe=recipe, seed=17, fingerprint="f", most_documents=most_documents), folder)
    reports = read_shard_reports(folder, "placement", "f").values()
    num_documents = len({part.doc_id for own in parts for part in own})
    assert sum(report.num_kept for report in reports) == sum(report.num_in for report in reports) == num_documents
    written = {part.path for report in reports for part in report.parts}
    placed, joined = [], []
    for number in numbers:
        for found, path, kind in (
            (placed, folder.placed_part(number), PlacedDocument),
            (joined, folder.joined_part(number), JoinedRow),
        ):
            there = Path(path).exists()
            assert (folder.relative(path) in written) is there
            found.append(list(read_part(path, kind)) if there else [])  # type: ignore[attr-defined]
    return placed, joined


def test_placement_of_relatives_is_a_row_of_their_tokens_and_lines_and_of_the_rest_what_is_said(
    tmp_path: Path, tokenizer: str
) -> None:
    parts = [
        [
            encoded("page-10", 40),
            encoded("alone", 99, relation="", document_row=1),
            encoded("enough", 100, document_row=2, heading_tokens=0, relation=""),
            encoded("misfit", 5000, document_row=3, heading_tokens=0, relation="", reason="too_long", detail="Said."),
        ],
        [
            encoded("long", 700, document_row=0, num_parts=2, end=700, heading_tokens=0, relation=""),
            encoded("long", 300, document_row=0, part=2, num_parts=2, start=700, heading_tokens=0, relation=""),
            encoded("page-2", 60, document_row=4),
            encoded("broken", 0, document_row=5, heading_tokens=0, relation="", error="ValueError: no"),
        ],
    ]
    placed, joined = place(tmp_path, parts, recipe_of(tokenizer))
    in_row = replace(PLACED, cluster_id="page-10", is_joined=True)
    assert placed == [
        [
            replace(in_row, doc_id="page-10"),
            replace(
                PLACED,
                doc_id="alone",
                cluster_id="alone",
                reason="too_short_tokens",
                detail="99 tokens; at least 100 are asked for, and it has no relatives.",
                score=99.0,
            ),
            replace(PLACED, doc_id="enough", cluster_id="enough"),
            replace(PLACED, doc_id="misfit", cluster_id="misfit"),
        ],
        [
            replace(PLACED, doc_id="long", cluster_id="long"),
            replace(in_row, doc_id="page-2"),
            replace(PLACED, doc_id="broken", cluster_id="broken"),
        ],
    ]
    headings = len("Document 1: page-2\n\n") + len("\n\nDocument 2: page-10\n\n")
    assert joined == [
        [],
        [
            JoinedRow(
                joining="same_source",
                cluster_id="page-10",
                num_tokens=60 + 40 + headings,
                bucket=256,
                repeats=1,
                members=(JoinedMember("00001", 2, 4), JoinedMember("00000", 0, 0)),
            )
        ],
    ]


def test_placement_fills_a_row_to_the_last_token_with_the_lines_above_its_documents(
    tmp_path: Path, tokenizer: str
) -> None:
    """A row holds 200 tokens: two of 83 under lines of 17 fit, two of 84 do not."""
    for size, rows in ((83, 1), (84, 0)):
        parts = [[encoded("one", 83), encoded("two", size, document_row=1)]]
        _, joined = place(tmp_path / str(size), parts, recipe_of(tokenizer))
        assert len(joined[0]) == rows


def test_relatives_that_are_too_short_together_are_rejected_with_their_lines_counted(
    tmp_path: Path, tokenizer: str
) -> None:
    for size, num_rows in ((33, 1), (32, 0)):
        parts = [[encoded("a", 33), encoded("b", size, document_row=1)]]
        placed, joined = place(tmp_path / str(size), parts, recipe_of(tokenizer))
        assert len(joined[0]) == num_rows
        assert [one.reason for one in placed[0]] == ["" if num_rows else "too_short_tokens"] * 2


def test_placement_joins_documents_below_the_limit_alone(tmp_path: Path, tokenizer: str) -> None:
    join = {"kinds": ["same_source"], "below_tokens": 90, "target": 512}
    parts = [[encoded("a", 89), encoded("b", 89, document_row=1), encoded("c", 90, document_row=2)]]
    placed, joined = place(tmp_path, parts, recipe_of(tokenizer, join=join))
    assert [one.is_joined for one in placed[0]] == [True, True, False]
    assert [one.reason for one in placed[0]] == ["", "", "too_short_tokens"]
    assert [len(row.members) for row in joined[0]] == [2]


@pytest.mark.parametrize(
    ("num_tokens", "bucket"), [(43, 256), (44, 512)], ids=["fills the bucket but for the room", "one token more"]
)
def test_bucket_of_a_row_leaves_room_for_the_question(
    tmp_path: Path, tokenizer: str, num_tokens: int, bucket: int
) -> None:
    headings = len("Document 1: a\n\n") + len("\n\nDocument 2: b\n\n")
    join = {"kinds": ["same_source"], "below_tokens": 190, "target": 512}
    sizes = (200 - headings - 43, num_tokens)
    parts = [[encoded("a", sizes[0]), encoded("b", sizes[1], document_row=1)]]
    _, joined = place(tmp_path, parts, recipe_of(tokenizer, join=join))
    assert [(row.num_tokens, row.bucket) for row in joined[0]] == [(sum(sizes) + headings, bucket)]


@pytest.mark.parametrize(("kinds", "num_rows"), [([], 0), (["same_source"], 1), (["nearest"], 0), (["distractors"], 1)])
def test_placement_joins_as_the_recipe_says(tmp_path: Path, tokenizer: str, kinds: list[str], num_rows: int) -> None:
    parts = [[encoded("a", 50), encoded("b", 50, document_row=1)]]
    _, joined = place(tmp_path, parts, recipe_of(tokenizer, join={"kinds": kinds}))
    assert [row.joining for row in joined[0]] == kinds[:num_rows]


@pytest.mark.parametrize(("max_members", "sizes"), [(2, [2, 2]), (3, [3]), (64, [4])])
def test_placement_joins_no_more_documents_than_the_recipe_says(
    tmp_path: Path, tokenizer: str, max_members: int, sizes: list[int]
) -> None:
    parts = [[encoded(name, 60, document_row=row) for row, name in enumerate("abcd")]]
    join = {"kinds": ["same_source"], "target": 512, "max_members": max_members}
    placed, joined = place(tmp_path, parts, recipe_of(tokenizer, join=join))
    assert [len(row.members) for row in joined[0]] == sizes
    assert sum(one.is_joined for one in placed[0]) == sum(sizes)


def test_placement_joins_what_is_alike_by_the_signatures_of_every_shard(tmp_path: Path, tokenizer: str) -> None:
    folder = BuildFolder(str(tmp_path))
    rng = np.random.default_rng(3)
    hashes = {name: rng.integers(0, 2**62, 128, dtype=np.uint64) for name in "ac"}
    hashes["b"] = np.where(np.arange(128) < 64, hashes["a"], rng.integers(0, 2**62, 128, dtype=np.uint64))
    for number, names in (("00000", "ca"), ("00001", "b")):
        rows = [SignedDocument(name, packed(hashes[name])) for name in names]
        write_part(folder.signature_part(number), rows, SignedDocument)
    parts = [[encoded("a", 60), encoded("c", 60, document_row=1)], [encoded("b", 60)]]
    for least, members in ((0.3, [{"a", "b"}]), (0.9, [])):
        join = {"kinds": ["nearest"], "min_similarity": least}
        _, joined = place(tmp_path, parts, recipe_of(tokenizer, join=join))
        rows = [row for own in joined for row in own]
        names = {("00000", 0): "a", ("00000", 1): "c", ("00001", 0): "b"}
        assert [{names[m.shard_id, m.encoded_row] for m in row.members} for row in rows] == members


def test_clusters_that_meet_in_a_row_become_the_one_of_the_smallest_id(tmp_path: Path, tokenizer: str) -> None:
    folder = BuildFolder(str(tmp_path))
    members = [
        ClusterMember("a", "m-cluster", "version", True, 0.9, "", ""),
        ClusterMember("other", "m-cluster", "survivor", True, 1.0, "", ""),
    ]
    write_part(folder.clusters, members, ClusterMember)
    parts = [
        [
            encoded("a", 60),
            encoded("b", 60, document_row=1),
            encoded("other", 150, document_row=2, heading_tokens=0, relation=""),
            encoded("z", 150, document_row=3, heading_tokens=0, relation=""),
        ]
    ]
    placed, joined = place(tmp_path, parts, recipe_of(tokenizer))
    assert {one.doc_id: one.cluster_id for one in placed[0]} == {"a": "b", "b": "b", "other": "b", "z": "z"}
    assert [row.cluster_id for row in joined[0]] == ["b"]


def test_mix_counts_a_document_where_its_longest_part_is_and_a_row_as_one(tmp_path: Path, tokenizer: str) -> None:
    parts = [
        [
            encoded("a", 60, language="ko"),
            encoded("b", 60, language="ko", document_row=1),
            encoded("long", 150, num_parts=2, document_row=2, heading_tokens=0, relation=""),
            encoded("long", 400, part=2, num_parts=2, document_row=2, heading_tokens=0, relation=""),
            encoded("law", 150, domain="legal", document_row=3, heading_tokens=0, relation=""),
        ]
    ]
    headings = len("문서 1: a\n\n".encode()) + len("\n\n문서 2: b\n\n".encode())
    mix = [
        {"bucket": 512, "domain": "manual", "repeat": 3},
        {"domain": "legal", "max_tokens": 149},
        {"bucket": 256, "language": "ko", "repeat": 2},
    ]
    placed, joined = place(tmp_path, parts, recipe_of(tokenizer, mix=mix))
    assert [(one.doc_id, one.repeats, one.reason, one.detail, one.score) for one in placed[0]] == [
        ("a", 2, "", "", 0.0),
        ("b", 2, "", "", 0.0),
        ("long", 3, "", "", 0.0),
        ("law", 1, "cap", "The mix has no room for it.", 150.0),
    ]
    assert [(row.repeats, row.num_tokens) for row in joined[0]] == [(2, 120 + headings)]


def test_row_that_the_mix_has_no_room_for_is_not_written_and_each_of_its_documents_says_so(
    tmp_path: Path, tokenizer: str
) -> None:
    parts = [[encoded("a", 60), encoded("b", 70, document_row=1)]]
    headings = len("Document 1: a\n\n") + len("\n\nDocument 2: b\n\n")
    for room, is_there in ((130 + headings, True), (129 + headings, False)):
        mix = [{"max_tokens": room}]
        placed, joined = place(tmp_path / str(room), parts, recipe_of(tokenizer, mix=mix))
        assert bool(joined[0]) is is_there
        assert [(one.is_joined, one.reason, one.score) for one in placed[0]] == (
            [(True, "", 0.0)] * 2 if is_there else [(False, "cap", 60.0), (False, "cap", 70.0)]
        )


def test_files_of_one_repository_are_joined_in_the_order_of_their_imports(tmp_path: Path, tokenizer: str) -> None:
    code = {"domain": "code", "relation": ""}
    parts = [
        [
            encoded("app", 50, source_uri="/in/pump/src/app.py", imports=("valve",), **code),
            encoded("valve", 50, source_uri="/in/pump/src/valve.py", document_row=1, **code),
            encoded("other", 50, source_uri="/in/boiler/src/tank.py", document_row=2, **code),
            encoded("ready", 120, source_uri="/in/pump/pyproject.toml", document_row=3, **code),
        ]
    ]
    _, joined = place(tmp_path, parts, recipe_of(tokenizer))
    assert [[m.encoded_row for m in row.members] for row in joined[0]] == [[1, 0]]


def test_run_again_leaves_no_row_of_the_run_before(tmp_path: Path, tokenizer: str) -> None:
    parts = [[encoded("a", 60), encoded("b", 60, document_row=1)]]
    _, joined = place(tmp_path, parts, recipe_of(tokenizer))
    assert len(joined[0]) == 1
    assert place(tmp_path, parts, recipe_of(tokenizer, join={"kinds": []}))[1] == [[]]


def corpus(num_shards: int) -> list[list[EncodedPart]]:
    """Documents of two domains and languages, alone or in folders of six, in an order of their own in each shard."""
    found = [
        encoded(
            f"d{number:03d}",
            50 + number % 70,
            domain=("manual", "dialogue")[number % 2],
            language=("en", "ko")[number % 4 // 2],
            relation="" if number % 5 == 0 else f"folder{number // 24}-{number % 4}",
        )
        for number in range(240)
    ]
    shards = [found[shard::num_shards] for shard in range(num_shards)]
    return [
        [replace(one, document_row=row) for row, one in enumerate(own[::-1] if shard % 2 else own)]
        for shard, own in enumerate(shards)
    ]


def names_of(
    parts: Sequence[Sequence[EncodedPart]], placed: Sequence[Sequence[PlacedDocument]], joined: list[list[JoinedRow]]
) -> tuple[dict[str, PlacedDocument], set[tuple[str, ...]]]:
    """Decisions and rows by the names of documents, which do not depend on shards."""
    rows = [row for own in joined for row in own]
    members = {tuple(parts[int(m.shard_id)][m.encoded_row].doc_id for m in row.members) for row in rows}
    assert len(members) == len(rows)
    return {one.doc_id: one for own in placed for one in own}, members


@pytest.mark.parametrize("most_documents", [10_000, 30])
def test_placement_is_the_same_however_documents_are_sharded(
    tmp_path: Path, tokenizer: str, most_documents: int
) -> None:
    mix = [{"domain": "dialogue", "max_tokens": 2000}, {"language": "ko", "repeat": 1.5}]
    recipe = recipe_of(tokenizer, mix=mix, join={"kinds": ["same_source", "distractors"], "target": 512})
    found = []
    for num_shards in (1, 2, 7):
        parts = corpus(num_shards)
        placed, joined = place(tmp_path / str(num_shards), parts, recipe, most_documents)
        assert [[one.doc_id for one in own] for own in placed] == [[one.doc_id for one in own] for own in parts]
        found.append(names_of(parts, placed, joined))
    assert found[0] == found[1] == found[2]
    decisions, rows = found[0]
    assert {one.reason for one in decisions.values()} >= {"", "cap"}
    assert len(rows) > 20
    spent = sum(one.num_tokens for own in corpus(1) for one in own if one.domain == "dialogue") - sum(
        one.score for one in decisions.values() if one.reason == "cap"
    )
    assert 1000 < spent <= 2000, "headings of rows count too"


def test_placement_in_ranges_decides_about_relatives_as_a_whole(tmp_path: Path, tokenizer: str) -> None:
    parts = corpus(3)
    recipe = recipe_of(tokenizer, join={"kinds": ["same_source"], "target": 512})
    whole = names_of(parts, *place(tmp_path / "whole", parts, recipe))
    ranges = names_of(parts, *place(tmp_path / "ranges", parts, recipe, 60))
    assert len(list((tmp_path / "ranges/work/placement").glob("grouped-*"))) > 2
    assert whole == ranges, "no folder is so large that it is cut"
