"""Answers about raw texts computed a second time, by line patterns: provisions, sums, turns, options and tables.

Shares no code with the tasks and none with the parsers of the build. Each check takes a question, an answer and the
text, and returns whether they agree; None where these plain patterns cannot decide. Used by `composed_truth`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction

_LINE_NUMBER = re.compile(
    r"^[ \t#*>_(]*(?:§+[ \t]*|(?:section|article|clause|sec\.|paragraph)[ \t]+)?(\d{1,4}(?:\.\d{1,4})*)(?=[.) \t\n:—–-])",
    re.MULTILINE | re.IGNORECASE,
)
_LINE_ARTICLE = re.compile(r"^[ \t#*>]*제[ ]?(\d+)조(?:의[ ]?(\d+))?(?=[ \t(（①.\n]|$)", re.MULTILINE)
_ARTICLE = re.compile(r"제\s?(\d+)조(?:의\s?(\d+))?")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_QUOTED = re.compile(r"“([^“”]+)”")
_MONEY = re.compile(
    r"(?:USD|EUR|GBP|US\$|[$€£])\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,.]*\s?(?:억|만|천)*(?:[\d,]+\s?(?:만|천)*)*)원"
)
_TURN = re.compile(r"^(?:\[(?P<clock>\d\d:\d\d)\] <(?P<nick>[^>\n]+)> |(?P<name>[^\n:\[\]<>]{1,40}): ?)(?P<words>.*)$")
_MIN_TEXT_CHARS = 40
_TOLD_CHARS = 60


def squeezed(text: str) -> str:
    """Return the letters and digits of a text, in lower case and plain width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def followed_reference(question: str, answer: str, text: str) -> bool | None:
    """Look for the reference in the text under the source, and for the answer under the target."""
    path, _, told = answer.partition(": ")
    steps = [_key(label) for label in path.split(" → ")]
    source = re.search(
        r"(?:§ ?[\d.]+|(?:section|clause|article|paragraph) [\d.]+|제\d+조(?:의\d+)?)", question, re.IGNORECASE
    )
    if source is None or "“" in question or not all(steps) or " of " in path:
        return None
    at = _key(source.group())
    for step in steps:
        bodies = list(_bodies(text, at))
        if not bodies:
            return None
        if step != at and not any(_mentions(body, step) for body in bodies):
            return False
        at = step
    ends = list(_bodies(text, at))
    return any(squeezed(told) in squeezed(body) for body in ends) if ends else None


def cross_reference(question: str, answer: str, text: str) -> bool | None:
    """Look for the number in the text under each place of an answer, and for no other place that has it.

    Where the question is which provisions one mentions, look for each of them in the text under that one.
    """
    label = re.search(r"§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d|제\d+조(?:의\d+)?", question)
    plain = re.sub(r"^[Tt]o | of this document", "", question)
    if label is None or re.search(r" of |부칙|[(]| to \S+ \d|–|other laws|법령|개정법률안", f"{answer} {plain}"):
        return None
    key = _key(label.group())
    named = re.split(r", | and |,", answer)
    if re.search(r"does .+ (?:refer|mention) |번호로 언급합니까|번호로 언급하는 이 문서의 다른", question):
        bodies = list(_bodies(text, key))
        return all(any(_names(body, one, key) for body in bodies) for one in named) if bodies else None
    if re.search(r"제\d+항|제\d+호", answer + question):
        return None
    found = set(_holders(text, key))
    keys = {_key(one) for one in named}
    return keys <= found and {one for one in found if not any(one.startswith(f"{other}.") for other in keys)} <= keys


def _names(body: str, label: str, own: str) -> bool:
    """Return whether a text mentions a label; if only the inner number differs from its own, that one: 제2항."""
    inner = re.findall(r"제(\d+)항", label)
    if _key(label) == own and inner:
        return re.search(rf"제\s?{inner[-1]}\s?항", body) is not None
    return _mentions(body, _key(label))


