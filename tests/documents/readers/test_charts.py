"""Titles, values and number formats of charts, also of the kinds that Office 2016 added."""

from __future__ import annotations

import pytest
from office_files import convert, docx, paragraph

from pipeline.documents.readers.blocks import Block, Table, text_of
from pipeline.documents.readers.charts import chart_blocks
from pipeline.documents.readers.extended_charts import extended_chart_blocks
from pipeline.documents.readers.zip_parts import parse_xml

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
EXTENDED = "http://schemas.microsoft.com/office/drawing/2014/chartex"


def lines(blocks: list[Block]) -> list[str]:
    """Paragraphs as they are, tables as rows of cells."""
    return [
        line
        for block in blocks
        for line in (
            [",".join(text_of(cell.blocks) for cell in row) for row in block.rows]
            if isinstance(block, Table)
            else [text_of([block])]
        )
    ]


def title(text: str) -> str:
    return f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{text}</a:t></a:r></a:p></c:rich></c:tx></c:title>"


def axis(kind: str, place: str, text: str) -> str:
    return f'<c:{kind}><c:axPos val="{place}"/>{title(text)}</c:{kind}>'


def series(categories: str, values: str, *, first: str = "cat", second: str = "val") -> str:
    points = f"<c:{first}>{categories}</c:{first}><c:{second}>{values}</c:{second}>"
    return f"<c:ser><c:tx><c:v>Sales</c:v></c:tx>{points}</c:ser>"


def numbers(code: str, *values: str) -> str:
    points = "".join(f'<c:pt idx="{place}"><c:v>{value}</c:v></c:pt>' for place, value in enumerate(values))
    return f"<c:numRef><c:numCache><c:formatCode>{code}</c:formatCode>{points}</c:numCache></c:numRef>"


def chart(plot: str, heading: str = "") -> list[str]:
    body = f"<c:chart>{heading}<c:plotArea>{plot}</c:plotArea></c:chart>"
    root = parse_xml(f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{DRAWING}">{body}</c:chartSpace>'.encode())
    return lines(chart_blocks(root))


def test_axis_titles_say_what_the_values_are_and_name_the_categories() -> None:
    axes = axis("catAx", "l", "Plant") + axis("valAx", "b", "Million won")
    plot = series(numbers("General", "1", "2"), numbers("#,##0", "1500", "2500")) + axes
    assert chart(plot, title("Costs")) == ["Costs", "Million won", "Plant,Sales", "1,1500", "2,2500"]


def test_axis_across_names_the_first_values_of_a_scatter_chart() -> None:
    axes = axis("valAx", "b", "Hours") + axis("valAx", "l", "Litres")
    plot = series(numbers("General", "1.5"), numbers("General", "4"), first="xVal", second="yVal") + axes
    assert chart(plot) == ["Litres", "Hours,Sales", "1.5,4"]


def test_axis_titles_are_kept_if_the_file_has_no_values() -> None:
    assert chart(axis("catAx", "b", "Month") + axis("valAx", "l", "Units")) == ["Units", "Month"]


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("yyyy\\-mm\\-dd", "45292", "2024-01-01"),
        ("0.0%", "0.125", "12.5%"),
        ("#,##0.0", "1234.56", "1234.56"),
        ("General", "0.30000000000000004", "0.3"),
        ("0%", "n/a", "n/a"),
    ],
)
def test_dates_and_percentages_are_shown_as_such_and_other_numbers_stay_exact(
    code: str, value: str, shown: str
) -> None:
    assert chart(series(numbers(code, value), numbers("General", "1")))[1] == f"{shown},1"


