from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.io.arrow import (
    RowMaker,
    UnwritableRecordError,
    leaf_columns,
    rising_columns,
    schema_of,
    table_of,
    table_of_rows,
)
from pipeline.io.parts import PartWriter, read_columns, read_part, read_parts, read_rows, write_part
from pipeline.io.record_values import record_of
from pipeline.nodes import Cut, Node, NodeKind
from pipeline.records import Checks, DeadLetter, Document, Evidence, Message, Page, Rejection, Section, SftExample, Turn


def make_document(index: int, text: str) -> Document:
    return Document(
        doc_id=f"d{index}",
        text=text,
        domain="legal",
        language="ko",
        title="임대차계약서",
        licence="Apache-2.0",
        source_uri="bundled:legal/ko/a.txt",
        source_offset=index,
        sha256="0" * 64,
        sections=(Section(0, len(text), 0, ""),),
    )


def make_row() -> SftExample:
    checks = Checks(True, 1.0, True, 0.5, True, True)
    return SftExample(
        messages=(Message("user", "문서와 질문"), Message("assistant", "답")),
        id="c1",
        turns=(Turn("c1", "clause", "look_up", "structural", "structural", "1", checks),),
        task="clause",
        origin="structural",
        domain="legal",
        language="ko",
        bucket=4096,
        num_tokens=3000,
        num_loss_tokens=9,
        control_strings=0,
        tokenizer="t",
        doc_ids=("d1",),
        evidence=(Evidence("d1", 3, 5, "답문", 0.1),),
        checks=checks,
        teacher="structural",
        prompt_version="1",
        loss_weight=1.0,
        split="train",
    )


@given(st.lists(st.text(max_size=50), max_size=5))
@settings(max_examples=25)
def test_table_of_then_record_of_gives_the_records_back(texts: list[str]) -> None:
    documents = [make_document(index, text) for index, text in enumerate(texts)]
    rows = table_of(documents, Document).to_pylist()
    assert [record_of(row, Document) for row in rows] == documents


NODES = st.builds(
    Node,
    kind=st.sampled_from(NodeKind),
    start=st.integers(0, 2**40),
    end=st.integers(0, 9),
    body=st.integers(0, 9),
    parent=st.integers(-1, 9),
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    cut=st.sampled_from(Cut),
)


@given(outlines=st.lists(st.none() | st.lists(NODES, max_size=4).map(tuple), max_size=70))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_outlines_come_back_from_a_part_as_they_were(tmp_path: Path, outlines: list[tuple[Node, ...] | None]) -> None:
    path = str(tmp_path / "part.parquet")
    documents = [replace(make_document(index, "가"), outline=outline) for index, outline in enumerate(outlines)]
    if write_part(path, documents, Document):
        found = list(read_part(path, Document))
        assert found == documents
        assert all(isinstance(node.kind, NodeKind) for one in found for node in one.outline or ())
        assert list(read_part(path, Document, without=("outline", "pages"))) == [
            replace(document, outline=None) for document in documents
        ]
        some = [index for index in range(len(documents)) if index % 3 == 1]
        assert read_rows(path, some, Document) == {index: documents[index] for index in some}


def test_row_maker_node_with_a_surrogate_is_written_without_it() -> None:
    maker = RowMaker(Document)
    node = Node(NodeKind.TURN, 0, 1, 0, label="a\ud800")
    (row,) = table_of_rows([maker.row(replace(make_document(0, "a"), outline=(node,)))], Document).to_pylist()
    assert row["outline"][0]["label"] == "a\ufffd"
    assert maker.num_changed_strings == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Node(NodeKind.TURN, "0", 1, 0), "start"),  # type: ignore[arg-type]
        (Node(NodeKind.TURN, 2**63, 1, 0), "start"),
        (Node(NodeKind.TURN, 0, 1, 0, label=7), "label"),  # type: ignore[arg-type]
        (Node("chapter", 0, 1, 0), "kind"),  # type: ignore[arg-type]
        ("node", "outline"),
    ],
)
def test_row_maker_names_the_field_of_a_node_that_cannot_be_written(wrong: Node, field: str) -> None:
    document = replace(make_document(0, "a"), outline=(Node(NodeKind.TURN, 0, 1, 0), wrong))
    with pytest.raises(UnwritableRecordError, match=rf"\b{field}:"):
        RowMaker(Document).row(document)


def test_part_writer_outlines_count_towards_its_buffer(tmp_path: Path) -> None:
    path = str(tmp_path / "part.parquet")
    node = Node(NodeKind.TURN, 0, 1, 0)
    with PartWriter(path, Document) as writer:
        for index in range(3):
            writer.add(replace(make_document(index, "a"), outline=(node,) * 100_000))
    assert pq.ParquetFile(path).num_row_groups == 2


