"""Cells and outputs of notebooks."""

from __future__ import annotations

import json
from pathlib import Path

from reader_runs import fates, marked, one_extract, read_bytes


def notebook(*cells: dict[str, object], language: str = "python") -> bytes:
    metadata = {"language_info": {"name": language}}
    return json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4}, ensure_ascii=False).encode()


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": list(outputs)}


def test_cells_are_text_and_code(tmp_path: Path) -> None:
    text = ["# 판매 분석\n", "\n", "- 자료를 읽는다\n", "![그림](data:image/png;base64,AAAA)"]
    data = notebook(
        {"cell_type": "markdown", "source": text},
        code("x = 1\nprint(x)\n", {"output_type": "stream", "text": ["1\n"]}),
        {"cell_type": "raw", "source": "Raw words."},
        language="R",
    )
    found = one_extract(tmp_path, "a.ipynb", data)
    assert found.title == "판매 분석"
    assert found.text == (
        "# 판매 분석\n\n- 자료를 읽는다\n그림\n\n```r\nx = 1\nprint(x)\n```\n\n```text\n1\n```\n\nRaw words.\n"
    )
    assert [(kind, value) for kind, value, _ in marked(found)] == [
        ("heading", "판매 분석"),
        ("list_item", ""),
        ("code", "r"),
        ("code", "text"),
    ]


def test_outputs_are_shortened_and_images_left_out(tmp_path: Path) -> None:
    image = {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": ["<Figure>"]}}
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["\x1b[31mlong"]}
    lines = {"output_type": "stream", "text": "".join(f"line {number}\n" for number in range(50))}
    bar = {"output_type": "stream", "text": "10%\r50%\r100%\n"}
    found = one_extract(tmp_path, "a.ipynb", notebook(code("run()", image, error, lines, bar)))
    assert "AAAA" not in found.text
    assert "KeyError: 'a'" in found.text
    assert "line 19\n…\n" in found.text
    assert "line 20" not in found.text
    assert "```text\n100%\n```" in found.text


def test_version_3_and_refusals(tmp_path: Path) -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "Plan"}, {"cell_type": "code", "input": "x = 1"}]
    old = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert one_extract(tmp_path, "a.ipynb", old).text == "## Plan\n\n```python\nx = 1\n```\n"
    for data, reason in (
        (b"{}", "no_text"),
        (b"{", "invalid_json"),
        (notebook(code(" ")), "no_text"),
        (b"[1]", "no_text"),
    ):
        assert fates(read_bytes(tmp_path, "b.ipynb", data)) == [("b.ipynb", reason)]
