from __future__ import annotations

import pytest

from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import Converted, ReadOptions


def convert(name: str, text: str) -> Converted:
    reader = readers()[name]
    assert reader.convert is not None
    return reader.convert(text.encode(), ReadOptions())


def values(found: Converted, kind: MarkKind) -> list[tuple[int, str]]:
    return [(mark.level, mark.value) for mark in found.marks if mark.kind is kind]


def cells(found: Converted) -> list[tuple[int, int, int, int, str]]:
    return [_cell(mark) for mark in found.marks if mark.kind is MarkKind.CELL]


def _cell(mark: Mark) -> tuple[int, int, int, int, str]:
    return mark.row, mark.column, mark.row_span, mark.column_span, mark.value


RST = """\
================
 설치 안내서
================

Read :ref:`the plan <plan>` and the `site <https://e.example>`_ first [1]_ with ``pip -v``, |name|.

.. |name| replace:: Kiln 2
.. _plan:
.. This is a comment
   of two lines.

Parts
=====

* One pump,
  blue
* Two valves

  1. left
  2. right

#. first
#. second

Run this::

    make all
      make test

Valve
-----

.. code-block:: python
   :linenos:

   print("네")

.. note:: Wear gloves.

.. image:: a.png

.. [1] 부록 참조.
"""


def test_rst_titles_lists_code_and_notes_are_read() -> None:
    found = convert("rst", RST)
    assert found.title == "설치 안내서"
    assert values(found, MarkKind.HEADING) == [(1, "설치 안내서"), (2, "Parts"), (3, "Valve")]
    assert values(found, MarkKind.LIST_ITEM) == [(1, ""), (1, ""), (2, "1"), (2, "2"), (1, "1"), (1, "2")]
    assert values(found, MarkKind.CODE) == [(0, ""), (0, "python")]
    assert values(found, MarkKind.FOOTNOTE) == [(0, "1")]
    assert "Read the plan and the site first [^1] with `pip -v`, Kiln 2." in found.text
    assert "Run this:\n\n```\nmake all\n  make test\n```\n" in found.text
    assert "- One pump,\n  blue\n" in found.text
    assert "**Note:**\n\nWear gloves." in found.text
    assert "[^1]: 부록 참조." in found.text
    for gone in ("comment", "a.png", "linenos", "replace", "===="):
        assert gone not in found.text


def test_rst_automatic_numbers_count_in_each_list() -> None:
    text = "#. a\n\n   #. x\n   #. y\n\n#. b\n\nWords.\n\n#. c\n\n   #. z\n"
    assert [value for _, value in values(convert("rst", text), MarkKind.LIST_ITEM)] == ["1", "1", "2", "2", "1", "1"]


def test_rst_grid_table_has_spans_and_wide_characters() -> None:
    text = (
        "+--------+-----------+\n"
        "| 품목   | 값        |\n"
        "+========+=====+=====+\n"
        "| 펌프   | 1   | 2   |\n"
        "|        +-----+-----+\n"
        "|        | 3   | a   |\n"
        "|        |     | b   |\n"
        "+--------+-----+-----+\n"
    )
    assert cells(convert("rst", text)) == [
        (0, 0, 1, 1, "품목"),
        (0, 1, 1, 2, "값"),
        (1, 0, 2, 1, "펌프"),
        (1, 1, 1, 1, "1"),
        (1, 2, 1, 1, "2"),
        (2, 1, 1, 1, "3"),
        (2, 2, 1, 1, "a b"),
    ]


def test_rst_simple_csv_and_list_tables_are_tables() -> None:
    simple = "=====  =====\n품목   값\n=====  =====\na      1\n\nb      2\n       3\n=====  =====\n\nAfter\n"
    found = convert("rst", simple)
    assert [cell[-1] for cell in cells(found)] == ["품목", "값", "a", "1", "b", "2 3"]
    assert found.text.endswith("|\n\nAfter\n")
    csv = '.. csv-table:: Prices\n   :header: "Part", "Price"\n\n   "valve, blue", 3\n'
    assert [cell[-1] for cell in cells(convert("rst", csv))] == ["Part", "Price", "valve, blue", "3"]
    listed = ".. list-table::\n   :header-rows: 1\n\n   * - Part\n     - Price\n   * - valve\n       blue\n     - 3\n"
    assert [cell[-1] for cell in cells(convert("rst", listed))] == ["Part", "Price", "valve blue", "3"]


ORG = """\
#+TITLE: 정비 지침
#+AUTHOR: Mara Lind
#+STARTUP: showall

* TODO Pumps :work:
:PROPERTIES:
:ID: 77
:END:
Stop the =main= pump, see [[https://e.example][the page]] and [fn:1].
# a comment
** 밸브
- one
  more
  1. sub
  2. sub two
- Red :: stop

| 품목 | 값 |
|------+----|
| a    |  1 |

#+BEGIN_SRC python
print(1)
#+END_SRC

: fixed

[fn:1] 부록.
"""


def test_org_stars_lists_tables_blocks_and_notes_are_read() -> None:
    found = convert("org", ORG)
    assert found.title == "정비 지침"
    assert values(found, MarkKind.HEADING) == [(1, "정비 지침"), (2, "Pumps"), (3, "밸브")]
    assert values(found, MarkKind.LIST_ITEM) == [(1, ""), (2, "1"), (2, "2"), (1, "")]
    assert [cell[-1] for cell in cells(found)] == ["품목", "값", "a", "1"]
    assert values(found, MarkKind.CODE) == [(0, "python"), (0, "")]
    assert values(found, MarkKind.FOOTNOTE) == [(0, "1")]
    assert "Stop the `main` pump, see the page and [^1]." in found.text
    assert "- Red: stop" in found.text
    assert "Mara Lind" in found.text
    for gone in ("PROPERTIES", "77", "comment", "TODO", ":work:", "STARTUP"):
        assert gone not in found.text


