"""Reads the charts and diagrams that a drawing refers to; they are parts of their own in a file of OOXML.

Used by the readers of docx, pptx and xlsx.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipeline.documents.readers.blocks import Block
from pipeline.documents.readers.charts import chart_blocks
from pipeline.documents.readers.extended_charts import CX, extended_chart_blocks
from pipeline.documents.readers.ooxml import DGM, C, R
from pipeline.documents.readers.presentations.diagrams import diagram_items
from pipeline.documents.readers.zip_parts import Element

_READERS: Mapping[str, tuple[str, Callable[[Element], Sequence[Block]]]] = {
    C + "chart": (R + "id", chart_blocks),
    CX + "chart": (R + "id", extended_chart_blocks),
    DGM + "relIds": (R + "dm", diagram_items),
}
PART_REFERENCES = tuple(_READERS)
"""Names of the elements that refer to a part with text."""


def drawn_part(reference: Element, part: Callable[[str], Element | None]) -> Sequence[Block]:
    """Return the text of the part that an element refers to.

    Args:
        reference: an element with a name in `PART_REFERENCES`.
        part: returns the root of the part with an identifier; None if there is no such part.
    """
    attribute, read = _READERS[reference.tag]
    root = part(reference.get(attribute) or "")
    return read(root) if root is not None else ()
