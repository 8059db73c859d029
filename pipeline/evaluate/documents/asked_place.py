"""Finds where the heading or the number stands that a question about a document names, such as that of `Section 4`.

Takes a `LookUp`; returns an offset into its document, from which a reader sees what the question names and its answer.
Used by the tasks that cut a document. Cost: one reading of the provisions of a legal document, which is kept for the
next question about it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.evaluate.documents.look_ups import LookUp, one_line
from pipeline.evaluate.documents.stated_numbers import STATED_NUMBER
from pipeline.records import Context
from pipeline.synthesize.structural.provisions import Outline
from pipeline.synthesize.structural.reading import Reading

_GOES_ON = re.compile(r"[\w.]")
"""What makes another number of a label that it follows: `Section 6` is not named by `Section 6.1`."""


def asked_start(look_up: LookUp) -> int:
    """Return where the provision or section begins that the question names; the evidence if it names none."""
    document = look_up.document
    if look_up.task == STATED_NUMBER:
        return look_up.start  # the question quotes its passage, and a provision in it is only mentioned
    if document.domain == "legal":
        start = _provision_start(look_up, _outline(document))
        if start is not None:
            return min(start, look_up.start)
    question = one_line(look_up.question).casefold()
    for section in reversed(document.sections):
        title = one_line(section.title).casefold()
        if section.start <= look_up.start and title and title in question:
            return section.start
    return look_up.start


def _provision_start(look_up: LookUp, outline: Outline) -> int | None:
    question = one_line(look_up.question).casefold()
    index = outline.at(look_up.start)
    while index >= 0:
        provision = outline.provisions[index]
        if any(one_line(name).casefold() in question for name in (provision.named, provision.label)):
            break
        index = provision.parent
    if index < 0:
        return None
    if provision.label != provision.path:
        return outline.parts[provision.part].start
    # `Section 6(b)` needs the heading of Section 6, which encloses it; `Section 6.1` has its own number.
    path = provision.path
    while provision.parent >= 0:
        parent = outline.provisions[provision.parent]
        if not path.startswith(parent.path) or _GOES_ON.match(path, len(parent.path)):
            break
        provision = parent
    return provision.start


@lru_cache(maxsize=64)
def _outline(document: Context) -> Outline:
    return Reading(document).provisions
