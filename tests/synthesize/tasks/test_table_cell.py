from dataclasses import replace

from structural_documents import MANUAL, answer_to, findings, make_context, refused, slots_of

from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import TextBuilder
from pipeline.synthesize.structural.candidates import find_facts
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.table_cell import TABLE_CELL, TABLE_FILTER, TABLE_ROW, TABLE_VALUE

CODES = "under “2.2 Error codes”"


def tables(text: str, language: str) -> Findings:
    return findings(text, "table_cell", domain="manual", language=language)


def test_table_facts_cell_row_and_filtered_rows() -> None:
    found = tables(MANUAL, "en")
    assert answer_to(found, TABLE_CELL, table=CODES, row="E2", column="Action") == "Let it cool"
    assert answer_to(found, TABLE_ROW, table=CODES, row="E1") == "Meaning: No water\nAction: Fill the kettle"
    assert answer_to(found, TABLE_FILTER, table=CODES, value="Let it cool") == "E2, E4"


def test_table_facts_empty_cell_is_never_asked_for() -> None:
    found = tables(MANUAL, "en")
    about_e3 = [fact for fact in found.facts if slots_of(fact).get("row") == "E3"]
    assert [(fact.form, slots_of(fact)["column"]) for fact in about_e3] == [(TABLE_CELL, "Meaning")]


def test_table_facts_rows_with_one_name_are_refused_and_an_escaped_pipe_is_text() -> None:
    found = tables(MANUAL, "en")
    assert ("duplicate_row", "Part") in refused(found)
    assert not any(slots_of(fact).get("row") == "Lid" for fact in found.facts)
    assert answer_to(found, TABLE_CELL, row="Filter | fine", column="Price") == "9 euros"


def test_table_facts_two_tables_under_one_heading_need_captions() -> None:
    table = "| A | B |\n|---|---|\n| x | 1 |\n"
    found = tables(f"# Data\n\n{table}\n{table.replace('1', '2')}", "en")
    assert found.facts == ()
    assert refused(found) == {("unnamed_table", "A")}
    captioned = tables(f"# Data\n\nTable 1. Small\n\n{table}\nTable 2. Large\n\n{table.replace('1', '2')}", "en")
    assert answer_to(captioned, TABLE_CELL, table="“Table 2. Large”", row="x") == "2"


def test_table_facts_ragged_table_is_left_alone() -> None:
    assert tables("# Data\n\n| A | B |\n|---|---|\n| x | 1 | 2 |\n", "en").facts == ()


def test_table_facts_evidence_is_header_and_row() -> None:
    found = tables(MANUAL, "en")
    [fact] = [
        fact for fact in found.facts if slots_of(fact).get("row") == "E2" and slots_of(fact).get("column") == "Action"
    ]
    assert [MANUAL[span.start : span.end] for span in fact.spans] == [
        "| Code | Meaning | Action |",
        "| E2 | Too hot | Let it cool |",
    ]


def test_table_facts_korean() -> None:
    text = (
        "# 안내서\n\n## 설정\n\n| 이름 | 기본값 | 재기동 |\n|---|---|---|\n| port | 5400 | 예 |\n"
        "| cache | 64 | 아니요 |\n"
    )
    found = tables(text, "ko")
    assert answer_to(found, TABLE_CELL, table="“설정”", row="port", column="재기동") == "예"


def test_table_facts_key_value_table_is_asked_by_its_keys() -> None:
    text = (
        "# Pump\n\n## Technical data\n\n|  |  |\n|---|---|\n| Rated voltage | 220 V |\n| Rated current | 15 A |\n"
        "| Mass | 42 kg |\n"
    )
    found = tables(text, "en")
    assert {fact.form for fact in found.facts} == {TABLE_VALUE}
    assert answer_to(found, TABLE_VALUE, row="Mass") == "42 kg"
    assert not any("220 V" in str(fact.slots) for fact in found.facts)


def test_table_facts_without_certain_header_are_refused() -> None:
    text = "# 펌프\n\n## 값\n\n|  |  |  |\n|---|---|---|\n| 가 | 나 | 다 |\n| 라 | 마 | 바 |\n"
    found = tables(text, "ko")
    assert found.facts == ()
    assert {reason for reason, _ in refused(found)} == {"no_header"}


def test_table_facts_cell_over_two_columns_belongs_to_none_and_rows_over_two_lines_share_a_key() -> None:
    text = (
        "# Pump\n\n## Lots\n\n+-----+-----+-----+\n| Lot | Old | New |\n+=====+=====+=====+\n| one | 1   | 2   |\n"
        "|     +-----+-----+\n|     | 3   | 4   |\n+-----+-----+-----+\n| two | five      |\n+-----+-----------+\n"
        "| six | 7   | 8   |\n+-----+-----+-----+\n"
    )
    found = tables(text, "en")
    assert {slots_of(fact)["row"] for fact in found.facts if "row" in slots_of(fact)} == {"six"}
    assert ("duplicate_row", "Lot") in refused(found)


