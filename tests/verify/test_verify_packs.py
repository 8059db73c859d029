"""Plans that hold a row too often, in part, or not at all: told row by row from the pieces alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.io.packs import PackTable
from pipeline.verify.packs import SplitRows, check_left_out, check_split_packs
from pipeline.verify.problems import Findings

LENGTHS = {"a": 100, "b": 60, "c": 40}
Piece = tuple[str, int, int]
RIGHT: list[list[Piece]] = [[("a", 0, 100)], [("b", 0, 60), ("c", 0, 40)]]


def found(
    packs: list[list[Piece]],
    *,
    repeats: dict[str, int] | None = None,
    left_out: str = "",
    capacity: int = 100,
    edges: tuple[int, ...] = (100,),
    costs: list[int] | None = None,
) -> list[str]:
    """What is wrong with a plan of rows a, b and c."""
    pieces = [piece for pack in packs for piece in pack]
    table = PackTable(
        capacities_P=np.full(len(packs), capacity),
        costs_P=np.array(costs or [sum(length**2 for _, _, length in pack) for pack in packs], np.int64),
        starts=np.cumsum([0, *(len(pack) for pack in packs)]),
        row_ids_N=pa.array([piece[0] for piece in pieces], pa.large_string()),
        offsets_N=np.array([piece[1] for piece in pieces], np.int64),
        lengths_N=np.array([piece[2] for piece in pieces], np.int64),
    )
    findings = Findings()
    rows = SplitRows(
        "corpus/train",
        pa.array(list(LENGTHS), pa.large_string()),
        np.array(list(LENGTHS.values())),
        np.array([(repeats or {}).get(name, 1) for name in LENGTHS]),
        np.array([name in left_out for name in LENGTHS]),
        edges,
    )
    check_split_packs(table, rows, findings)
    assert findings.counts["packs"] == len(packs)
    assert {problem.path for problem in findings.problems} <= {"packs.parquet"}
    return [problem.what for problem in findings.problems]


def as_it_should(number: int, row: str) -> list[str]:
    rows = "1 row" if number == 1 else f"{number} rows"
    return [f"does not hold {rows} of corpus/train as planned, such as {row}"]


@pytest.mark.parametrize(
    ("packs", "changes", "expected"),
    [
        (RIGHT, {}, []),
        ([[("a", 0, 60), ("c", 0, 40)], [("a", 60, 40), ("b", 0, 60)]], {}, []),
        ([*RIGHT, [("b", 0, 60)]], {"repeats": {"b": 2}}, []),
        ([[("a", 0, 100)], [("b", 0, 60)]], {"left_out": "c"}, []),
        ([], {"left_out": "abc"}, []),
        ([], {}, as_it_should(3, "a")),
        ([[("a", 0, 100)], [("b", 0, 60)]], {}, as_it_should(1, "c")),
        (RIGHT, {"left_out": "c"}, as_it_should(1, "c")),
        ([*RIGHT, [("b", 0, 60)]], {}, as_it_should(1, "b")),
        (RIGHT, {"repeats": {"b": 2}}, as_it_should(1, "b")),
        ([[("a", 0, 99)], [("b", 0, 60), ("c", 0, 40)]], {}, as_it_should(1, "a")),
        ([[("a", 1, 99)], [("b", 0, 60), ("c", 0, 40)]], {}, as_it_should(1, "a")),
        ([[("a", 0, 50)], [("a", 51, 49)], [("b", 0, 60), ("c", 0, 40)]], {}, as_it_should(1, "a")),
        ([[("a", 0, 50)], [("a", 49, 51)], [("b", 0, 60), ("c", 0, 40)]], {}, as_it_should(1, "a")),
        ([[("a", 0, 100)], [("b", 0, 61)], [("c", 0, 39)]], {}, as_it_should(2, "b")),
        ([[("a", 0, 100)], [("b", 0, 60), ("d", 0, 40)]], {}, ["holds d in corpus/train, which has no such row"]),
        (RIGHT, {"capacity": 99}, ["has packs of corpus/train that are overfull or of an unplanned size"]),
        (RIGHT, {"edges": (200,)}, ["has packs of corpus/train that are overfull or of an unplanned size"]),
        (RIGHT, {"edges": (100, 200)}, []),
        (RIGHT, {"costs": [10_000, 5_201]}, ["has packs of corpus/train whose cost does not match their rows"]),
    ],
)
def test_plan_that_does_not_hold_every_row_as_it_should_names_the_first(
    packs: list[list[Piece]], changes: dict[str, object], expected: list[str]
) -> None:
    assert found(packs, **changes) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (1, []),
        (2, ["counts 2 packs/x/dropped_rows, but the number of rows that are in no pack is 1"]),
        (0, ["counts 0 packs/x/dropped_rows, but the number of rows that are in no pack is 1"]),
    ],
)
def test_rows_that_are_in_no_pack_are_as_many_as_the_shard_counted(counted: int, expected: list[str]) -> None:
    findings = Findings()
    two = np.ones(2, np.int64)
    rows = SplitRows("x", pa.array(["a", "b"], pa.large_string()), two, two, np.array([False, True]), (1,))
    check_left_out({"packs/x/dropped_rows": counted}, rows, findings)
    assert [problem.what for problem in findings.problems] == expected
    assert {problem.path for problem in findings.problems} <= {"work/shards/export/packs.json"}
