"""Answers about raw texts computed a second time, by line patterns: headings, turns, options, tables, absent names.

Shares no code with the tasks and none with the parsers of the build. Each check takes a question, an answer and the
text, and returns whether they agree; None where these plain patterns cannot decide. Used by `composed_truth`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from benchmarks._composed_numbers import LINE_ARTICLE, LINE_NUMBER, key_of, number_at, squeezed

_QUOTED = re.compile(r"“([^“”]+)”")
_TURN = re.compile(
    r"^(?:\[(?P<clock>\d\d:\d\d)\] <(?P<nick>[^>\n]+)> "
    r"|(?:\[(?P<time>\d\d:\d\d)\] )?(?P<name>[^\n:\[\]<>]{1,40}): ?)(?P<words>.*)$"
)
_TOLD_CHARS = 60


def contents(question: str, answer: str, text: str) -> bool | None:
    """Count the headings of one level, the articles or the dated entries in the raw text."""
    count = re.match(r"(\d+) in all|모두 (\d+)개", answer)
    listed = answer.split("\n")[1:]
    if count is None or len(listed) != int(count[1] or count[2]):
        return False
    if year := re.search(
        r"\b(\d{4})(?:년|\?|\b)", question if re.search(r"dated|entries|사례|항목을 모두", question) else ""
    ):
        dated = re.findall(rf"^[#\s\[]*{year[1]}-\d\d-\d\d\]? ", text, re.MULTILINE)
        return len(dated) == len(listed)
    quoted = _QUOTED.findall(question)
    if quoted:
        return _sections_below(quoted[-1].split(" > ")[-1], listed, text)
    if all(LINE_ARTICLE.match(one) for one in listed) and re.search(r"이 문서", question):
        return {number_at(match) for match in LINE_ARTICLE.finditer(text)} == {key_of(one) for one in listed}
    return all(squeezed(one.partition(" (")[2] or one) in squeezed(text) for one in listed) or None


def said(question: str, answer: str, text: str) -> bool | None:
    """Compare what a line pattern for chats finds of one speaker, one hour, one word or one kind of sentence."""
    turns = _turns(text)
    if len(turns) < 3 or not answer.partition("\n")[2]:
        return None
    listed = answer.split("\n")[1:]
    count = re.search(r"\d+", answer)
    if count is None:
        return False
    if word := _QUOTED.findall(question):
        pattern = rf"(?<![^\W_]){re.escape(word[0])}(?![^\W_])" if word[0].isascii() else re.escape(word[0])
        chosen = [words for _, _, words in turns if re.search(pattern, words, re.IGNORECASE)]
        return len(chosen) == int(count.group()) and _same(chosen, [one.partition(": ")[2] for one in listed])
    speakers = [one for one in {speaker for speaker, _, _ in turns} if one in question]
    if not speakers:
        return None
    own = [(clock, words) for speaker, clock, words in turns if speaker == max(speakers, key=len)]
    clocks = re.findall(r"\d\d:\d\d", question)
    if clocks:
        own = [(clock, words) for clock, words in own if clocks[0] <= clock <= clocks[-1]]
    chosen = [words for _, words in own if squeezed(words)]
    if re.search(r"question mark|물음표", question):
        return _same_questions([words for _, words in own], listed)
    return len(own) == int(count.group()) and _same(chosen, listed)


def followed_entry(question: str, answer: str, text: str) -> bool | None:
    """Look for the second option in the lines under the first, and for the answer in those under the second."""
    path, _, told = answer.partition(": ")
    at = _option_names((_QUOTED.findall(question) or [""])[-1])
    for step in map(_option_names, path.split(" → ")):
        blocks = [block for name in at for block in _option_blocks(text, name)]
        if not blocks:
            return None
        named = "|".join(map(re.escape, step))
        if not any(re.search(rf"(?<![\w-])(?:{named})(?![\w-])", block) for block in blocks):
            return False
        at = step
    opening = squeezed(re.sub(r"`|\*", "", told))[:_TOLD_CHARS]
    return any(opening in squeezed(block) for name in at for block in _option_blocks(text, name))


def column(question: str, answer: str, text: str) -> bool | None:
    """Compute the highest, the lowest or the sum of a column of every pipe table that has it."""
    is_total = " = " in answer
    is_highest = re.search(r"highest|가장 높은|가장 큰", question) is not None
    results = []
    for header, rows in _tables(text):
        for wanted in set(_QUOTED.findall(question)) & set(header):
            values = [_figure(row[header.index(wanted)]) for row in rows if len(row) == len(header)]
            known = [value for value in values if value is not None]
            if known:
                results.append(sum(known) if is_total else max(known) if is_highest else min(known))
    told = _figure(re.split(r" = |: ", answer.split("\n")[0])[-1])
    return None if told is None or not results else told in results


def table_condition(question: str, answer: str, text: str) -> bool | None:
    """Select the rows of every pipe table by what the question names, and compare them with the answer."""
    quoted = _QUOTED.findall(question)
    verdicts = []
    for header, rows in _tables(text):
        named = [one for one in quoted if one in header]
        values = {one for one in quoted if one not in header}
        whole = [row for row in rows if len(row) == len(header)]
        if named:
            verdicts.append(_selects(answer, question, whole, [header.index(one) for one in named], values))
    decided = [verdict for verdict in verdicts if verdict is not None]
    return any(decided) if decided else None


def _selects(
    answer: str, question: str, rows: Sequence[Sequence[str]], columns: Sequence[int], values: set[str]
) -> bool | None:
    keys = {row[0]: row for row in rows}
    if " > " in answer:
        sides = [side.rpartition(": ") for side in answer.split(" > ")]
        figures = [_figure(value) for _, _, value in sides]
        if any(key not in keys or value not in keys[key] for key, _, value in sides) or None in figures:
            return None
        return figures[0] > figures[1]  # type: ignore[operator]  # None is excluded above
    if limit := re.search(r"more than ([\d.,]+)|([\d.,]+)\S*보다 (?:큰|큰 것)", question):
        bound = _figure(limit[1] or limit[2])
        lines = [line.rpartition(": ") for line in answer.split("\n")]
        chosen = {
            row[0]
            for row in rows
            if values & {row[at] for at in columns}
            and any((figure := _figure(row[at])) is not None and bound is not None and figure > bound for at in columns)
        }
        return chosen == {key for key, _, _ in lines} if chosen else None
    both = [row for row in rows if len(values & {row[at] for at in columns}) > 1]
    if count := re.match(r"(\d+): ", answer):
        return len(both) == int(count[1]) and all(row[0] in answer for row in both) if both else None
    return any(answer in [row[at] for at in columns] for row in both) if both else None


def absent(question: str, answer: str, text: str, form: str) -> bool | None:
    """Search for the name in every spelling, or for the number at the start of every line."""
    quoted = _QUOTED.findall(question)
    if form.endswith((".term", ".option", ".section", ".field", ".code")):
        named = [name for name in _QUOTED.findall(answer) if f"“{name}”" in question][:1]
        return squeezed(named[0]) not in squeezed(text) if named else None
    if form.endswith(".item"):
        number = re.search(r"\d+", answer)
        heading = text.find(quoted[-1])
        if number is None or heading < 0 or quoted[-1][:1].isdigit():
            return None  # under a numbered title, the next title looks like an item
        end = re.search(r"\n#", text[heading + 1 :])
        body = text[heading : heading + 1 + end.start()] if end else text[heading:]
        return re.search(rf"^\s*{number.group()}[.)] ", body, re.MULTILINE) is None
    if form.endswith(".time"):
        clock = re.search(r"\d\d:\d\d", question)
        return None if clock is None else f"[{clock.group()}]" not in text
    if form.endswith(".speaker"):
        name = re.search(r"called (.+?) speaks|대화에는 (.+?)(?:이)?라는 사람", answer)
        return None if name is None else (name[1] or name[2]) not in {speaker for speaker, _, _ in _turns(text)}
    label = re.search(
        r"no ((?:§|section|article|paragraph|clause) ?[\d.]*\d)|(?:이|해당) 문서에는 (제[\d조항호제 의]+?)[이가] 없",
        answer,
        re.IGNORECASE,
    )
    if label is None:
        return None
    key = label[1] or label[2]
    if key.startswith("제"):
        return (
            re.search(rf"^\W*{re.escape(key).replace(chr(92) + ' ', chr(92) + 's*')}(?!\d|의)", text, re.MULTILINE)
            is None
        )
    wanted = key_of(key)
    opens = (match for match in LINE_NUMBER.finditer(text) if number_at(match) == wanted)
    return all(match.group().strip(" \t#*>_(") == wanted for match in opens)


def _sections_below(title: str, listed: Sequence[str], text: str) -> bool | None:
    without_code = re.sub(r"^(```+|~~~+).*?^\1|^(?: {4}|\t).*?$", "", text, flags=re.MULTILINE | re.DOTALL)
    plain = re.sub(r"[*`]", "", without_code)
    for match in re.finditer(rf"^(#+) {re.escape(title)}\s*$", plain, re.MULTILINE):
        level = len(match[1])
        end = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(plain, match.end())
        body = plain[match.end() : end.start() if end else len(plain)]
        inner = re.findall(r"^(#+) (.+?)\s*$", body, re.MULTILINE)
        own = [name for marks, name in inner if len(marks) == min(len(one) for one, _ in inner)]
        if list(map(squeezed, own)) == list(map(squeezed, listed)):
            return True
    return False if re.search(rf"^#+ {re.escape(title)}\s*$", plain, re.MULTILINE) else None


def _turns(text: str) -> list[tuple[str, str, str]]:
    """Return speaker, clock and words of each turn; where most turns have a clock, the others are lists or notes."""
    turns = list(_all_turns(text))
    timed = [turn for turn in turns if turn[1]]
    return timed if 2 * len(timed) > len(turns) else turns


def _all_turns(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the turns; lines without a speaker belong to the turn above."""
    speaker, clock, words = "", "", ""
    for line in text.split("\n"):
        match = _TURN.match(line)
        if match:
            if speaker:
                yield speaker, clock, words
            speaker, clock, words = (
                match["nick"] or match["name"].strip(),
                match["clock"] or match["time"] or "",
                match["words"],
            )
        elif re.match(r"\[\d\d:\d\d\]|===|[^a-z]*[A-Z]{3}[^a-z]*$", line):
            if speaker:
                yield speaker, clock, words
            speaker = ""
        elif speaker:
            words = f"{words} {line}"
    if speaker:
        yield speaker, clock, words


