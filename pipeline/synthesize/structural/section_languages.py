"""The language of each section of a document, so that a question is asked in the language of what it asks about.

Takes a `Context`; returns the languages by offset. A section that does not tell its language (a heading, a table of
numbers, commands) has that of the section around it, and in the end that of the document. Used by `candidates`.
Cost: 20 to 100 µs for each section. Code, and a document with a single section, have the document's language.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from pipeline.domains import domain_rules
from pipeline.languages import Language
from pipeline.languages.detection import MAX_CHARS, section_language
from pipeline.records import Context


@dataclass(frozen=True, slots=True)
class SectionLanguages:
    """The languages of the sections of one document."""

    starts: tuple[int, ...]
    """Where each section starts, ascending; the first is 0."""
    languages: tuple[Language, ...]

    def at(self, offset: int) -> Language:
        """Return the language of the section that holds an offset."""
        return self.languages[bisect_right(self.starts, offset) - 1]


def section_languages(context: Context) -> SectionLanguages:
    """Return the languages of the sections of a document."""
    if len(context.sections) < 2 or domain_rules(context.domain).is_code:
        return SectionLanguages((0,), (context.language,))
    starts, languages = [0], [context.language]
    around: list[tuple[int, Language]] = []
    """The level and language of the sections around the current one, outermost first."""
    for section in context.sections:
        while around and around[-1][0] >= section.level:
            around.pop()
        text = context.text[section.start : min(section.end, section.start + MAX_CHARS)]
        language = section_language(text, otherwise=around[-1][1] if around else context.language)
        around.append((section.level, language))
        starts.append(section.start)
        languages.append(language)
    return SectionLanguages(tuple(starts), tuple(languages))
