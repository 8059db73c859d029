"""What of a page is dropped, what is its main part, what its elements say, and when it is refused."""

from __future__ import annotations

import pytest

from pipeline.documents.markup import MAX_NESTING, MAX_TAGS, PageTooCostlyError, convert_page

DROPPED = "script style noscript template nav header footer aside form iframe svg button dialog"


def words(html: str) -> list[str]:
    return convert_page(f"<body>{html}</body>").markdown.split()


@pytest.mark.parametrize("name", DROPPED.split())
def test_element_that_is_no_text_is_dropped(name: str) -> None:
    assert words(f"<p>a</p><{name}>gone</{name}><p>b</p>") == ["a", "b"]


@pytest.mark.parametrize("role", ["navigation", "banner", "contentinfo", "search", "complementary"])
def test_element_with_the_role_of_a_frame_is_dropped(role: str) -> None:
    assert words(f"<p>a</p><div role='{role}'>gone</div><p>b</p>") == ["a", "b"]
    assert words("<p>a</p><div role='note'>kept</div>") == ["a", "kept"]


@pytest.mark.parametrize(
    ("name", "is_dropped"),
    [
        *((name, True) for name in ("navheader", "navfooter", "navbar", "navigation", "sphinxsidebar", "sidebar")),
        *((name, True) for name in ("breadcrumb", "breadcrumbs", "related", "site-footer")),
        *((name, False) for name in ("nav", "my-sidebar", "relatedness", "content")),
    ],
)
def test_element_of_the_class_of_a_frame_is_dropped(name: str, is_dropped: bool) -> None:
    assert words(f"<p>a</p><div class='x {name}'>text</div>") == (["a"] if is_dropped else ["a", "text"])


@pytest.mark.parametrize("name", ["headerlink", "anchor"])
def test_link_of_a_heading_to_itself_is_dropped(name: str) -> None:
    assert words(f"<h2>Title<a class='{name}' href='#x'>#</a></h2>") == ["##", "Title"]


LONG = "<p>The boiler holds water.</p>"


@pytest.mark.parametrize(
    ("html", "num_found"),
    [
        (f"<main>{LONG * 3}</main><div>{LONG * 7}</div>", 3),
        (f"<main>{LONG * 2}</main><div>{LONG * 8}</div>", 10),
        (f"<div role='main'>{LONG * 3}</div><div>{LONG * 7}</div>", 3),
        (f"<article>{LONG * 3}</article><div>{LONG * 7}</div>", 3),
        (f"<article>{LONG * 3}</article><article>{LONG * 7}</article>", 10),
        (f"<article>{LONG * 9}<main>{LONG * 4}</main></article>", 4),
    ],
)
def test_main_part_is_the_first_that_is_no_sliver_of_the_page(html: str, num_found: int) -> None:
    assert words(html).count("boiler") == num_found


def test_title_is_that_of_the_head_or_else_the_first_heading() -> None:
    assert convert_page("<title> A\n b </title><h1>C</h1>").title == "A b"
    assert convert_page("<title> </title><h1>C <b>d</b></h1>").title == "C d"
    assert convert_page("<p>x</p>").title == ""


@pytest.mark.parametrize(
    ("attributes", "language"),
    [
        ("class='language-c++'", "c++"),
        ("class='x lang-sh'", "sh"),
        ("class='highlight-py3'", "py3"),
        ("class='brush-js'", "js"),
        ("class='source-go'", "go"),
        ("class='code-go'", ""),
        ("", ""),
    ],
)
def test_code_is_in_the_language_of_its_class(attributes: str, language: str) -> None:
    for html in (f"<pre {attributes}>a = 1</pre>", f"<pre><code {attributes}>a = 1</code></pre>"):
        page = convert_page(f"<body>{html}</body>")
        assert page.markdown.strip() == f"```{language}\na = 1\n```"
        assert [(mark.kind.value, mark.value) for mark in page.marks] == [("code", language)]