def _same_questions(said: Sequence[str], listed: Sequence[str]) -> bool:
    """Return whether each run of question marks ends one listed sentence; where a sentence begins is not compared."""
    ends = [squeezed(part) for words in said for part in re.split(r"[?？]+", words)[:-1]]
    told = [squeezed(one) for one in listed]
    return len(ends) == len(told) and all(end.endswith(one) for end, one in zip(ends, told, strict=True))


def _same(found: Sequence[str], listed: Sequence[str]) -> bool:
    return "".join(map(squeezed, found)) == "".join(map(squeezed, listed))


def _option_blocks(text: str, name: str) -> Iterator[str]:
    """Yield the lines from one that begins with an option to the next line with an option and no indentation."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if re.match(rf"[\s*`-]*{re.escape(name)}(?![\w-])", line) and line.lstrip("`* ").startswith(name):
            end = at + 1
            while end < len(lines) and not (
                re.match(r"[`*]*-", lines[end]) and lines[end - 1].strip() == "" and _is_described(lines[at + 1 : end])
            ):
                end += 1
            yield "\n".join(lines[at:end])


def _option_names(term: str) -> list[str]:
    """Return the names of an option without arguments: `-b` and `--branch` of `-b <name>, --branch <name>`."""
    return re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*", re.sub(r"[<\[][^<>\[\]]*[>\]]", "", term)) or [term]


def _is_described(lines: Sequence[str]) -> bool:
    return any(line.startswith((":", " ", "\t")) and line.strip() for line in lines)


def _tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield the header and the rows of each pipe table."""
    block: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        if "|" in line:
            block.append([cell.strip(" *`") for cell in line.strip().strip("|").split("|")])
            continue
        rows = [row for row in block if not all(set(cell) <= set("-: ") for cell in row)]
        if len(rows) > 1:
            yield rows[0], rows[1:]
        block = []


def _figure(cell: str) -> Fraction | None:
    match = re.fullmatch(r"\D{0,4}?(-?\d[\d,]*(?:\.\d+)?)\D{0,12}", cell.strip())
    return Fraction(match[1].replace(",", "")) if match else None
