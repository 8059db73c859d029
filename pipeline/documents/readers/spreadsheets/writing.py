"""Writes the sheets of a workbook as text: a heading for each sheet, its tables, its drawings, headers and comments.

In: `Sheet`s and the recipe's options. Out: a `Converted`. Hidden sheets, rows and columns are left out unless the
recipe includes them; warnings report each hidden sheet with text, and the number of hidden cells of the other sheets.
Used by the readers of spreadsheets.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from pipeline.config.build import DocumentPart
from pipeline.documents.grammar.tables.header import is_value, judge_plain_rows
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import Block, write_blocks
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError
from pipeline.documents.readers.spreadsheets.layout import Area, Grid, TableBlock, find_blocks
from pipeline.documents.readers.spreadsheets.sheet import Drawing, Place, Sheet
from pipeline.documents.table_layout import lay_out
from pipeline.documents.text_builder import TextBuilder, one_line

_LOOKED_AT_ROWS = 50
_MAX_HEADER_CHARS = 120


def converted_sheets(sheets: Sequence[Sheet], options: ReadOptions) -> Converted:
    """Return the text of a workbook.

    Args:
        sheets: all sheets, in order.
        options: the parts to include.

    Raises:
        RefusedFileError: no sheet has text, and no hidden sheet, row or column with text was left out.
    """
    builder = TextBuilder()
    warnings: list[str] = []
    takes_hidden = DocumentPart.HIDDEN in options.include
    for sheet in sheets:
        if sheet.is_hidden and not takes_hidden:
            warnings += ["hidden sheet left out"] if sheet.cells else []
            continue
        start = builder.length
        seen = sheet if takes_hidden else _visible(sheet)
        num_left_out = len(sheet.cells) - len(seen.cells)
        warnings += [f"cells in hidden rows and columns left out: {num_left_out}"] if num_left_out else []
        _write(_with_parts(seen, options), builder)
        if sheet.is_hidden:
            builder.mark_from(start, MarkKind.HIDDEN)
    if not builder.length and not warnings:
        raise RefusedFileError("empty", "The sheets hold no text.")
    return Converted(text=builder.text, marks=builder.marks, warnings=tuple(warnings))


def _visible(sheet: Sheet) -> Sheet:
    """Return a sheet without its hidden rows and columns; later rows and columns are renumbered."""
    if not sheet.hidden_rows and not sheet.hidden_columns:
        return sheet
    places = {*sheet.cells, *(drawing.place for drawing in sheet.drawings)}
    rows = _moves({place[0] for place in places}, sheet.hidden_rows)
    columns = _moves({place[1] for place in places}, sheet.hidden_columns)

    def moved(place: Place) -> Place:
        return place[0] - rows[place[0]], place[1] - columns[place[1]]

    kept = [place for place in sheet.cells if not _is_hidden(place, sheet)]
    return replace(
        sheet,
        cells={moved(place): sheet.cells[place] for place in kept},
        spans={moved(place): _shown_span(place, sheet) for place in kept if place in sheet.spans},
        header_rows={row - rows[row] for row in sheet.header_rows if row in rows and row not in sheet.hidden_rows},
        table_starts={moved(place) for place in kept if place in sheet.table_starts},
        bold={moved(place) for place in sheet.bold if not _is_hidden(place, sheet)},
        drawings=[replace(drawing, place=moved(drawing.place)) for drawing in sheet.drawings],
    )


def _moves(numbers: Set[int], hidden: Set[int]) -> dict[int, int]:
    """Return how many hidden rows or columns come before each row or column."""
    found: dict[int, int] = {}
    before = 0
    ordered = sorted(hidden)
    for number in sorted(numbers):
        while before < len(ordered) and ordered[before] < number:
            before += 1
        found[number] = before
    return found


def _is_hidden(place: Place, sheet: Sheet) -> bool:
    """Return whether all rows or all columns of a cell are hidden."""
    height, width = sheet.spans.get(place, (1, 1))
    if height == width == 1:
        return place[0] in sheet.hidden_rows or place[1] in sheet.hidden_columns
    return 0 in _shown_span(place, sheet)


def _shown_span(place: Place, sheet: Sheet) -> Place:
    height, width = sheet.spans[place]
    rows = range(place[0], place[0] + height)
    columns = range(place[1], place[1] + width)
    return (
        height - sum(row in rows for row in sheet.hidden_rows),
        width - sum(column in columns for column in sheet.hidden_columns),
    )


def _with_parts(sheet: Sheet, options: ReadOptions) -> Sheet:
    """Return a sheet with the comments, headers and footers that the recipe includes."""
    comments = sheet.comments if DocumentPart.COMMENTS in options.include else []
    has_margins = DocumentPart.HEADERS in options.include and (sheet.cells or sheet.drawings)
    headers, footers = (sheet.headers, sheet.footers) if has_margins else ([], [])
    return replace(sheet, comments=[one for one in comments if one.text], headers=headers, footers=footers)


def _write(sheet: Sheet, builder: TextBuilder) -> None:
    if not sheet.cells and not sheet.drawings and not sheet.comments:
        return
    builder.heading(sheet.name, level=1)
    for text in sheet.headers:
        builder.paragraph(text)
    blocks = find_blocks(_grid(sheet))
    drawn = _drawn_after(sheet.drawings, [block.area for block in blocks])
    write_blocks(drawn.get(0, ()), builder, has_all_pages=True)
    for number, block in enumerate(blocks, start=1):
        if isinstance(block, TableBlock):
            builder.table(block.rows, header=_header(block, sheet))
        else:
            builder.paragraph("\n".join(line.strip() for line in block.lines))
        write_blocks(drawn.get(number, ()), builder, has_all_pages=True)
    for text in sheet.footers:
        builder.paragraph(text)
    for comment in sheet.comments:
        said = ", ".join(filter(None, (comment.author, comment.time)))
        who = f" ({said})" if said else ""
        builder.paragraph(f"{comment.cell}{who}: {comment.text}", kind=MarkKind.HIDDEN)


def _drawn_after(drawings: Sequence[Drawing], areas: Sequence[Area]) -> dict[int, list[Block]]:
    """Return what is drawn after each block, by the block's number from 1; 0 is the start of the sheet.

    A drawing follows the last block that ends above it, or that begins neither below nor to the right of it, such as
    the table beside a chart. Without such a block, it comes before the first block below it.

    Args:
        drawings: the drawings of a sheet.
        areas: where the blocks are, in reading order.
    """
    found: dict[int, list[Block]] = {}
    for drawing in sorted(drawings, key=lambda drawing: drawing.place):
        row, column = drawing.place
        before = [
            number
            for number, area in enumerate(areas, start=1)
            if area.bottom < row or (area.top <= row and area.left <= column)
        ]
        below = (number for number, area in enumerate(areas) if area.top > row)
        number = before[-1] if before else next(below, len(areas))
        found.setdefault(number, []).extend(drawing.blocks)
    return found


def _grid(sheet: Sheet) -> Grid:
    """Return the filled cells of a sheet, without those behind a merged cell; spans end with the sheet's last cell."""
    if not sheet.spans or not sheet.cells:
        return Grid(sheet.cells, {}, sheet.table_starts)
    bottom, right = (max(place[axis] for place in sheet.cells) for axis in (0, 1))
    spans: dict[Place, Place] = {}
    behind: set[Place] = set()
    for place, (height, width) in sorted(sheet.spans.items()):
        if place not in sheet.cells or place in behind:
            continue
        rows, columns = min(height, bottom - place[0] + 1), min(width, right - place[1] + 1)
        spans[place] = (rows, columns)
        if rows * columns > len(sheet.cells):
            inside = {cell for cell in sheet.cells if _covers(place, (rows, columns), cell)}
        else:
            every = ((place[0] + down, place[1] + aside) for down in range(rows) for aside in range(columns))
            inside = {cell for cell in every if cell in sheet.cells}
        behind |= inside - {place}
    return Grid({place: text for place, text in sheet.cells.items() if place not in behind}, spans, sheet.table_starts)


def _covers(place: Place, span: Place, cell: Place) -> bool:
    return place[0] <= cell[0] < place[0] + span[0] and place[1] <= cell[1] < place[1] + span[1]


def _header(block: TableBlock, sheet: Sheet) -> str:
    """Return where the header cells of a table are: by the file, by bold letters, or by the texts."""
    texts = [cell.text.strip() for cell in block.rows[0] if cell.text.strip()]
    is_plausible = (
        len(texts) > 1
        and len(block.rows) > 1
        and all(len(text) <= _MAX_HEADER_CHARS for text in texts)
        and not all(is_value(text) for text in texts)
    )
    if is_plausible and block.first[0][0] in sheet.header_rows:
        return "row"
    is_bold = all(place in sheet.bold for place in block.first) and not all(
        place in sheet.bold for place in block.second
    )
    if is_plausible and is_bold and not any(is_value(text) for text in texts[1:]):
        return "row"
    looked_at = block.rows[:_LOOKED_AT_ROWS]
    if any(cell.row_span > 1 or cell.column_span > 1 for cell in looked_at[0]):
        return ""
    return judge_plain_rows([[one_line(text) for text in row] for row in lay_out(looked_at).shown]).value
