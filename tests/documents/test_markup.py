from __future__ import annotations

import pytest

from pipeline.documents.marks import MarkKind
from pipeline.documents.markup import MAX_NESTING, PageTooCostlyError, convert_page

PAGE = """<!DOCTYPE html><html><head><title>Pump P-40
 manual</title><style>p {color: red}</style><script>alert("x")</script></head>
<body><nav><a href="#a">Jump</a></nav><header>Sign in</header>
<main><h1>Pump P-40</h1><p>The <b>pump</b> runs at 3_000 rpm * 2; see <a href="x.html">chapter 4</a>.</p>
<h2 id="a">Starting<a class="headerlink" href="#a">¶</a></h2>
<ol><li>Open valve V1.</li><li>Press START.</li></ol>
<table><thead><tr><th>Part</th><th>No.</th></tr></thead>
<tbody><tr><td>Seal</td><td>A-17</td></tr></tbody></table>
<pre><code class="language-bash">pumpctl start
  --slow</code></pre><form><input name="q"></form><aside>Ads</aside></main>
<footer>2024 Imprint</footer></body></html>"""


def test_convert_page_keeps_structure_and_drops_navigation() -> None:
    page = convert_page(PAGE)
    assert page.title == "Pump P-40 manual"
    assert "# Pump P-40" in page.markdown
    assert "## Starting\n" in page.markdown
    assert "1. Open valve V1.\n2. Press START." in page.markdown
    assert "| Part | No. |\n| --- | --- |\n| Seal | A-17 |" in page.markdown
    assert "```bash\npumpctl start\n  --slow\n```" in page.markdown
    assert "3_000 rpm * 2; see chapter 4." in page.markdown
    for gone in ("Jump", "Sign in", "alert", "Ads", "Imprint", "color: red", "¶"):
        assert gone not in page.markdown


def test_convert_page_superscript_does_not_become_another_number() -> None:
    page = convert_page("<body><p>A data file holds at most 2<sup>32</sup> pages of 8 KiB.</p></body>")
    assert page.markdown.strip() == "A data file holds at most 2^32 pages of 8 KiB."


def test_convert_page_header_with_the_heading_of_the_article_stays() -> None:
    page = convert_page("<body><article><header><h1>Lease</h1></header><p>Rent is due.</p></article></body>")
    assert page.markdown.split() == ["#", "Lease", "Rent", "is", "due."]


def test_convert_page_main_that_is_a_sliver_is_not_taken_for_the_page() -> None:
    page = convert_page(f"<body><main>Menu</main><div>{'<p>The boiler holds 14.5 litres.</p>' * 20}</div></body>")
    assert page.markdown.count("14.5 litres") == 20


def test_convert_page_deep_nesting_is_refused() -> None:
    with pytest.raises(PageTooCostlyError, match="nests"):
        convert_page("<div>" * (MAX_NESTING + 50) + "x")


def test_convert_page_that_multiplies_its_text_is_refused() -> None:
    with pytest.raises(PageTooCostlyError, match="work"):
        convert_page("<blockquote>" * 190 + "a<br>" * 2000)


def marked(html: str) -> list[tuple[str, str, object]]:
    """Kind, text and what else each mark says."""
    page = convert_page(html)
    assert [mark.start for mark in page.marks] == sorted(mark.start for mark in page.marks)
    return [(mark.kind.value, page.markdown[mark.start : mark.end], mark.level or mark.value) for mark in page.marks]


def test_convert_page_marks_stand_at_their_words() -> None:
    found = marked(PAGE)
    assert ("heading", "# Pump P-40", 1) in found
    assert ("heading", "## Starting", 2) in found
    assert ("list_item", "1. Open valve V1.", 1) in found
    assert ("table", "| Part | No. |\n| --- | --- |\n| Seal | A-17 |", "row") in found
    assert ("cell", "Seal", "") in found
    assert ("code", "```bash\npumpctl start\n  --slow\n```", "bash") in found


def test_convert_page_nested_list_items_know_their_depth_and_number() -> None:
    html = "<body><ol start=3><li>Open<ul><li>slowly</li></ul></li><li>Close</li></ol></body>"
    page = convert_page(html)
    items = [(page.markdown[m.start : m.end], m.level, m.value) for m in page.marks]
    assert items == [("3. Open\n   - slowly", 1, "3"), ("- slowly", 2, ""), ("4. Close", 1, "4")]


SPANS = """<table><tr><th rowspan="2">부품</th><th colspan="2">규격</th></tr>
<tr><th>길이</th><th>폭</th></tr>
<tr><td rowspan=2>씰 | 링</td><td>12</td><td>3</td></tr>
<tr><td>14</td><td rowspan="90">4</td></tr></table>"""


