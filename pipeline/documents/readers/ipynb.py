"""Reads Jupyter notebooks: markdown cells as text, code cells as code, and text outputs, shortened.

Images are left out. Versions 3 and 4 of the format are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.documents.decoding import decode
from pipeline.documents.json_values import has_too_many_values
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.markdown import read_markdown
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError, from_decoded
from pipeline.documents.text_builder import TextBuilder

_MAX_OUTPUT_LINES, _MAX_OUTPUT_CHARS = 20, 2000
_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]")
"""A terminal's colour code."""
_EMBEDDED_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\((?:data:|attachment:)[^)]*\)")

_IMAGE_TAG = re.compile(r"<a\s[^<>]{0,999}>\s{0,99}<img\s[^<>]{0,999}>\s{0,99}</a>|<img\s[^<>]{0,9999}>", re.IGNORECASE)


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    if has_too_many_values(data):
        raise RefusedFileError("too_large", "The notebook has too many JSON values.")
    decoded = decode(data=data, declared="")
    try:
        notebook = json.loads(decoded.text)
    except ValueError as error:
        raise RefusedFileError("invalid_json", "The notebook is not JSON.") from error
    cells = list(_cells(notebook))
    if not cells:
        raise RefusedFileError("no_text", "The notebook has no cells.")
    language = _language(notebook)
    builder = TextBuilder()
    for cell in cells:
        kind, source = cell.get("cell_type"), _joined(cell.get("source", cell.get("input")))
        if kind == "code":
            builder.code(source, language=language)
            for output in _outputs(cell):
                builder.code(output, language="text")
        elif kind == "heading":
            level = cell.get("level")
            builder.heading(source, level=level if isinstance(level, int) and level > 0 else 1)
        elif kind == "markdown":
            text = _EMBEDDED_IMAGE.sub(r"\1", _IMAGE_TAG.sub("", source))
            builder.add(text, read_markdown(text))
        else:
            builder.paragraph(source)
    if not builder.text:
        raise RefusedFileError("no_text", "The cells of the notebook are empty.")
    first = next((mark.value for mark in builder.marks if mark.kind is MarkKind.HEADING and mark.level == 1), "")
    return from_decoded(decoded, text=builder.text, title=first, marks=builder.marks)


def _cells(notebook: object) -> Iterator[Mapping[str, object]]:
    sheets = [notebook]
    if isinstance(notebook, Mapping) and isinstance(notebook.get("worksheets"), list):
        sheets = notebook["worksheets"]
    for sheet in sheets:
        cells = sheet.get("cells") if isinstance(sheet, Mapping) else None
        yield from (cell for cell in cells if isinstance(cell, Mapping)) if isinstance(cells, list) else ()


def _language(notebook: Mapping[str, object]) -> str:
    metadata = notebook.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        part = metadata.get(key) if isinstance(metadata, Mapping) else None
        if isinstance(part, Mapping) and isinstance(found := part.get(name), str) and found:
            return "python" if found.startswith(("python", "ipython")) else found.split()[0].lower()
    return "python"


def _outputs(cell: Mapping[str, object]) -> Iterator[str]:
    """Yield the text of each output: what a cell printed, its result, or the last line of its error."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") in ("error", "pyerr"):
            text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
        else:
            shown = output.get("data")
            text = _joined(shown.get("text/plain")) if isinstance(shown, Mapping) else _joined(output.get("text"))
        if text.strip():
            yield _shortened(_ESCAPE.sub("", text))


def _shortened(text: str) -> str:
    lines = [line.rpartition("\r")[2] for line in text.strip("\n").replace("\r\n", "\n").split("\n")]
    kept = "\n".join(lines[:_MAX_OUTPUT_LINES])[:_MAX_OUTPUT_CHARS]
    return kept if len(kept) == len("\n".join(lines)) else f"{kept}\n…"


def _joined(source: object) -> str:
    if isinstance(source, Sequence) and not isinstance(source, str):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


READER = Reader(name="ipynb", suffixes=frozenset({"ipynb"}), convert=_convert, is_page=True)
