from __future__ import annotations

import pytest

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
    spans = "<td colspan=1000>x</td>" * 9000
    with pytest.raises(PageTooCostlyError, match="work"):
        convert_page(f"<table><tr>{spans}</tr></table>")