def _holders(text: str, key: str) -> Iterator[str]:
    """Yield the number of the heading above each mention of a key."""
    marks = [(match.start(), _matched(match)) for match in _headings(text, key)]
    for match in (_ARTICLE if key.startswith("제") else _NUMBER).finditer(text):
        if (_key(match.group()) if key.startswith("제") else match.group()) != key:
            continue
        above = [mark for mark in marks if mark[0] <= match.start()]
        if not above:
            continue
        start, holder = above[-1]
        is_own = holder == key or holder.startswith(f"{key}.")
        is_heading = text[start : match.start()].strip(" \t#*§_>(").casefold() in ("", "section", "article", "clause")
        lead = text[: match.start()][-14:]
        has_noun = re.search(r"(?:§+|sections?|clauses?|articles?|and|or|through|to|,)\s*$", lead, re.IGNORECASE)
        if not is_own and not is_heading and (key.startswith("제") or has_noun):
            yield holder


def _headings(text: str, key: str) -> Iterator[re.Match[str]]:
    """Yield the lines that begin with a number and do not continue the sentence of the line above."""
    for match in (_LINE_ARTICLE if key.startswith("제") else _LINE_NUMBER).finditer(text):
        above = text[: match.start()].removesuffix("\n").rpartition("\n")[2].rstrip()
        if len(above) < _MIN_TEXT_CHARS or above.endswith((".", ";", ":", ")")):
            yield match


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
    if all(_ARTICLE.match(one) for one in listed) and re.search(r"이 문서", question):
        return {_matched(match) for match in _LINE_ARTICLE.finditer(text)} == {_key(one) for one in listed}
    return all(squeezed(one.partition(" (")[2] or one) in squeezed(text) for one in listed) or None


def extreme(question: str, answer: str, text: str) -> bool | None:
    """Compare the largest or smallest of all sums that a money pattern finds in the scope."""
    is_largest = re.search(r"largest|highest|가장 큰|최고액", question) is not None
    label = re.search(r"(?:§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d)(?= \(|\b)|제\d+조(?:의\d+)?", question)
    if re.search(r"this document|이 문서", question):
        bodies = [text]
    elif label is not None and " of " not in question.partition(label.group())[2][:60]:
        bodies = list(_bodies(text, _key(label.group())))
    else:
        bodies = list(_entries(text, _QUOTED.findall(question)))
    told = [value for value in _sums(answer.partition(": ")[0]) if value is not None]
    if not bodies or len(told) != 1:
        return None
    best = [max(values) if is_largest else min(values) for body in bodies if (values := _sums(body))]
    return told[0] in best if best else None


def terms(question: str, answer: str, text: str) -> bool | None:
    """Compare the terms in quotation marks, or at the start of a line, before a verb of definition."""
    listed = answer.split("\n")[1:]
    label = re.search(r"(?:§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d)|제\d+조", question)
    if label is None or " of " in question.partition(label.group())[2][:60]:
        return None
    verb = r"(?:\s*\([^()\n]{1,60}\))?\s+(?:shall\s+)?(?:means?|refers?\s+to|has\s+the\s+meaning|includes?)\b|\s?(?:이?란|이?라 함은)"
    for body in _bodies(text, _key(label.group())):
        found = re.findall(rf"[\"“]([^\"“”\n]{{2,60}})[\"”](?={verb})", body)
        if not found:
            found = re.findall(rf"^[ \t(a-z0-9)]*([A-Z][^\n.“”\"]{{1,50}}?)(?={verb})", body, re.MULTILINE)
        if list(map(squeezed, found)) == list(map(squeezed, listed)):
            return True
    return None if not list(_bodies(text, _key(label.group()))) else False


def said(question: str, answer: str, text: str) -> bool | None:
    """Compare what a line pattern for chats finds of one speaker, one hour, one word or one kind of sentence."""
    turns = list(_turns(text))
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
    if clocks := re.findall(r"\d\d:\d\d", question):
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
    name = _QUOTED.findall(question)
    results = []
    for header, rows in _tables(text):
        for wanted in name:
            if wanted not in header:
                continue
            values = [_figure(row[header.index(wanted)]) for row in rows if len(row) == len(header)]
            known = [value for value in values if value is not None]
            if known:
                results += [max(known), min(known), sum(known)]
    told = [value for one in re.findall(r"-?\d[\d,]*(?:\.\d+)?", answer) if (value := _figure(one)) is not None]
    return any(value in told for value in results) if results else None


