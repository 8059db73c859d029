"""Files of a finished build as readers outside the build take them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import DamagedFileError
from pipeline.identity import sha256_hex
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.listing import file_problem, file_state, file_states, sha256_of
from pipeline.io.outputs import built_files, is_data_file, list_data_files
from pipeline.io.written import write_bytes


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    build = BuildFolder(str(tmp_path))
    for shard in ("00000", "00001"):
        with ShardLedger(folder=build, stage="pack", shard_id=shard, fingerprint="f") as ledger:
            ledger.add_parts(write_bytes(build.corpus_part(4096, shard), b"rows of " + shard.encode()))
    return build


def names(paths: list[str], folder: BuildFolder) -> list[str]:
    return [folder.relative(path) for path in paths]


def test_readers_take_the_files_that_reports_list_and_no_stranger(folder: BuildFolder) -> None:
    write_bytes(folder.corpus_part(4096, "00099"), b"stray")
    found = built_files(folder, "corpus", stage="pack")
    assert names(found, folder) == [f"corpus/bucket=4096/part-0000{index}.parquet" for index in (0, 1)]


@pytest.mark.parametrize("damage", ["deleted", "truncated"])
def test_readers_refuse_a_build_with_a_file_that_is_missing_or_cut_off(folder: BuildFolder, damage: str) -> None:
    path = Path(folder.corpus_part(4096, "00001"))
    path.unlink() if damage == "deleted" else path.write_bytes(b"rows")
    with pytest.raises(DamagedFileError, match=r"part-00001\.parquet (is missing|has 4 bytes instead of 13)") as raised:
        built_files(folder, "corpus", stage="pack")
    assert "Run the build" in raised.value.remedy


def test_folder_without_reports_is_listed_as_it_is(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_bytes(folder.sft_part("train", "00000", "parquet"), b"rows")
    assert names(built_files(folder, "sft", stage="export"), folder) == ["sft/train-00000.parquet"]
    assert built_files(folder, "tokens", stage="export") == []


def test_data_files_are_those_directly_in_an_output_or_in_a_bucket(folder: BuildFolder) -> None:
    for name in (
        "corpus/notes.parquet",
        "corpus/other/part.parquet",
        "corpus/bucket=1/x.txt",
        "corpus/bucket=1/a/b.parquet",
    ):
        write_bytes(f"{folder.root}/{name}", b"x")
    found = set(list_data_files(folder, "corpus"))
    assert found == {*(f"corpus/bucket=4096/part-0000{index}.parquet" for index in (0, 1)), "corpus/notes.parquet"}
    assert is_data_file("packs.parquet", "packs.parquet")
    assert not is_data_file("sft/axolotl-out/train.jsonl", "sft")


def test_state_of_a_file_that_was_replaced_and_given_its_old_time_is_another(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"one")
    before, times = file_state(str(path)), path.stat()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "new").write_bytes(b"two")
    os.utime(tmp_path / "new", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "new").replace(path)
    after = file_state(str(path))
    assert before is not None and after is not None
    assert path.stat().st_mtime_ns == times.st_mtime_ns and before.num_bytes == after.num_bytes
    assert after.changed_ns > before.changed_ns


@pytest.mark.parametrize(
    ("data", "num_bytes", "sha256", "problem"),
    [
        (None, 3, "x", "is missing"),
        (b"abc", 3, None, ""),
        (b"abc", 3, sha256_hex(b"abc"), ""),
        (b"abd", 3, sha256_hex(b"abc"), "has changed since it was written"),
        (b"abd", 3, None, ""),
        (b"", 1234, sha256_hex(b"abc"), "has 0 bytes instead of 1,234"),
        (b"a" * 2000, 3, None, "has 2,000 bytes instead of 3"),
    ],
)
def test_file_that_is_not_what_was_written_says_how(
    tmp_path: Path, data: bytes | None, num_bytes: int, sha256: str | None, problem: str
) -> None:
    path = tmp_path / "part"
    if data is not None:
        path.write_bytes(data)
    assert file_problem(str(path), file_state(str(path)), num_bytes=num_bytes, sha256=sha256) == problem


def test_hash_of_a_file_is_of_all_its_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4096 * 2 + b"!"
    (tmp_path / "part").write_bytes(data)
    assert sha256_of(str(tmp_path / "part")) == sha256_hex(data)


def test_listing_goes_as_deep_as_it_is_asked_to_and_leaves_out_what_no_reader_takes(tmp_path: Path) -> None:
    for name in ("a", "b/c", "b/d/e", "x.1f.partial", "y.damaged"):
        write_bytes(f"{tmp_path}/f/{name}", name.encode())
    names = {depth: list(file_states(f"{tmp_path}/f/", max_depth=depth)) for depth in (1, 2, 3)}
    root = f"{tmp_path}/f"
    assert names == {
        1: [f"{root}/a"],
        2: [f"{root}/a", f"{root}/b/c"],
        3: [f"{root}/a", f"{root}/b/c", f"{root}/b/d/e"],
    }
    assert file_states(f"{tmp_path}/nowhere", max_depth=2) == {}
    (state,) = file_states(f"{root}/a", max_depth=2).values()
    assert state.num_bytes == 1
    stat = (tmp_path / "f" / "a").stat()
    assert abs(state.changed_ns - max(stat.st_mtime_ns, stat.st_ctime_ns)) < 1_000_000


def test_names_inside_a_build_folder_are_these() -> None:
    folder = BuildFolder("gs://bucket/build/")
    names = {
        folder.manifest: "manifest.json",
        folder.report: "report.html",
        folder.documents: "work/documents",
        folder.signatures: "work/signatures",
        folder.clusters: "work/clusters/part-00000.parquet",
        folder.shared_passages: "work/clusters/passages-00000.parquet",
        folder.corpus: "corpus",
        folder.candidates: "work/candidates",
        folder.asked: "work/asked",
        folder.without_row: "work/without_row/part-00000.parquet",
        folder.files_part("00007"): "files/part-00007.parquet",
        folder.read_files_part("00007"): "work/files/part-00007.parquet",
        folder.sft: "sft",
        folder.tokens: "tokens",
        folder.packs: "packs.parquet",
        folder.rejected: "rejected",
        folder.dead: "dead",
        folder.cache: "cache",
        folder.damaged: "damaged",
        folder.suspects: "work/suspect.json",
        folder.document_part("00007"): "work/documents/part-00007.parquet",
        folder.source_part("00007"): "work/sources/part-00007.parquet",
        folder.signature_part("00007"): "work/signatures/part-00007.parquet",
        folder.cut_part("00007"): "work/cut/part-00007.parquet",
        folder.encoded_part("00007"): "work/tokens/part-00007.parquet",
        folder.placed_part("00007"): "work/placement/documents-00007.parquet",
        folder.joined_part("00007"): "work/placement/joined-00007.parquet",
        folder.corpus_part(4096, "00007"): "corpus/bucket=4096/part-00007.parquet",
        folder.candidate_part("00007"): "work/candidates/part-00007.parquet",
        folder.asked_part("00007"): "work/asked/part-00007.parquet",
        folder.selection_part("00007"): "work/selection/part-00007.parquet",
        folder.sft_part("train", "00007", "jsonl"): "sft/train-00007.jsonl",
        folder.tokens_part("train", "00007"): "tokens/train-00007.parquet",
        folder.rejected_part("pack", "00007"): "rejected/part-pack-00007.parquet",
        folder.dead_part("pack", "00007"): "dead/part-pack-00007.parquet",
        folder.shard_report("pack", "00007"): "work/shards/pack/00007.json",
        folder.shard_progress("pack", "00007"): "work/shards/pack/00007.progress",
        folder.shard_error("pack", "00007"): "work/shards/pack/00007.error",
        folder.stage_marker("pack"): "work/shards/pack/stage.marker",
    }
    assert {path: folder.relative(path) for path in names} == names
    assert all(path.startswith("gs://bucket/build/") for path in names)
