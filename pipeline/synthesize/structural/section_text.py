"""Answers questions about one section of a manual: its end, its only command, and whether its text is complete prose.

Used by the task `passage`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.text_lines import TextLine, fence_language
from pipeline.languages import all_rules, any_of
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual

_MAX_COMMAND_CHARS = 200
_SHELLS = frozenset({"console", "sh", "bash", "shell", "shell-session", "terminal", "zsh", "shellsession"})
_PROMPT = re.compile(r"[ \t]*\$[ \t]+(?=\S)")
"""The prompt of a shell: `$ `."""
_FULL_SHARE = 0.75
_SENTENCE_END = re.compile(r"[.!?。][\"'”’)\]*_`]*$")


def only_command(lines: Sequence[TextLine]) -> tuple[str, TextLine] | None:
    """Return the only command in the only code block of a section, with its line; None if there is not exactly one.

    A command is a line after a `$ ` prompt or, in a block without prompts whose language is a shell, any line. Also
    return None if the command is a comment, continues on the next line, contains `{{`, or is very short or long.
    """
    blocks: list[list[TextLine]] = []
    for index, line in enumerate(lines):
        if line.is_code:
            if index == 0 or not lines[index - 1].is_code or (fence_language(line) is not None and not blocks[-1]):
                blocks.append([])
            blocks[-1].append(line)
    if len(blocks) != 1 or len(blocks[0]) < 3:
        return None
    first, *inner = blocks[0]
    text = [line for line in inner if line.content and fence_language(line) is None]
    prompted = [line for line in text if _PROMPT.match(line.text)]
    commands = prompted or (text if fence_language(first) in _SHELLS else [])
    if len(commands) != 1 or commands[0].content.endswith("\\") or commands[0].content.startswith("#"):
        return None
    answer = _PROMPT.sub("", commands[0].text, count=1).strip()
    return (answer, commands[0]) if 3 <= len(answer) <= _MAX_COMMAND_CHARS and "{{" not in answer else None


def end_of_text(manual: Manual, section: NamedSection, furniture: Sequence[int]) -> int:
    """Return where the text of a section ends: before navigation links or a ruled line, such as that above footnotes.

    Args:
        manual: The manual.
        section: A section of the manual.
        furniture: The sorted offsets of the navigation links.
    """
    end = section.end
    at = bisect_left(furniture, section.body)
    if at < len(furniture) and furniture[at] < end:
        end = furniture[at]
    rule = re.compile(r"\n[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*(?=\n)").search(manual.text, section.body, end)
    if rule:
        end = rule.start()
    return section.body + len(manual.text[section.body : end].rstrip())


def holds(taken: Sequence[tuple[int, int]], section: NamedSection) -> bool:
    """Return whether one of the given sorted pairs of start and end overlaps a section."""
    at = bisect_left(taken, (section.start, 0))
    return (at < len(taken) and taken[at][0] < section.end) or any(
        end > section.body for _, end in taken[max(0, at - 1) : at]
    )


def is_one_paragraph(lines: Sequence[TextLine]) -> bool:
    """Return whether the lines are one paragraph.

    A paragraph ends at a line that ends a sentence and is much shorter than the longest line.
    """
    widest = max(shown_width(line.content) for line in lines)
    return not any(
        _SENTENCE_END.search(line.content) and shown_width(line.content) < _FULL_SHARE * widest for line in lines[:-1]
    )


def is_question(title: str) -> bool:
    """Return whether a heading of at least three words asks a question."""
    words = title.rstrip("*_` )")
    return len(words.split()) >= 3 and (words.endswith("?") or _question_end().search(words) is not None)


def reads_whole(answer: str) -> bool:
    """Return whether a passage ends with a complete sentence and contains no headings, tables, links or page markup."""
    last = answer.rstrip()
    if last.endswith("..") or answer.startswith("#") or "\n#" in answer:
        return False
    if not (_SENTENCE_END.search(last) or _predicate().search(last)):
        return False
    return "<" not in answer and "{{" not in answer and "\n|" not in answer and "](" not in answer


@cache
def _question_end() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.question_end))


@cache
def _predicate() -> re.Pattern[str]:
    patterns = [rules.headings.predicate for _, rules in all_rules() if rules.headings.predicate]
    return re.compile("|".join(patterns) or "(?!)")
