from __future__ import annotations

import pytest

from pipeline.documents.markup import convert_page


@pytest.mark.parametrize(
    "box",
    [
        '<div class="admonition warning"><p class="admonition-title">Warning</p><p>Hot.</p><p>Wait.</p></div>',
        '<div class="warning"><table><tr><td rowspan="2"><img alt="[Warning]"></td><th>Warning</th></tr>'
        "<tr><td><p>Hot.</p><p>Wait.</p></td></tr></table></div>",
        '<div class="admonitionblock warning"><table><tr><td class="icon"><i class="icon" title="Warning"></i></td>'
        '<td class="content"><p>Hot.</p><p>Wait.</p></td></tr></table></div>',
        '<div class="warning"><h3 class="title">Warning</h3><p>Hot.</p><p>Wait.</p></div>',
    ],
    ids=["sphinx", "docbook", "asciidoctor", "heading"],
)
def test_convert_page_note_of_every_tool_is_a_quote_with_its_word(box: str) -> None:
    markdown = convert_page(f"<body><h1>Pump</h1>{box}<p>After.</p></body>").markdown
    assert "> **Warning:**\n>\n> Hot.\n>\n> Wait.\n\nAfter." in markdown


def test_convert_page_box_without_a_word_stays_text() -> None:
    assert ">" not in convert_page('<body><div class="note">Hot.</div><p>After.</p></body>').markdown


def test_convert_page_table_without_header_cells_gets_no_header() -> None:
    table = "<table><tr><th>Voltage</th><td>220 V</td></tr><tr><th>Mass</th><td>42 kg</td></tr></table>"
    assert "| --- | --- |\n| Voltage | 220 V |" in convert_page(f"<body>{table}</body>").markdown
