from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.items import TO_THE_END, Segment, SourceItem, TreeMember
from pipeline.documents.planning import decode_segment, encode_segment, plan_segments


def item(key: str, num_bytes: int, members: tuple[TreeMember, ...] = ()) -> SourceItem:
    return SourceItem(
        source_index=0, key=key, uri=key, path=f"/none/{key}", num_bytes=num_bytes, version="", members=members
    )


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=40), st.integers(1, 3000), st.integers(1, 8))
def test_plan_segments_keeps_order_and_reaches_the_least_number_of_shards(
    sizes: list[int], shard_bytes: int, min_shards: int
) -> None:
    items = [item(f"{index:03d}.txt", size) for index, size in enumerate(sizes)]
    shards = plan_segments(items, shard_bytes=shard_bytes, min_shards=min_shards)
    assert [segment.item for shard in shards for segment in shard] == items
    assert all(shards)
    assert len(shards) >= min(min_shards, len(items))
    assert all(len(shard) == 1 or sum(segment.num_bytes for segment in shard) <= shard_bytes for shard in shards)


def test_plan_segments_a_few_shards_are_made_smaller_for_even_work() -> None:
    mebibyte = 2**20

    def sizes(total: int, shard_bytes: int = 16 * mebibyte) -> list[int]:
        items = [item(f"{index:05d}.txt", mebibyte // 4) for index in range(4 * total // mebibyte)]
        shards = plan_segments(items, shard_bytes=shard_bytes, min_shards=4)
        return [sum(segment.num_bytes for segment in shard) for shard in shards]

    assert sizes(4 * mebibyte) == [mebibyte] * 4
    assert sizes(20 * mebibyte) == [2 * mebibyte] * 10
    assert sizes(96 * mebibyte) == [3 * mebibyte] * 32
    assert sizes(640 * mebibyte) == [16 * mebibyte] * 40
    assert sizes(20 * mebibyte, shard_bytes=mebibyte) == [mebibyte] * 20


def test_plan_segments_one_file_of_a_few_shards_is_cut_into_smaller_ranges() -> None:
    (one,) = [item("big.jsonl", 30 * 2**20)]
    shards = plan_segments([one], shard_bytes=16 * 2**20, min_shards=4)
    assert [shard[0].end for shard in shards[:-1]] == [2 * 2**20 * number for number in range(1, 15)]


def test_plan_segments_large_json_lines_are_cut_into_adjoining_ranges() -> None:
    shards = plan_segments([item("big.jsonl", 1050), item("small.jsonl.gz", 5000)], shard_bytes=400, min_shards=1)
    segments = [segment for shard in shards for segment in shard]
    assert [(s.item.key, s.start, s.end) for s in segments] == [
        ("big.jsonl", 0, 400),
        ("big.jsonl", 400, 800),
        ("big.jsonl", 800, TO_THE_END),
        ("small.jsonl.gz", 0, TO_THE_END),
    ]


def test_plan_segments_large_parquet_is_cut_at_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    table = pa.table({"text": [f"{index} " + "가나다라 " * 300 for index in range(40)]})
    pq.write_table(table, path, row_group_size=10, use_dictionary=False, compression="none")
    source = SourceItem(0, "rows.parquet", "rows.parquet", str(path), path.stat().st_size, "", ())
    shards = plan_segments([source], shard_bytes=path.stat().st_size // 3, min_shards=1)
    ranges = [(segment.start, segment.end) for shard in shards for segment in shard]
    assert len(ranges) > 1
    assert ranges[0][0] == 0
    assert ranges[-1][1] == 4
    assert all(left[1] == right[0] for left, right in itertools.pairwise(ranges))


def test_plan_segments_damaged_parquet_stays_whole_for_the_reader_to_report(tmp_path: Path) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    source = SourceItem(0, "broken.parquet", "broken.parquet", str(path), 33, "", ())
    shards = plan_segments([source], shard_bytes=10, min_shards=1)
    assert [(segment.start, segment.end) for shard in shards for segment in shard] == [(0, TO_THE_END)]


def test_encode_segment_comes_back_equal() -> None:
    segment = Segment(
        item("출석부", 12, (TreeMember("앱.py", 7, "앱.py"), TreeMember("b.md", 5, "b.md"))), 0, TO_THE_END, 12
    )
    assert decode_segment(encode_segment(segment)) == segment


def test_plan_segments_shards_are_filled_to_their_size_and_no_further() -> None:
    items = [item(f"{number}.txt", size) for number, size in enumerate((40, 60, 1, 100, 99, 2))]
    shards = plan_segments(items, shard_bytes=100, min_shards=1)
    assert [[segment.num_bytes for segment in shard] for shard in shards] == [[40, 60], [1], [100], [99], [2]]


def test_plan_segments_few_shards_are_halved_where_the_halves_are_nearest() -> None:
    items = [item(f"{number}.txt", size) for number, size in enumerate((0, 0, 0, 0))]
    assert [len(shard) for shard in plan_segments(items, shard_bytes=100, min_shards=3)] == [1, 1, 2]
    sizes = [item(f"{number}.txt", size) for number, size in enumerate((10, 20, 30, 0, 0))]
    shards = plan_segments(sizes, shard_bytes=1000, min_shards=2)
    assert [[segment.num_bytes for segment in shard] for shard in shards] == [[10, 20], [30, 0, 0]]


def test_plan_segments_ranges_of_lines_have_their_bytes_and_others_stay_whole() -> None:
    tree = item("tree.jsonl", 900, (TreeMember("a.py", 1, "a.py"),))
    items = [item("a.jsonl", 801), item("b.jsonl", 400), item("c.jsonl.gz", 900), tree, item("d.txt", 900)]
    segments = [segment for shard in plan_segments(items, shard_bytes=400, min_shards=1) for segment in shard]
    assert [(s.item.key, s.start, s.end, s.num_bytes) for s in segments] == [
        ("a.jsonl", 0, 400, 400),
        ("a.jsonl", 400, 800, 400),
        ("a.jsonl", 800, TO_THE_END, 1),
        ("b.jsonl", 0, TO_THE_END, 400),
        ("c.jsonl.gz", 0, TO_THE_END, 900),
        ("tree.jsonl", 0, TO_THE_END, 900),
        ("d.txt", 0, TO_THE_END, 900),
    ]


def test_plan_segments_row_groups_are_joined_up_to_the_size_of_a_shard(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    table = pa.table({"text": ["x" * 100] * 60})
    pq.write_table(table, path, row_group_size=10, use_dictionary=False, compression="none")
    metadata = pq.ParquetFile(path).metadata
    group = metadata.row_group(0).total_byte_size
    source = SourceItem(0, "r", "r", str(path), path.stat().st_size, "", ())
    for shard_bytes, ends in ((2 * group, [2, 4, 6]), (2 * group - 1, [1, 2, 3, 4, 5, 6]), (4 * group, [4, 6])):
        segments = [one for shard in plan_segments([source], shard_bytes=shard_bytes, min_shards=1) for one in shard]
        assert [segment.end for segment in segments] == ends
        assert sum(segment.num_bytes for segment in segments) == 6 * group
