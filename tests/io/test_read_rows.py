from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.io.parts import read_part, read_rows, write_part


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Data:
    data: bytes


@settings(max_examples=20)
@given(rows=st.sets(st.integers(0, 599), max_size=20))
def test_read_rows_equals_reading_all_and_choosing(tmp_path_factory: object, rows: set[int]) -> None:
    path = str(Path(tmp_path_factory.mktemp("rows")) / "part.parquet")  # type: ignore[attr-defined]
    written = [_Blob(name=str(index), data=index.to_bytes(4, "little")) for index in range(600)]
    write_part(path, written, _Blob)
    assert list(read_part(path, _Blob)) == written
    assert read_rows(path, rows, _Data) == {row: _Data(data=row.to_bytes(4, "little")) for row in rows}