def test_table_facts_links_laid_out_as_a_table_are_none() -> None:
    text = "# Pump\n\n## End\n\n| Prev | Up | Next |\n|---|---|---|\n| Start | Guide | Stop |\n| 1 | 2 | 3 |\n"
    assert tables(text, "en").facts == ()


def test_table_facts_tags_are_no_text_and_a_value_with_a_footnote_is_not_asked() -> None:
    text = "# P\n\n| Key | Use | Lock |\n|---|---|---|\n| <code>a</code> | <b>opens</b> it | yes[^1] |\n"
    text += "| b | closes it | yes |\n| c | holds it | yes |\n"
    found = tables(text, "en")
    assert answer_to(found, TABLE_CELL, row="a", column="Use") == "opens it"
    assert not any(slots_of(fact).get("row") == "a" and slots_of(fact).get("column") == "Lock" for fact in found.facts)
    assert not any(fact.form is TABLE_FILTER for fact in found.facts)
    korean = "# 펌프\n\n| 키 | 용도 |\n|---|---|\n| <code>a</code> | 뚜껑을 <b>엽니다</b> |\n| b | 닫습니다 |\n"
    assert answer_to(tables(korean, "ko"), TABLE_CELL, row="a") == "뚜껑을 엽니다"


def test_table_facts_row_that_may_go_on_in_the_next_is_left_alone() -> None:
    text = (
        "# P\n\n## Sorts\n\n| Pump | Code | Sort |\n| --- | --- | --- |\n| small | s1 | dry |\n|  |  | wet |\n"
        "| large | l1 | wet |\n"
    )
    found = tables(text, "en")
    assert {slots_of(fact)["row"] for fact in found.facts if "row" in slots_of(fact)} == {"large"}


def test_table_facts_table_of_a_chapter_with_another_below_is_refused() -> None:
    table = "| Code | Meaning |\n| --- | --- |\n| E1 | No water |\n| E2 | Too hot |\n"
    text = f"# P\n\n## Codes\n\n{table}\n### Old codes\n\n{table.replace('E', 'F')}"
    found = tables(text, "en")
    assert {slots_of(fact)["table"] for fact in found.facts} == {"under “Old codes”"}


def marked_tables(rows: list[list[TableCell | str]]) -> tuple[str, Findings]:
    """Text with a table under a heading, as a format reader writes it, and what is asked about it."""
    builder = TextBuilder()
    builder.heading("Pump", level=1)
    builder.heading("Sizes", level=2)
    builder.table(rows)
    outline = read_outline(text=builder.text, domain="manual", language="en", marks=builder.marks)
    context = replace(make_context(builder.text, domain="manual", language="en"), outline=outline)
    return builder.text, find_facts(context=context, tasks=frozenset({"table_cell"}))


def test_table_facts_columns_below_a_header_of_two_rows_have_both_names_and_evidence_is_one_line_a_row() -> None:
    text, found = marked_tables(
        [
            [TableCell("Part", row_span=2), TableCell("Size", column_span=2), TableCell("Use", row_span=2)],
            ["Length", "Width"],
            ["Seal", "12", "3", TableCell("cold water", row_span=2)],
            ["Ring", "14", "4"],
            ["Bolt", "15", "5", "steam"],
        ]
    )
    assert answer_to(found, TABLE_CELL, row="Ring", column="Size Width") == "4"
    assert answer_to(found, TABLE_CELL, row="Ring", column="Use") == "cold water"
    assert answer_to(found, TABLE_ROW, row="Seal") == "Size Length: 12\nSize Width: 3\nUse: cold water"
    assert answer_to(found, TABLE_FILTER, column="Use", value="cold water") == "Seal, Ring"
    assert not any(slots_of(fact).get("row") == "Part" for fact in found.facts)
    [fact] = [fact for fact in found.facts if fact.form is TABLE_ROW and slots_of(fact)["row"] == "Ring"]
    assert [text[span.start : span.end] for span in fact.spans] == [
        "| Part | Size | Size | Use |",
        "| Part | Length | Width | Use |",
        "| Ring | 14 | 4 | cold water |",
    ]


def test_table_facts_row_below_a_group_of_columns_is_not_asked_about() -> None:
    _, found = marked_tables(
        [
            ["", TableCell("Size", column_span=2), "Price"],
            ["Part", "Length", "Width", "euros"],
            ["Seal", "12", "3", "9"],
            ["Ring", "14", "4", "8"],
        ]
    )
    asked = {slots_of(fact).get("row") for fact in found.facts}
    assert asked == {"Seal", "Ring"}
    assert not any(fact.form is TABLE_FILTER for fact in found.facts)