def test_convert_page_cells_know_row_column_and_spans_and_rows_keep_their_columns() -> None:
    page = convert_page(f"<body>{SPANS}</body>")
    cells = {
        page.markdown[m.start : m.end]: (m.row, m.column, m.row_span, m.column_span)
        for m in page.marks
        if m.kind is MarkKind.CELL
    }
    assert cells == {
        "부품": (0, 0, 2, 1),
        "규격": (0, 1, 1, 2),
        "길이": (1, 1, 1, 1),
        "폭": (1, 2, 1, 1),
        "씰 | 링": (2, 0, 2, 1),
        "12": (2, 1, 1, 1),
        "3": (2, 2, 1, 1),
        "14": (3, 1, 1, 1),
        "4": (3, 2, 1, 1),
    }
    assert page.markdown.strip().split("\n")[2:] == [
        "| 부품 | 길이 | 폭 |",
        "| 씰 | 링 | 12 | 3 |",
        "| 씰 | 링 | 14 | 4 |",
    ]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ("<tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr>", "row"),
        ("<thead><tr><td>a</td><td>b</td></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody>", "row"),
        ("<tr><th>a</th><td>1</td></tr><tr><th>b</th><td>2</td></tr>", "column"),
        ("<tr><th></th><th>x</th></tr><tr><th>a</th><td>1</td></tr><tr><th>b</th><td>2</td></tr>", "both"),
        ("<tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr>", ""),
        ("<tr><th>a</th><th>b</th></tr>", ""),
    ],
)
def test_convert_page_tables_tell_header_row_header_column_and_none(rows: str, header: str) -> None:
    (table,) = [m for m in convert_page(f"<body><table>{rows}</table></body>").marks if m.kind is MarkKind.TABLE]
    assert table.value == header


def test_convert_page_deleted_inserted_hidden_words_footnotes_and_pages_are_marked() -> None:
    html = (
        "<body><p>Rent is <del>400</del> <ins> 450 </ins> euros.</p><p hidden>Draft only.</p>"
        '<p><span role="doc-pagebreak" aria-label="12"></span>Next <s>old</s></p>'
        '<ol><li id="fn7">See the schedule.</li></ol><p style="display: none">x</p></body>'
    )
    assert marked(html) == [
        ("deleted", "~~400~~", ""),
        ("inserted", "450", ""),
        ("hidden", "Draft only.", ""),
        ("page", "", "12"),
        ("deleted", "~~old~~", ""),
        ("footnote", "1. See the schedule.", "7"),
        ("hidden", "x", ""),
    ]


def test_convert_page_marks_leave_no_trace_in_the_text() -> None:
    html = "<body><h1>A \ufdd0\ufdd3\ufdd1 &#xfdda;b</h1><p>c\ufdda</p></body>"
    page = convert_page(html)
    assert page.markdown.split() == ["#", "A", "b", "c"]
    assert [page.markdown[mark.start : mark.end] for mark in page.marks] == ["# A b"]


def test_convert_page_table_that_asks_for_millions_of_cells_is_not_filled() -> None:
    tall = "<tr>" + "<td rowspan=5000 colspan=20>x</td>" * 20 + "</tr>" + "<tr><td>y</td></tr>" * 3000
    page = convert_page(f"<body><p>{'long text ' * 20000}</p><table>{tall}</table></body>")
    assert page.markdown.count("y") == 3000


@pytest.mark.parametrize(
    "html",
    [
        '<span class="line">Roses</span><span class="line">Violets</span><span class="line">Thorns</span>',
        '<span class="line">Roses</span>\n<br><span class="line">Violets</span><br> <span class="line">Thorns</span>',
        'Roses<span style="display: block">Violets</span>Thorns',
        '<span class="verse-line">Roses<br></span> <span class="poem_line">Violets</span> Thorns',
    ],
)
def test_convert_page_spans_shown_as_lines_are_lines(html: str) -> None:
    page = convert_page(f"<body><p>{html}</p></body>")
    assert [line.strip() for line in page.markdown.strip().split("\n")] == ["Roses", "Violets", "Thorns"]


def test_convert_page_lines_of_highlighted_code_and_empty_spans_get_no_break() -> None:
    code = '<pre><code><span class="line">a = 1</span>\n<span class="line">b = 2</span></code></pre>'
    page = convert_page(f'<body>{code}<p>One<span class="line"></span> two</p></body>')
    assert page.markdown.strip() == "```\na = 1\nb = 2\n```\n\nOne two"
