"""Text and marks of rtf files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_files import convert, marked, marks_of

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.readers.reader import Converted, RefusedFileError
from pipeline.documents.readers.zip_parts import OfficeFileError

HEAD = (
    r"{\rtf1\ansi\ansicpg949\deff0{\fonttbl{\f0\fcharset129 \'b9\'d9\'c5\'c1;}{\f1\fcharset0 Arial;}"
    r"{\f2\fcharset2 Symbol;}{\f3\fcharset2 Wingdings;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\sbasedon0\outlinelevel0 heading 1;}{\s2\sbasedon1 clause;}{\s5 Title;}"
    r"{\*\cs9 Strong;}}"
)


def read(body: str, *include: DocumentPart, changes: TrackedChanges = TrackedChanges.FINAL) -> Converted:
    return convert(f"{HEAD}{body}}}".encode("latin-1"), *include, reader="rtf", changes=changes)


def code(text: str, encoding: str = "cp949") -> str:
    """A text as bytes in hexadecimal codes."""
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


def test_korean_text_is_decoded_by_font_and_code_page() -> None:
    body = rf"\pard {code('제1조 (목적)')}\par \u54620?\u44544? \u-10179?\u-8704?\par"
    assert read(body).text == "제1조 (목적)\n\n한글 😀\n"
    western = r"{\rtf1\ansi{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}\f0 caf\'e9 {\f1\'e4\'e0}}"
    assert convert(western.encode(), reader="rtf").text == "café да\n"
    raw = b"{\\rtf1\\ansi\\ansicpg949 " + "날 글자".encode("cp949") + b"}"
    assert convert(raw, reader="rtf").text == "날 글자\n"


def test_unicode_fallback_is_skipped_by_its_length() -> None:
    assert read(r"\uc2 \u8364\'80\'80x\uc0\u8364y\uc1{\uc0 \u8364}\u8364?z").text == "€x€y€€z\n"


def test_signs_symbols_and_raised_numbers() -> None:
    body = r"a\tab b\line c\~d\_e\{f\}\endash \ldblquote q\rdblquote  {\f2 a\'b7}{\f3\u-3842?} 10{\super 6}\-."
    assert read(body).text == "a\tb\nc\u00a0d-e{f}–“q” α•☑ 10^6.\n"


def test_headings_and_title_come_from_styles_and_outline_levels() -> None:
    body = (
        rf"\pard\s5 {code('계약서')}\par\pard\s1 Scope\par\pard\s2 Deep\par\pard\outlinelevel1 Own\par\pard Text.\par"
    )
    found = read(body)
    assert found.text == "# 계약서\n\n## Scope\n\n## Deep\n\n### Own\n\nText.\n"
    assert found.title == "계약서"
    assert [mark.level for mark in marks_of(found, "heading")] == [1, 2, 2, 3]


def test_lists_have_the_labels_that_the_program_wrote() -> None:
    body = rf"{{\listtext\pard\plain {code('가.')}\tab}}\ls1\ilvl0 first\par{{\listtext (b)\tab}}\ilvl1 second\par"
    body += r"\pard{\pntext\f2\'b7\tab}dot\par\pard{\pntext\f2 3.\tab}three\par\pard{\listtext 1.2\tab}\s1 Head\par"
    found = read(body)
    assert found.text == "가. first\n    (b) second\n- dot\n3. three\n\n# 1.2 Head\n"
    assert [(mark.level, mark.value) for mark in marks_of(found, "list_item")] == [
        (1, "가"),
        (2, "b"),
        (1, ""),
        (1, "3"),
    ]


def test_tables_have_spans_by_their_edges() -> None:
    body = r"\trowd\clvmgf\cellx1000\cellx3000\pard\intbl Item\cell Price\cell\row"
    body += r"\trowd\clvmrg\cellx1000\cellx2000\cellx3010\pard\intbl\cell won\cell usd\cell\row"
    body += (
        r"\trowd\cellx1000\clmgf\cellx2000\clmrg\cellx3000\pard\intbl a\par b\cell both\cell\cell\row\pard After\par"
    )
    found = read(body)
    cells = [(m.value, m.row, m.column, m.row_span, m.column_span) for m in marks_of(found, "cell")]
    assert cells == [
        ("Item", 0, 0, 2, 1),
        ("Price", 0, 1, 1, 2),
        ("won", 1, 1, 1, 1),
        ("usd", 1, 2, 1, 1),
        ("a b", 2, 0, 1, 1),
        ("both", 2, 1, 1, 2),
    ]
    assert found.text.endswith("\n\nAfter\n")


def test_nested_table_stays_in_its_cell() -> None:
    body = r"\trowd\cellx1000\cellx2000\pard\intbl left side of it\cell see\par\pard\intbl\itap2 x\nestcell y\nestcell"
    body += r"{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}\pard\intbl z\cell\row\pard End\par"
    assert read(body).text == "| left side of it | see x y z |\n| --- | --- |\n\nEnd\n"


def test_footnotes_endnotes_and_text_boxes() -> None:
    body = r"Rent\chftn{\footnote\pard\plain{\super\chftn} Law.}, end{\super\chftn{\footnote\ftnalt Last.}}."
    body += r"{\shp{\*\shpinst{\sp{\sn posh}{\sv 1}}{\shptxt Boxed.\par}}{\shprslt{\*\do{\dptxbxtext Twice.}}}}\par"
    found = read(body)
    assert found.text == "Rent[^1], end[^i].\n\nBoxed.\n\n[^1]: Law.\n\n[^i]: Last.\n"
    assert [mark.value for mark in marks_of(found, "footnote")] == ["1", "i"]


def test_groups_that_are_no_text_are_skipped() -> None:
    body = r"{\info{\title No}}{\*\generator No;}{\pict\bin4 {}{}}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}"
    body += r"{\*\unknown No}{\unknown yes}{\object{\*\objdata 00ff}{\result shown}}{\upr{no}{\*\ud{\uc0\u44032}}}"
    assert read(body).text == "linkyesshown가\n"


def test_hidden_text_comments_and_headers_are_read_by_recipe() -> None:
    body = r"{\header Head\par}{\footer Foot\par}Seen{\v  hidden}{\*\atnid K}{\*\atnauthor Kim}\chatn"
    body += r"{\*\annotation Check.}\par{\header Head\par}More\par"
    assert read(body).text == "Seen\n\nMore\n"
    found = read(body, *DocumentPart)
    assert found.text == "Head\n\nSeen hidden\n\nKim: Check.\n\nMore\n\nFoot\n"
    assert marked(found, "hidden") == [" hidden", "Kim: Check."]


def test_tracked_changes_give_the_final_or_the_original_text() -> None:
    body = r"rent {\deleted 100}{\revised 200}.\par"
    assert read(body).text == "rent 200.\n"
    assert marked(read(body), "inserted") == ["200"]
    assert read(body, changes=TrackedChanges.ORIGINAL).text == "rent 100.\n"


def test_page_breaks_begin_pages() -> None:
    found = read(r"One\page Two\par\sect\sectd\sbknone Still two\par\sect\sectd\pard Three\par\pard\pagebb Four\par")
    pages = [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, "page")]
    assert pages == [("1", "One"), ("2", "Two"), ("3", "Three"), ("4", "Four")]


def test_file_without_text_is_refused_and_another_format_fails() -> None:
    for body, reason in ((r"\par", "empty"), (r"{\pict 00ff}", "scanned")):
        with pytest.raises(RefusedFileError) as refused:
            read(body)
        assert refused.value.reason == reason
    with pytest.raises(OfficeFileError):
        convert(b"Plain", reader="rtf")


def test_damaged_and_deep_files_give_what_they_hold() -> None:
    assert read("{" * 100_000 + "deep" + "}" * 100_000).text == "deep\n"
    assert convert(rb"{\rtf1 cut {\b here", reader="rtf").text == "cut here\n"
    assert convert(rb"{\rtf1 a}}}} b\bin99999 c", reader="rtf").text == "a\n"
    assert read(r"\trowd\cellx99999999\intbl" + r"\cell" * 2000 + " x").text.strip() == "x"


@given(
    st.lists(
        st.sampled_from([*r"{}\ ", r"\par", r"\cell", r"\row", r"\trowd", r"\cellx9 ", r"\footnote ", r"\u44032?"])
    )
)
def test_any_order_of_words_ends_without_an_error(words: list[str]) -> None:
    found = read(f"begin {''.join(words)} end")
    assert "begin" in found.text
    assert all(0 <= mark.start <= mark.end <= len(found.text) for mark in found.marks)
