"""Finds defined terms and their meanings in legal texts.

Takes a text, its `Outline` and its language; yields `Definition`s. A language places the verb either after the term
(`"X" means …`) or at the end of the sentence (`"X"이란 … 말한다`); the language's rules say which, and give the words.
Used by the task `definition`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.legal_rules import VerbFinalDefinitions, VerbSecondDefinitions
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import quote, sentences, trim
from pipeline.synthesize.structural.provisions import Outline

_MIN_MEANING_CHARS = 4
_SECOND_NAME = re.compile(r"[\"”][^\"“”]{0,12}[\"“]")
"""The text between two quoted terms: `" or "`."""
_MAX_LIST_PARAGRAPHS = 30
_MAX_LEAD_CHARS = 60
_LINE_BREAK = re.compile(r"\n")
_JOINTS = any_of(lambda rules: rules.sentences.open_words)


@dataclass(frozen=True, slots=True)
class Definition:
    """A defined term with its meaning."""

    term: str
    meaning: Span
    whole: Span
    """The term and its meaning, including the opening quotation mark."""
    is_pointer: bool
    """Whether the meaning only says where the term is defined."""
    is_unfinished: bool
    """Whether the end of the meaning is uncertain, or the meaning is broken."""
    is_only_name: bool = True
    """Whether no second quoted term has the same meaning."""


def find_definitions(*, text: str, outline: Outline, language: Language) -> Iterator[Definition]:
    """Yield the definitions of a document, in order."""
    match language_rules(language).legal.definitions:
        case VerbSecondDefinitions() as rules:
            yield from _verb_second_definitions(text, outline, rules)
        case VerbFinalDefinitions() as rules:
            yield from _verb_final_definitions(text, rules)


def _verb_second_definitions(text: str, outline: Outline, rules: VerbSecondDefinitions) -> Iterator[Definition]:
    heads = list(rules.quoted.finditer(text))
    breaks = [match.start() for match in _LINE_BREAK.finditer(text)]
    quoted_lines = {bisect_left(breaks, match.start()) for match in heads}
    for match in rules.unquoted.finditer(text):
        if bisect_left(breaks, match.end()) not in quoted_lines and not rules.no_term.match(match["term"]):
            heads.append(match)
    for match in rules.labelled.finditer(text):
        if rules.heading in _heading_at(outline, outline.at(match.start())).casefold():
            heads.append(match)
    heads = [
        match
        for match in heads
        if not _is_scoped(text, match, rules.scoped) and not _is_listed_in_scope(text, match, outline, rules)
    ]
    # `"A" and "B" mean …` defines two terms at once, so the meaning does not identify one of them.
    heads = [match for match in heads if not rules.joined.search(text, max(0, match.start() - 8), match.start())]
    heads.sort(key=lambda match: match.start())
    for index, match in enumerate(heads):
        limit = heads[index + 1].start() if index + 1 < len(heads) else len(text)
        holder = outline.at(match.start())
        if holder >= 0:
            limit = min(limit, max(match.end(), outline.provisions[holder].body.end))
        yield _verb_second_definition(text, match, limit, rules)


def _heading_at(outline: Outline, index: int) -> str:
    """Return a provision's heading or, if it has none, its parent's; the heading of a chapter is never returned."""
    for _ in range(2):
        if index < 0 or outline.provisions[index].is_container:
            break
        if outline.provisions[index].title:
            return outline.provisions[index].title
        index = outline.provisions[index].parent
    return ""


def _is_scoped(text: str, match: re.Match[str], scoped: re.Pattern[str]) -> bool:
    """Return whether the words before a term limit the definition to one provision."""
    start = match.start("term")
    return scoped.search(text[max(0, start - _MAX_SCOPE_CHARS) : start].rstrip("\"“‘'「")) is not None


def _is_listed_in_scope(text: str, match: re.Match[str], outline: Outline, rules: VerbSecondDefinitions) -> bool:
    """Return whether a provision around a term begins with words that limit the listed terms to that provision."""
    holder = outline.at(match.start("term"))
    while holder >= 0:
        start = outline.provisions[holder].body.start
        colon = text.find(":", start, min(match.start("term"), start + _MAX_SCOPE_CHARS))
        if colon >= 0 and rules.scoped.search(f"{text[start:colon]}: "):
            return True
        holder = outline.provisions[holder].parent
    return False


_MAX_SCOPE_CHARS = 140


def _verb_second_definition(text: str, match: re.Match[str], limit: int, rules: VerbSecondDefinitions) -> Definition:
    """Return the definition of the term in a match.

    The meaning is the rest of the sentence. If the term begins its line, the meaning includes the next sentences that
    add to the definition. If the meaning ends in a colon or a dash, it includes the list below.
    """
    line_start = text.rfind("\n", max(0, match.start() - _MAX_LEAD_CHARS), match.start()) + 1
    is_near = line_start > 0 or match.start() <= _MAX_LEAD_CHARS
    opens = is_near and not text[line_start : match.start()].strip(" \t(abcdefghijklmnopqrstuvwxyz0123456789).")
    stop = _paragraph_end(text, match.end(), limit)
    meaning = trim(text, match.end(), match.end() + len(rules.left_over.sub("", text[match.end() : stop])))
    repeated = _Repeated(match["term"].strip(" ,"), rules)
    meaning = _with_additions(text, meaning, repeated) if opens else _up_to_next_item(text, match.end(), stop, meaning)
    is_unfinished = False
    if stop == limit < len(text) and meaning.end > meaning.start:
        meaning, is_unfinished = _to_sentence_end(text, meaning)
    if meaning.end <= meaning.start:
        start = _skip_space(text, match.end())
        meaning, is_unfinished = _with_list(text, Span(start, start), limit, rules)
    elif text[meaning.start : meaning.end].endswith((":", "—")):
        meaning, is_unfinished = _with_list(text, meaning, limit, rules)
    groups = match.groupdict()
    is_pointer = bool(
        (groups.get("verb") or "").endswith(rules.pointer_verb) or rules.pointer.match(text, meaning.start, meaning.end)
    )
    is_unfinished = is_unfinished or _goes_on(text, meaning, limit, repeated)
    return Definition(
        term=match["term"].strip(" ,"),
        meaning=meaning,
        whole=Span(_quote_start(text, match), max(meaning.end, match.end("term"))),
        is_pointer=is_pointer,
        is_only_name=_SECOND_NAME.search(text, match.end("term"), match.end()) is None,
        is_unfinished=is_unfinished
        or _is_broken(quote(text, meaning))
        or rules.cut_off.search(quote(text, meaning)) is not None,
    )


def _up_to_next_item(text: str, start: int, stop: int, otherwise: Span) -> Span:
    """Return the rest of a sentence up to the next list item in it: `…; and (e) …`."""
    sentence = next(sentences(text, start, stop), otherwise)
    item = _NEXT_ITEM.search(text, sentence.start, sentence.end)
    return trim(text, sentence.start, item.start()) if item else sentence


_NEXT_ITEM = re.compile(
    rf"[;,]\s+(?:{_JOINTS}\s+)?\((?:[a-z]|[ivx]{{1,5}}|\d{{1,2}})\)\s+[\"“]"
    rf"|;\s+(?:{_JOINTS}\s+)?\((?:[b-z]|[ivx]{{2,5}}|[2-9])\)\s"
)
"""The beginning of the next list item: `, (b) "Rent`, `; and (c) `."""


@dataclass(frozen=True, slots=True)
class _Repeated:
    """A term whose definition may have further sentences."""

    term: str
    rules: VerbSecondDefinitions

    def adds(self, text: str, start: int, end: int) -> bool:
        """Return whether a sentence adds to the definition: `It includes …`, `Rent does not include …`."""
        if self.rules.addition.match(text, start, end):
            return True
        lead = self.rules.before_repeated.match(text, start, end)
        at = lead.end() if lead else start
        stop = at + len(self.term)
        is_same = text[at:stop].casefold() == self.term.casefold()
        return is_same and self.rules.after_repeated.match(text, stop, end) is not None


def _with_additions(text: str, meaning: Span, repeated: _Repeated) -> Span:
    """Return the first sentence of a meaning and the next ones that continue it or add to the definition."""
    parts = list(sentences(text, meaning.start, meaning.end))
    if not parts:
        return meaning
    end = parts[0].end
    for part in parts[1:]:
        is_open = text[max(meaning.start, end - 1) : end] not in (".", "!", "?", "”", '"', ")")
        if not is_open and not repeated.adds(text, part.start, part.end):
            break
        end = part.end
    return Span(meaning.start, max(end, meaning.start))


def _goes_on(text: str, meaning: Span, limit: int, repeated: _Repeated) -> bool:
    """Return whether a later sentence of the paragraph, or the next paragraph, adds to a definition.

    So does a next paragraph in the middle of a sentence: `owned or hereafter`, a blank line, `acquired`.
    """
    stop = _paragraph_end(text, meaning.end, limit)
    later = [(part.start, part.end) for part in sentences(text, meaning.end, stop)]
    below = _skip_space(text, stop)
    is_open = not later and text[max(meaning.start, meaning.end - 1) : meaning.end] not in _CLOSING
    is_broken = is_open and below < limit and _SMALL_WORD.match(text, below) is not None
    if below < limit:
        later.append((below, _paragraph_end(text, below, limit)))
    return is_broken or any(repeated.adds(text, start, end) for start, end in later)


_CLOSING = (".", ";", ":", "!", "?", "”", '"', "’", "'", ")", "]")
_SMALL_WORD = re.compile(r"[a-z]{2,}[ ,;]")


def _to_sentence_end(text: str, meaning: Span) -> tuple[Span, bool]:
    """Return a meaning without an unfinished last sentence, which introduces the next definition.

    The flag is True if the meaning contains no complete sentence and ends with such an introduction: `, and the`.
    """
    if text[meaning.start : meaning.end].rstrip('"”’)]').endswith((".", ";", ":", "—")):
        return meaning, False
    last = max(text.rfind(". ", meaning.start, meaning.end), text.rfind(".\n", meaning.start, meaning.end))
    if last <= meaning.start:
        return meaning, _LEADS_OVER.search(text, meaning.start, meaning.end) is not None
    return Span(meaning.start, last + 1), False


_LEADS_OVER = re.compile(rf",\s+(?:{_JOINTS}\s+)?[a-z]+$")


def _is_broken(meaning: str) -> bool:
    """Return whether a meaning is too short, starts inside a sentence, is cut off, or has a blank or half a list."""
    is_cut = meaning.count("(") != meaning.count(")")
    return (
        len(meaning) < _MIN_MEANING_CHARS
        or meaning[0] in '"“,;'
        or is_cut
        or _is_blank(meaning)
        or _is_half_list(meaning)
    )


def _is_half_list(meaning: str) -> bool:
    """Return whether a meaning begins with the first item of a list but does not include the second."""
    return _FIRST_ITEM.match(meaning) is not None and _NEXT_MARK.search(meaning) is None


_FIRST_ITEM = re.compile(r"\((?:i|a|1|A)\)\s")
_NEXT_MARK = re.compile(r"\((?:ii|b|2|B)\)\s")


def _is_blank(meaning: str) -> bool:
    """Return whether a meaning has a blank to fill in, or has no words outside square brackets."""
    return "___" in meaning or not any(map(str.isalnum, _SQUARE.sub("", meaning)))


_SQUARE = re.compile(r"\[[^\[\]]{0,200}\]")


def _with_list(text: str, meaning: Span, limit: int, rules: VerbSecondDefinitions) -> tuple[Span, bool]:
    """Extend a meaning by the list below it; the flag is True if the end of the list is uncertain."""
    end = meaning.end
    for _ in range(_MAX_LIST_PARAGRAPHS):
        item = trim(text, end, _paragraph_end(text, _skip_space(text, end), limit))
        if item.end <= item.start:
            break
        end = item.end
        if not rules.list_item_end.search(text, max(item.start, item.end - 8), item.end):
            return Span(meaning.start, end), text[end - 1] != "."
    return meaning, True


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _paragraph_end(text: str, position: int, limit: int) -> int:
    """Return where the next blank line or the next list item of `_QUOTED_ITEM` begins, or the limit if it is closer."""
    blank = text.find("\n\n", position, limit)
    stop = limit if blank < 0 else blank
    item = _QUOTED_ITEM.search(text, position, stop)
    return item.start() if item else stop


_QUOTED_ITEM = re.compile(r"\n[ \t]*\(?[a-z0-9]{1,3}[.)][ \t]+[\"“]")
"""The beginning of a list item that defines a term: `(a) "`."""


def _quote_start(text: str, match: re.Match[str]) -> int:
    """Return where a term begins, including its opening quotation mark."""
    return match.start() if text[match.start()] in "\"“‘'「" else match.start("term")


def _verb_final_definitions(text: str, rules: VerbFinalDefinitions) -> Iterator[Definition]:
    heads = list(rules.quoted.finditer(text))
    starts = {match.start("term") for match in heads}
    heads += [match for match in rules.unquoted.finditer(text) if match.start("term") not in starts]
    heads = sorted(
        (match for match in heads if not _is_scoped(text, match, rules.scoped)), key=lambda match: match.start()
    )
    for index, match in enumerate(heads):
        limit = heads[index + 1].start() if index + 1 < len(heads) else len(text)
        line_end = text.find("\n", match.end())
        stop = min(limit, len(text) if line_end < 0 else line_end)
        parts = list(sentences(text, match.end(), stop))
        ends = rules.weak_end if match["verb"] in rules.weak_markers else rules.end
        if rules.no_term.match(match["term"]) or match["term"].count("(") != match["term"].count(")"):
            continue
        if not parts or not ends.search(text, max(parts[0].start, parts[0].end - 12), parts[0].end):
            continue
        end = parts[0].end
        for addition in parts[1:]:
            if not rules.addition.match(text, addition.start):
                break
            end = addition.end
        yield Definition(
            term=match["term"].strip(),
            meaning=Span(parts[0].start, end),
            whole=Span(_quote_start(text, match), end),
            is_pointer=False,
            is_unfinished=rules.list_follows in text[parts[0].start : end] or _is_broken(text[parts[0].start : end]),
        )