def test_nested_record_survives_a_part_file(tmp_path: Path) -> None:
    path = str(tmp_path / "sub" / "part.parquet")
    assert write_part(path, [make_row()], SftExample) == 1
    assert list(read_part(path, SftExample)) == [make_row()]


def test_schema_marks_only_optional_fields_nullable() -> None:
    schema = schema_of(Rejection)
    assert [field.name for field in schema if field.nullable] == ["score"]
    assert schema.field("excerpt").type == pa.large_string()


def test_part_with_many_records_has_the_same_bytes_however_it_was_fed(tmp_path: Path) -> None:
    documents = [make_document(index, "조항 " * 50) for index in range(700)]
    write_part(str(tmp_path / "a.parquet"), documents, Document)
    with PartWriter(str(tmp_path / "b.parquet"), Document) as writer:
        for document in documents:
            writer.add(document)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert len(list(read_parts(str(tmp_path), Document))) == 1400


def test_part_without_records_leaves_no_file(tmp_path: Path) -> None:
    write_part(str(tmp_path / "a.parquet"), [], Document)
    assert list(tmp_path.iterdir()) == []
    assert read_columns(str(tmp_path), ["doc_id"]).num_rows == 0


def test_part_that_fails_midway_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"

    def fail() -> None:
        with PartWriter(str(path), Document) as writer:
            for index in range(600):
                writer.add(make_document(index, "text"))
            raise ValueError("worker died")

    with pytest.raises(ValueError, match="worker died"):
        fail()
    assert not path.exists()


def test_long_traceback_keeps_its_end_and_a_long_excerpt_its_beginning() -> None:
    lines = "\n".join(f"  line {number}" for number in range(10_000))
    trace = f"Traceback\n{lines}\nValueError: 7"
    (row,) = table_of([DeadLetter("pack", "a", "x", 0, "ValueError: 7", trace)], DeadLetter).to_pylist()
    assert trace.endswith(row["traceback"]) and 1000 < len(row["traceback"]) < len(trace)
    excerpt = "".join(str(number) for number in range(100_000))
    (row,) = table_of([Rejection("pack", "a", "long", "", None, "x", 0, excerpt)], Rejection).to_pylist()
    assert excerpt.startswith(row["excerpt"]) and 100 < len(row["excerpt"]) < len(excerpt)


def test_row_maker_short_strings_lose_every_control_character_but_line_breaks_and_tabs() -> None:
    control = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xDFFF) if chr(code) not in "\t\n"]
    assert len(control) == 65
    given = f"a{''.join(control)}\t\n계약 ¡z"
    written = f"a{chr(0xFFFD) * len(control)}\t\n계약 ¡z"
    document = make_document(0, "\x1b[31m text as it is")
    sections, pages = (Section(0, 3, 1, given),), (Page(0, given),)
    hostile = replace(document, title=given, licence=given, source_uri=given, sections=sections, pages=pages)
    cases: list[tuple[object, int]] = [
        (hostile, 5),
        (Rejection("pack", given, "long", given, None, given, 0, given), 4),
        (DeadLetter("pack", given, given, 0, given, given), 4),
        (Evidence("d", 0, 1, "quote", 0.5, page=given), 1),
    ]
    for record, num_hostile in cases:
        maker = RowMaker(type(record))
        (row,) = table_of_rows([maker.row(record)], type(record)).to_pylist()
        assert str(row).count(repr(written)) == num_hostile, type(record).__name__
        assert maker.num_changed_strings == num_hostile
        clean = record_of(row, type(record))
        again = RowMaker(type(record))
        again.row(clean)
        assert again.num_changed_strings == 0
    assert record_of(table_of([hostile], Document).to_pylist()[0], Document).text == document.text


def test_part_writer_offsets_of_an_outline_take_little_space(tmp_path: Path) -> None:
    path = str(tmp_path / "part.parquet")
    turns = tuple(
        Node(NodeKind.TURN, start, start + 40 + start % 7, start + 5, label="Ann") for start in range(0, 99_000, 53)
    )
    write_part(path, [replace(make_document(0, "a"), outline=turns)], Document)
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    sizes = {one.path_in_schema: one.total_compressed_size for one in columns}
    assert leaf_columns(pq.read_schema(path)) == [one.path_in_schema for one in columns]
    assert set(rising_columns(Document)) <= set(sizes)
    assert sum(size for name, size in sizes.items() if name.startswith("outline")) < 4 * len(turns)