def table_condition(question: str, answer: str, text: str) -> bool | None:
    """Check that a row of some pipe table has all the values of the question, and what the answer says."""
    quoted = _QUOTED.findall(question)
    tables = [(header, rows) for header, rows in _tables(text) if sum(one in header for one in quoted) >= 1]
    if not tables:
        return None
    cells = [cell for header, rows in tables for row in [header, *rows] for cell in row]
    told = [line.strip() for line in re.split(r"\n|: |, ", answer) if line.strip()]
    return all(
        any(squeezed(one) in squeezed(cell) or squeezed(cell) in squeezed(one) for cell in cells if squeezed(cell))
        for one in told
    )


def absent(question: str, answer: str, text: str, form: str) -> bool | None:
    """Search for the name in every spelling, or for the number at the start of every line."""
    quoted = _QUOTED.findall(question)
    if form.endswith((".term", ".option", ".section", ".field", ".code")):
        named = [name for name in _QUOTED.findall(answer) if f"“{name}”" in question][:1]
        return squeezed(named[0]) not in squeezed(text) if named else None
    if form.endswith(".item"):
        number = re.search(r"\d+", answer)
        heading = text.find(quoted[-1])
        if number is None or heading < 0:
            return None
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
        r"no ((?:§|section|article|paragraph|clause) ?[\d.]*\d)|이 문서에는 (제[\d조항호제 의]+?)[이가] 없",
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
    number = _key(key)
    return not any(
        _matched(match) == number and match.group().strip(" \t#*>_(") != number for match in _LINE_NUMBER.finditer(text)
    )


def _key(label: str) -> str:
    """Return the number of a label: `1002.8`, `제7조의2`."""
    if match := _ARTICLE.search(label):
        return f"제{match[1]}조" + (f"의{match[2]}" if match[2] else "")
    number = _NUMBER.search(label)
    return number.group() if number else ""


def _matched(match: re.Match[str]) -> str:
    return _key(match.group()) if "조" in match.group() else match[1]


def _bodies(text: str, key: str) -> Iterator[str]:
    """Yield the text from each line that begins with a number to the next line with a number that is not inside it."""
    marks = [(match.start(), _matched(match)) for match in _headings(text, key)]
    for at, (start, found) in enumerate(marks):
        if found == key:
            ends = (place for place, other in marks[at + 1 :] if not other.startswith(f"{key}."))
            depth = key.count(".")
            later = [
                place
                for place, other in marks[at + 1 :]
                if other.count(".") <= depth and not other.startswith(f"{key}.")
            ]
            body = text[start : later[0] if later else next(ends, len(text))]
            if len(body) >= _MIN_TEXT_CHARS:
                yield body


def _mentions(body: str, key: str) -> bool:
    if key.startswith("제"):
        return any(_key(match.group()) == key for match in _ARTICLE.finditer(body))
    return re.search(rf"(?<![\d.]){re.escape(key)}(?!\d|\.\d)", body) is not None


def _entries(text: str, titles: Sequence[str]) -> Iterator[str]:
    """Yield the text under a line that holds a title, up to the next line with the same mark."""
    for title in titles:
        for match in re.finditer(rf"^(#*)[^\n]*{re.escape(title)}[^\n]*$", text, re.MULTILINE):
            end = re.compile(r"^(?:#+ |---|\[\d{4}-)", re.MULTILINE).search(text, match.end())
            yield text[match.start() : end.start() if end else len(text)]


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


def _sums(text: str) -> list[Fraction]:
    found = []
    for match in _MONEY.finditer(text):
        if match[1]:
            found.append(Fraction(match[1].replace(",", "").rstrip(".")))
        elif value := _won(match[2]):
            found.append(value)
    return found


def _won(words: str) -> Fraction | None:
    total, part = Fraction(0), ""
    scale = {"천": 1_000, "만": 10_000, "억": 100_000_000}
    for char in words.replace(",", "").replace(" ", ""):
        if char in scale:
            total = (
                (total + Fraction(part)) * scale[char]
                if part and char != "천"
                else total + Fraction(part or 1) * scale[char]
            )
            part = ""
        else:
            part += char
    try:
        return total + (Fraction(part) if part else 0)
    except ValueError:
        return None


def _turns(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield speaker, clock and words of each turn; lines without a speaker belong to the turn above."""
    speaker, clock, words = "", "", ""
    for line in text.split("\n"):
        match = _TURN.match(line)
        if match:
            if speaker:
                yield speaker, clock, words
            speaker, clock, words = match["nick"] or match["name"].strip(), match["clock"] or "", match["words"]
        elif re.match(r"\[\d\d:\d\d\]|===", line):
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