FUNNEL = (
    '<cx:chartData><cx:data id="0"><cx:strDim type="cat">'
    '<cx:lvl><cx:pt idx="0">Leads</cx:pt><cx:pt idx="1">Orders</cx:pt></cx:lvl>'
    '<cx:lvl><cx:pt idx="0">Web</cx:pt></cx:lvl></cx:strDim>'
    '<cx:numDim type="val"><cx:lvl formatCode="0%"><cx:pt idx="0">0.9</cx:pt><cx:pt idx="1">0.4</cx:pt></cx:lvl>'
    "</cx:numDim></cx:data></cx:chartData>"
    "<cx:chart><cx:title><cx:tx><cx:txData><cx:v>Funnel</cx:v></cx:txData></cx:tx></cx:title>"
    '<cx:plotArea><cx:plotAreaRegion><cx:series layoutId="funnel"><cx:tx><cx:txData><cx:v>Share</cx:v></cx:txData>'
    '</cx:tx><cx:dataId val="0"/></cx:series></cx:plotAreaRegion></cx:plotArea></cx:chart>'
)


def test_extended_chart_has_a_title_and_rows_of_categories_and_values() -> None:
    root = parse_xml(f'<cx:chartSpace xmlns:cx="{EXTENDED}">{FUNNEL}</cx:chartSpace>'.encode())
    assert lines(extended_chart_blocks(root)) == ["Funnel", ",,Share", "Web,Leads,90%", ",Orders,40%"]


def test_extended_chart_replaces_the_notice_for_old_programs() -> None:
    notice = "<w:txbxContent>" + paragraph("This chart is not available.") + "</w:txbxContent>"
    drawing = (
        f'<w:r><mc:AlternateContent><mc:Choice><w:drawing><cx:chart xmlns:cx="{EXTENDED}" r:id="c1"/></w:drawing>'
        f"</mc:Choice><mc:Fallback><w:pict>{notice}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    chart_part = f'<cx:chartSpace xmlns:cx="{EXTENDED}">{FUNNEL}</cx:chartSpace>'
    data = docx(paragraph("See", inside=drawing), targets={"c1": ("chartEx", "chart1.xml")}, chart1=chart_part)
    text = convert(data, reader="docx").text
    assert text.startswith("See\n\nFunnel\n\n|  |  | Share |")
    assert "not available" not in text


def test_diagram_of_a_word_file_is_a_list_with_the_levels_of_the_diagram() -> None:
    point = '<dgm:pt modelId="{0}"><dgm:t><a:p><a:r><a:t>{0}</a:t></a:r></a:p></dgm:t></dgm:pt>'
    points = point.format("Study") + point.format("Plan") + '<dgm:cxn srcId="Plan" destId="Study"/>'
    data = docx(
        paragraph("Steps", inside=f'<w:r><w:drawing><dgm:relIds xmlns:dgm="{DIAGRAM}" r:dm="d1"/></w:drawing></w:r>'),
        targets={"d1": ("diagramData", "data1.xml")},
        data1=f'<dgm:m xmlns:dgm="{DIAGRAM}" xmlns:a="{DRAWING}">{points}</dgm:m>',
    )
    assert convert(data, reader="docx").text == "Steps\n\n- Plan\n    - Study\n"


def test_a_whole_number_saved_with_a_decimal_is_whole_and_a_text_is_not_a_number() -> None:
    texts = "<c:strRef><c:strCache><c:pt idx='0'><c:v>12.0</c:v></c:pt></c:strCache></c:strRef>"
    assert chart(series(texts, numbers("General", "500.0")))[-1] == "12.0,500"
    kinds = '<cx:strDim><cx:lvl><cx:pt idx="0">1234567890123456789.0</cx:pt></cx:lvl></cx:strDim>'
    root = parse_xml(
        f'<cx:chartSpace xmlns:cx="{EXTENDED}"><cx:chartData><cx:data id="0">{kinds}<cx:numDim><cx:lvl>'
        '<cx:pt idx="0">7.0</cx:pt></cx:lvl></cx:numDim></cx:data></cx:chartData><cx:chart><cx:series>'
        '<cx:dataId val="0"/></cx:series></cx:chart></cx:chartSpace>'.encode()
    )
    assert lines(extended_chart_blocks(root))[-1] == "1234567890123456789.0,7"