def test_page_of_too_many_tags_or_too_deep_is_refused_with_its_limit() -> None:
    with pytest.raises(PageTooCostlyError) as raised:
        convert_page("<" * (MAX_TAGS + 1))
    assert raised.value.message == f"The page has more than {MAX_TAGS} tags."
    deep = "<div>" * MAX_NESTING + "x" + "</div>" * MAX_NESTING
    assert convert_page(deep).markdown.strip() == "x"
    with pytest.raises(PageTooCostlyError) as raised:
        convert_page(f"<div>{deep}</div>")
    assert raised.value.message == f"The page nests elements deeper than {MAX_NESTING}."


def marks(html: str) -> list[tuple[str, str, str]]:
    page = convert_page(f"<body>{html}</body>")
    return [(mark.kind.value, page.markdown[mark.start : mark.end], mark.value) for mark in page.marks]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<span role='doc-pagebreak' aria-label=' 12 '></span>x", [("page", "", "12")]),
        ("<span epub:type='pagebreak' title='iv'></span>x", [("page", "", "iv")]),
        ("<span role='pagebreak'>p. 3</span>", [("page", "", "p. 3")]),
        (f"<span role='pagebreak' title='{'9' * 30}'></span>x", [("page", "", "9" * 20)]),
        ("<p role='doc-footnote' id='fn-3'>See.</p>", [("footnote", "See.", "3")]),
        ("<p epub:type='endnote' id='x'>See.</p>", [("footnote", "See.", "")]),
        ("<p>a <strike>b</strike></p>", [("deleted", "b", "")]),
        ("<p style='visibility: hidden'>a</p>", [("hidden", "a", "")]),
        ("<p style='display:NONE'>a</p>", [("hidden", "a", "")]),
        ("<p style='display: block'>a</p>", []),
        ("<blockquote><h2>In a quote</h2></blockquote>", []),
    ],
)
def test_element_says_what_its_words_are(html: str, found: list[tuple[str, str, str]]) -> None:
    assert marks(html) == found


@pytest.mark.parametrize("inner", ["<pre>a</pre>", "<h3>a</h3>", "<ul><li>a</li></ul>", "<dl><dt>a</dt></dl>"])
def test_table_that_lays_out_a_page_is_no_table(inner: str) -> None:
    assert "|" not in convert_page(f"<body><table><tr><td>{inner}</td><td>b</td></tr></table></body>").markdown
    assert "|" in convert_page("<body><table><tr><td><p>a</p></td><td>b</td></tr></table></body>").markdown


@pytest.mark.parametrize("heading", ["h2", "h3", "h4", "h5"])
def test_box_of_a_note_may_have_a_heading_of_any_size(heading: str) -> None:
    page = convert_page(f"<body><div class='note'><{heading}>Note:</{heading}><p>Hot.</p></div></body>")
    assert page.markdown.strip() == "> **Note:**\n>\n> Hot."


@pytest.mark.parametrize(
    ("classes", "is_box"),
    [
        *((f"{kind}", True) for kind in ("note", "tip", "warning", "caution", "important", "danger")),
        *((f"{kind}", True) for kind in ("attention", "hint", "info", "NOTE")),
        ("note x", True),
        ("note x y", False),
        ("admonition x y", True),
        ("admonitionblock x y", True),
        ("remark", False),
    ],
)
def test_box_of_a_note_is_known_by_its_classes(classes: str, is_box: bool) -> None:
    html = f"<div class='{classes}'><p class='title'>Word</p><p>Hot.</p></div>"
    assert ("> **Word:**" in convert_page(f"<body>{html}</body>").markdown) is is_box


def test_word_of_a_note_has_forty_characters_at_most() -> None:
    for size, is_note in ((40, True), (41, False)):
        html = f"<div class='note'><p class='title'>{'w' * size}</p><p>Hot.</p></div>"
        assert (">" in convert_page(f"<body>{html}</body>").markdown) is is_note
