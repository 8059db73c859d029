"""Markup that opens much and closes nothing, or repeats one construct thousands of times, is read in linear time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from growth import assert_linear

from pipeline.documents.latex_source import LatexSource, without_comments
from pipeline.documents.readers import asciidoc, latex, org, rst, xml
from pipeline.documents.readers.reader import Reader, ReadOptions, RefusedFileError


def repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], bytes]:
    return lambda number: f"{before}{piece * number}{after}".encode()


CASES: dict[str, tuple[Reader, Callable[[int], bytes], int]] = {
    "borders": (rst.READER, repeated("== ==\n\n"), 400),
    "fields": (rst.READER, repeated(":a: b\n"), 400),
    "literal blocks": (rst.READER, repeated("a::\n\n b\n\n"), 250),
    "paragraphs": (rst.READER, repeated("words of a paragraph\n\n"), 400),
    "options": (rst.READER, repeated("   :a: b\n", before=".. note::\n"), 3_000),
    "open sections": (latex.READER, repeated("\\section{a\n"), 400),
    "open footnotes": (latex.READER, repeated("\\label{a "), 400),
    "open verbatim": (latex.READER, repeated("\\begin{verbatim}a\n"), 400),
    "open blocks of all kinds": (latex.READER, repeated("\\begin{minted}\\begin{align*}\\[ \\( $$a"), 125),
    "multirow in multicolumn": (
        latex.READER,
        repeated("\\multirow{2}{*}{\\multicolumn{2}{l}{", "\\begin{tabular}{l}", "\\end{tabular}"),
        250,
    ),
    "rows of a foot": (
        xml.READER,
        repeated("<tr><td>a b c</td></tr>", "<d><table><tfoot>", "</tfoot></table></d>"),
        200,
    ),
    "code beside code": (xml.READER, repeated("<code>a b c<b/></code>", "<d>", "</d>"), 200),
    "footnotes without words": (xml.READER, repeated("<fn>a</fn>", "<d><p>t", "</p></d>"), 200),
    "lists in an item": (
        xml.READER,
        repeated("<list><item>a b c</item></list>", "<d><list><item><listitem>", "</listitem></item></list></d>"),
        150,
    ),
}

LIGHT_MARKUP = [rst.READER, org.READER, asciidoc.READER, latex.READER]
HOSTILE = [
    "{",
    "\\begin{itemize}",
    "[[",
    "====\n",
    "\0|===\n|",
    "\\textbf{",
    ":a:\n",
    "`",
    "\\footnote{",
    "#+begin_src\n",
]


def read(reader: Reader, data: bytes) -> None:
    assert reader.convert is not None
    with suppress(RefusedFileError):
        reader.convert(data, ReadOptions())


@pytest.mark.parametrize("name", CASES)
def test_reading_repeated_markup_costs_linear_time(name: str) -> None:
    reader, repeated_piece, number = CASES[name]
    assert_linear(lambda data: read(reader, data), repeated_piece, size=number)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("reader", LIGHT_MARKUP, ids=lambda reader: reader.name)
def test_reading_hostile_light_markup_costs_linear_time(reader: Reader, piece: str) -> None:
    """Every reader gets the constructs of all, since the name of a file may be wrong."""
    assert_linear(lambda data: read(reader, data), repeated(piece), size=max(1, 1_000 // len(piece)))


@pytest.mark.parametrize("reader", LIGHT_MARKUP, ids=lambda reader: reader.name)
def test_reading_ever_deeper_items_costs_linear_time(reader: Reader) -> None:
    """An item that is indented by n blanks has n characters, so the number of characters is what counts."""

    def stairs(num_chars: int) -> bytes:
        return "".join(" " * depth + "* a\n" for depth in range(int((2 * num_chars) ** 0.5))).encode()

    assert_linear(lambda data: read(reader, data), stairs, size=4_000)


def test_block_counts_only_if_it_is_closed() -> None:
    text = "\\begin{verbatim}a\\end{verbatim} \\begin{verbatim}b \\[ x \\] \\[ y"
    source, position, found = LatexSource(text), 0, []
    while (token := source.token(position)) is not None:
        found.append(token["code"] or token["math"] or token["macro"] or token["symbol"] or token[0])
        position = token.end()
    assert found == ["a", "begin", "{", "}", "\\[ x \\]", "["]


@pytest.mark.parametrize(
    ("text", "position", "argument"),
    [
        ("{a{b}c} d", 0, ("a{b}c", 7)),
        (" \n{a}", 0, ("a", 5)),
        ("{a\\}b}", 0, ("a\\}b", 6)),
        ("{a{b}\nc", 0, ("a{b}", 5)),
        ("{a{b}\nc", 2, ("b", 5)),
        ("}{a}", 1, ("a", 4)),
        ("a", 0, ("", 0)),
        ("{", 0, ("", 1)),
    ],
)
def test_argument_ends_with_its_brace_or_its_line(text: str, position: int, argument: tuple[str, int]) -> None:
    assert LatexSource(text).argument(position) == argument


def test_comments_are_left_out_except_in_literal_blocks_that_are_closed() -> None:
    text = "a % b\n\\begin{verbatim}% c\n\\end{verbatim}\\% d % e\n\\begin{verbatim}% f\ng"
    assert without_comments(text) == "a \\begin{verbatim}% c\n\\end{verbatim}\\% d \\begin{verbatim}g"