ADOC = """\
= 운전 설명서
Mara Lind
:product: Kiln

// a comment
== Start of {product}

Press the *key*.footnote:[두 번 누른다.] See <<stop,the stop>> and https://e.example[the page].

* one
** inner
* two

. first
. second

.Prices
[cols="2,1"]
|===
|Part |Price

|valve
|3
2+|none
|===

[source,ruby]
----
puts 1
----

////
hidden
////

NOTE: Wear gloves.

[[stop]]
=== 정지

Heat:: 90 degrees
"""


def test_asciidoc_titles_lists_tables_blocks_and_notes_are_read() -> None:
    found = convert("asciidoc", ADOC)
    assert found.title == "운전 설명서"
    assert values(found, MarkKind.HEADING) == [(1, "운전 설명서"), (2, "Start of Kiln"), (3, "정지")]
    assert values(found, MarkKind.LIST_ITEM) == [(1, ""), (2, ""), (1, ""), (2, "1"), (2, "2")]
    assert cells(found) == [
        (0, 0, 1, 1, "Part"),
        (0, 1, 1, 1, "Price"),
        (1, 0, 1, 1, "valve"),
        (1, 1, 1, 1, "3"),
        (2, 0, 1, 2, "none"),
    ]
    assert values(found, MarkKind.CODE) == [(0, "ruby")]
    assert "Press the *key*.[^1] See the stop and the page.\n\n[^1]: 두 번 누른다.\n" in found.text
    assert "**Note:** Wear gloves." in found.text
    assert "Heat: 90 degrees" in found.text
    for gone in ("comment", "hidden", "[[stop]]", "|==="):
        assert gone not in found.text


LATEX = r"""
\documentclass{article}
\newcommand{\product}{Kiln}
\title{A Study of \product}
\author{Mara Lind}
\begin{document}
\maketitle
\section{Heat \& 열}\label{sec:heat}
The \textbf{kiln} is 5\% hot.% a comment
\footnote{See \emph{부록}.} It is ``caf\'e''~\cite{lind} with $E = mc^2$.

\begin{enumerate}
  \item one
  \begin{itemize}
    \item inner
  \end{itemize}
  \item two
\end{enumerate}
\begin{tabular}{l|r}
\hline
Part & Price \\ \hline
\multicolumn{2}{c}{none} \\
\end{tabular}
\begin{equation}
a &= \frac{1}{2}
\end{equation}
\begin{lstlisting}[language=Python]
print("%d" % 1)
\end{lstlisting}
\subsection{End}
Last.
\begin{thebibliography}{9}
\bibitem{lind} Lind, \textit{Heat}, 2020.
\end{thebibliography}
\end{document}
not shown
"""


def test_latex_sections_lists_tables_code_math_and_notes_are_read() -> None:
    found = convert("latex", LATEX)
    assert found.title == "A Study of Kiln"
    assert values(found, MarkKind.HEADING) == [
        (1, "A Study of Kiln"),
        (2, "Heat & 열"),
        (3, "End"),
        (2, "References"),
    ]
    assert values(found, MarkKind.LIST_ITEM) == [(1, "1"), (2, ""), (1, "2"), (1, "lind")]
    assert cells(found) == [(0, 0, 1, 1, "Part"), (0, 1, 1, 1, "Price"), (1, 0, 1, 2, "none")]
    assert values(found, MarkKind.CODE) == [(0, "python")]
    assert "The kiln is 5% hot.[^1] It is “café” [lind] with $E = mc^2$.\n\n[^1]: See 부록.\n" in found.text
    assert r"a &= \frac{1}{2}" in found.text
    assert 'print("%d" % 1)' in found.text
    assert "[lind] Lind, Heat, 2020." in found.text
    for gone in ("comment", "not shown", "sec:heat", "hline", "documentclass"):
        assert gone not in found.text


def test_latex_damage_loses_no_text() -> None:
    found = convert(
        "latex", "\\section{Open\nNext line. \\textbf{bold\n\nMore \\end{itemize} and \\begin{tabular}{l} a & b"
    )
    for word in ("Open", "Next line.", "bold", "More", "and", "a", "b"):
        assert word in found.text


def test_subtitles_stay_as_they_are() -> None:
    text = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Mara>네</v>\n"
    assert convert("subtitles", text) == Converted(text)


@pytest.mark.parametrize("name", ["rst", "org", "asciidoc", "latex"])
def test_light_markup_of_hostile_texts_is_text(name: str) -> None:
    pieces = [" " * depth + "* a\n" for depth in range(300)]
    texts = [
        "".join(pieces),
        "{" * 20_000,
        "\\begin{itemize}" * 2000,
        "[[" * 20_000,
        "====\n" * 5000,
        "\0|===\n|" * 2000,
    ]
    texts += ["\\textbf{" * 5000, ":a:\n" * 3000, "`" * 20_000, "\\footnote{" * 300, "#+begin_src\n" * 3000]
    for text in texts:
        assert isinstance(convert(name, text).text, str)
