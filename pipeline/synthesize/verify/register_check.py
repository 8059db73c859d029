"""Finds a sentence of a question or answer that is in another register than the rows about its document.

Each language reads its own registers (`languages.register_rules`); one that offers none passes. Quoted words, code and
tables keep the register of the document, and fragments such as a name or an amount have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.languages import language_rules
from pipeline.records import Dropped

_CODE_BLOCK = re.compile(r"(?:```|~~~).*?(?:```|~~~|$)", re.DOTALL)
_QUOTED = re.compile(
    r"`[^`\n]*`|“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|\"[^\"\n]*\"|(?<!\w)'[^'\n]*'|<[^<>\n]{1,80}>|《[^》\n]*》"
)
_TABLE_ROW = re.compile(r"^[ \t]*\|.*$", re.MULTILINE)
_LIST_MARK = re.compile(r"[-*•]\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?。…])[\"'”’)\]]*\s+|\n+")
_IN_BRACKETS = re.compile(r"\s*\([^()\n]*\)(?=\s*[.!?。]*\s*$)")
"""Words in brackets at the end of a sentence, which may be a fragment: `지급합니다 (제3조).`"""
_PLACEHOLDER = "A"
"""What stands for a quote, so that a particle or a copula behind it has a noun before it."""
_MAX_REMEMBERED_DOCUMENTS = 4
_LETTER = re.compile(r"[^\W\d_]")


def other_register(texts: Sequence[str], *, wanted: str, language: str, document: str) -> Dropped | None:
    """Return a fault if a sentence is in another register than the wanted one.

    Args:
        texts: a question and its answer, or a summary.
        wanted: the name of the register of the rows about the document; empty if any will do.
        language: the language of the texts.
        document: the text of the document; its own sentences, copied whole, may stay as they are.
    """
    for text in texts if wanted else ():
        for sentence, register in registers_in(text, language):
            if register is not None and register != wanted and not _is_copied(sentence, document):
                return Dropped("other_register", f"This sentence is {register}, not {wanted}: {sentence[:120]}")
    return None


def _is_copied(sentence: str, document: str) -> bool:
    return " ".join(sentence.split()) in _on_one_line(document)


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def _on_one_line(document: str) -> str:
    return " ".join(document.split())


def registers_in(text: str, language: str) -> Iterator[tuple[str, str | None]]:
    """Yield the sentences of a text with their registers; without tables, code blocks and quoted words.

    Raises:
        ImportError: the package that reads the language's sentences is not installed.
    """
    rules = language_rules(language).register
    if not rules.registers:
        return
    own = _QUOTED.sub(_PLACEHOLDER, _TABLE_ROW.sub("", _CODE_BLOCK.sub("", text)))
    for part in _SENTENCE_END.split(own):
        sentence = part.strip()
        sentence = sentence[mark.end() :] if (mark := _LIST_MARK.match(sentence)) else sentence
        words = _IN_BRACKETS.sub("", sentence).strip()
        if _LETTER.search(words):
            yield sentence, rules.register_of(words)
