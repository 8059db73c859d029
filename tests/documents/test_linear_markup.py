"""Markup that opens much and closes nothing, or repeats one construct thousands of times, is read in linear time.

Compared are the best times for n and for 4 n repetitions: a quadratic reader takes 16 times as long, a linear one 4.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeline.documents.latex_source import LatexSource, without_comments
from pipeline.documents.readers import latex, rst, xml
from pipeline.documents.readers.reader import Reader, ReadOptions, RefusedFileError

_MOST = 9.0


def repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], bytes]:
    return lambda number: f"{before}{piece * number}{after}".encode()


CASES: dict[str, tuple[Reader, Callable[[int], bytes], int]] = {
    "borders": (rst.READER, repeated("== ==\n\n"), 1500),
    "fields": (rst.READER, repeated(":a: b\n"), 1500),
    "literal blocks": (rst.READER, repeated("a::\n\n b\n\n"), 1000),
    "paragraphs": (rst.READER, repeated("words of a paragraph\n\n"), 1500),
    "options": (rst.READER, repeated("   :a: b\n", before=".. note::\n"), 12_000),
    "open sections": (latex.READER, repeated("\\section{a\n"), 1500),
    "open footnotes": (latex.READER, repeated("\\label{a "), 1500),
    "open verbatim": (latex.READER, repeated("\\begin{verbatim}a\n"), 1500),
    "open blocks of all kinds": (latex.READER, repeated("\\begin{minted}\\begin{align*}\\[ \\( $$a"), 500),
    "multirow in multicolumn": (
        latex.READER,
        repeated("\\multirow{2}{*}{\\multicolumn{2}{l}{", "\\begin{tabular}{l}", "\\end{tabular}"),
        1000,
    ),
    "rows of a foot": (
        xml.READER,
        repeated("<tr><td>a b c</td></tr>", "<d><table><tfoot>", "</tfoot></table></d>"),
        800,
    ),
    "code beside code": (xml.READER, repeated("<code>a b c<b/></code>", "<d>", "</d>"), 800),
    "footnotes without words": (xml.READER, repeated("<fn>a</fn>", "<d><p>t", "</p></d>"), 800),
    "lists in an item": (
        xml.READER,
        repeated("<list><item>a b c</item></list>", "<d><list><item><listitem>", "</listitem></item></list></d>"),
        600,
    ),
}


def best_seconds(reader: Reader, data: bytes) -> float:
    times = []
    for _ in range(3):
        started = time.process_time()
        with suppress(RefusedFileError):
            reader.convert(data, ReadOptions())
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize("name", CASES)
def test_reading_four_times_as_much_takes_about_four_times_as_long(name: str) -> None:
    reader, text, number = CASES[name]
    small, large = (best_seconds(reader, text(size)) for size in (number, 4 * number))
    assert large < _MOST * small + 0.02, f"{small:.3f} s, then {large:.3f} s"


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
