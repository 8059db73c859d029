"""Finds the question in a row's user message, without the document and the words that point to it. Pure."""

from __future__ import annotations

from pipeline.export.rows import noted_text
from pipeline.languages import language_rules
from pipeline.records import Context


def asked_question(message: str, context: Context, language: str) -> str:
    """Return the question of a row's first user message.

    Args:
        message: the user's message, as `rows.user_message` wrote it.
        context: the document in the message.
        language: the language of the row.
    """
    before, _, after = message.partition(noted_text(context))
    framed = after.strip() or before.strip()
    frames = language_rules(language).frames
    wordings = (*frames.about_one, *frames.about_several, *frames.ahead_of_one, *frames.ahead_of_several)
    return min((_unframed(framed, wording) for wording in wordings), key=len)


def _unframed(framed: str, wording: str) -> str:
    before, _, after = wording.partition("{question}")
    fits = framed.startswith(before) and framed.endswith(after)
    return framed[len(before) : len(framed) - len(after)] if fits else framed
