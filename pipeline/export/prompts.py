"""The user's message of a row: the document, its place in a longer one, and the question.

In: a corpus row and a question. Out: the message. Used by `export.rows`. Pure; linear in the text.
"""

from __future__ import annotations

from pipeline.identity import stable_hash64
from pipeline.languages import language_rules
from pipeline.records import Context

_MAX_TITLE_CHARS = 60
_MAX_TITLES = 4


def user_message(context: Context, *, question: str, candidate_id: str) -> str:
    """Return the document and the question; for a part of a document, a note above says which part it is.

    Args:
        context: its text is quoted whole, so offsets into it count from where the text starts in the message.
        question: of the candidate.
        candidate_id: selects the words that introduce the question.
    """
    wording = language_rules(context.language).frames
    frames = wording.about_several if context.members else wording.about_one
    frame = frames[stable_hash64("frame", candidate_id) % len(frames)]
    note = part_note(context)
    return (f"{note}\n\n" if note else "") + f"{context.text}\n\n{frame.format(question=question)}"


def part_note(context: Context) -> str:
    """Return a note on which part of a document this is, with its innermost open headings; empty for a whole one."""
    if context.num_parts == 1:
        return ""
    wording = language_rules(context.language).frames
    path = " > ".join(_shortened(title) for title in context.heading_path[-_MAX_TITLES:])
    template = wording.continued if path else wording.part
    return template.format(part=context.part, num_parts=context.num_parts, path=path)


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_TITLE_CHARS else title[: _MAX_TITLE_CHARS - 1].rstrip() + "…"
