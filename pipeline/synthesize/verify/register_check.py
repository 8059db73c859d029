"""Finds a sentence of a question or answer that is in another register than the rows about its document.

Each language reads its own registers (`languages.register_rules`); one that offers none passes. Quoted words, code and
tables keep the register of the document, and fragments such as a name or an amount have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages import language_rules
from pipeline.records import Dropped

_CODE_BLOCK = re.compile(r"(?:```|~~~).*?(?:```|~~~|$)", re.DOTALL)
_QUOTED = re.compile(
    r"`[^`\n]*`|“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|\"[^\"\n]*\"|(?<!\w)'[^'\n]*'|<[^<>\n]{1,80}>|《[^》\n]*》"
)
_TABLE_ROW = re.compile(r"^[ \t]*\|.*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?。…])[\"'”’)\]]*\s+|\n+")
_IN_BRACKETS = re.compile(r"\s*\([^()\n]*\)(?=\s*[.!?。]*\s*$)")
"""Words in brackets at the end of a sentence, which may be a fragment: `지급합니다 (제3조).`"""
_PLACEHOLDER = "A"
"""What stands for a quote, so that a particle or a copula behind it has a noun before it."""
_LETTER = re.compile(r"[^\W\d_]")


def other_register(*, question: str, answer: str, wanted: str, language: str) -> Dropped | None:
    """Return a fault if a sentence of a question or an answer is in another register than the wanted one.

    Args:
        question: the question.
        answer: the answer.
        wanted: the name of the register of the rows about the document.
        language: the language of both.
    """
    for part, text in (("question", question), ("answer", answer)):
        for sentence, register in registers_in(text, language):
            if register is not None and register != wanted:
                detail = f"A sentence of the {part} is {register}, not {wanted}: {sentence[:120]}"
                return Dropped("other_register", detail)
    return None


def registers_in(text: str, language: str) -> Iterator[tuple[str, str | None]]:
    """Yield the sentences of a text with their registers; without tables, code blocks and quoted words.

    Raises:
        ImportError: the package that reads the language's sentences is not installed.
    """
    rules = language_rules(language).register
    if not rules.registers:
        return
    own = _QUOTED.sub(_PLACEHOLDER, _TABLE_ROW.sub("", _CODE_BLOCK.sub("", text)))
    for sentence in _SENTENCE_END.split(own):
        words = _IN_BRACKETS.sub("", sentence).strip()
        if _LETTER.search(words):
            yield sentence.strip(), rules.register_of(words)
