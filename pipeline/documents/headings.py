"""What one line can be as a heading, by kind of document.

In: a line with the lines around it. Out: a `Heading` (rank and title) or None. Used by `outline` only. Pure.

A *rank* says how far up a kind of heading stands (smaller is higher); the outline turns ranks into levels by nesting.
Rules err towards prose: a numbered step, a list item and a sentence stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from pipeline.records import Domain

MAX_TITLE_CHARS = 120
_MAX_CAPTION_WORDS = 5


class Rank(IntEnum):
    """Orders kinds of headings; markdown takes 1 to 6."""

    PART = 10
    """Whatever begins a document inside the document: an amendment, a schedule, a supplementary provision."""
    BOOK = 12
    """제1편, PART I, Chapter 3, ITEM 3, SCENE 2."""
    CHAPTER = 13
    """제1장, ARTICLE 4, Subpart B, a line in capitals, 주 문."""
    DIVISION = 14
    """제1절."""
    SUBDIVISION = 15
    """제1관."""
    CAPTION = 17
    """A short line that stands alone."""
    CLAUSE = 20
    """제4조, § 1002.3, Section 7, `1. Definitions`."""
    NUMBERED_2 = 22
    """4.1; each further number adds one."""
    LETTERED = 26
    """가. 원고의 주장."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line read as a heading."""

    rank: int
    title: str
    family: str
    """Headings of one family count up together; `list` guards look at it."""
    number: int
    """Last number of a counted heading; -1 where it has none."""


@dataclass(frozen=True, slots=True)
class LineContext:
    """A stripped line and its surroundings."""

    line: str
    after_blank: bool
    """The line before is blank, or there is none."""
    after_sentence: bool
    """The line before ends a sentence."""
    before_blank: bool
    """The line after is blank, or there is none."""
    next_text: str
    """The next line that is not blank."""


def read_heading(context: LineContext, domain: Domain) -> Heading | None:
    """The heading a line is, or None."""
    line = context.line
    if not line or len(line) > 2000 or line[0] in "|>`<" or not (context.after_blank or context.after_sentence):
        return None
    readers = _READERS[domain]
    return next((heading for reader in readers if (heading := reader(context)) is not None), None)


def ends_sentence(text: str) -> bool:
    """Whether a line ends like prose: a full stop, a question or exclamation mark, a colon, a semicolon, a comma."""
    return text.rstrip("\"'”’」』)]* ").endswith((".", "?", "!", ":", ";", ",", "。", "…", "-", "·"))


def _english_part(context: LineContext) -> Heading | None:
    line = context.line
    if match := _SCHEDULE.match(line):
        return None if _is_prose(match["rest"]) else Heading(Rank.PART, _clip(line), "part", -1)
    if _AMENDMENT.fullmatch(line) and not ends_sentence(line):
        return Heading(Rank.PART, _clip(line), "part", -1)
    return None


def _english_article(context: LineContext) -> Heading | None:
    match = _ARTICLE.match(context.line)
    if match is None:
        return None
    rank = Rank.BOOK if match["word"].lower() in ("part", "chapter", "title") else Rank.CHAPTER
    title = _captioned(context.line, match.end("number"), caption_words=12)
    return Heading(rank, title, match["word"].lower(), -1) if title else None


def _english_section(context: LineContext) -> Heading | None:
    match = _SECTION.match(context.line)
    if match is None:
        return None
    depth = 0 if match["sign"] else match["number"].count(".")
    title = _captioned(context.line, match.end("number"), caption_words=14)
    return Heading(Rank.CLAUSE + 2 * min(depth, 2), title, "section", -1) if title else None


def _korean_article(context: LineContext) -> Heading | None:
    match = _KOREAN_ARTICLE.match(context.line)
    if match is None:
        return None
    caption = (match["caption"] or "").strip()
    number = re.sub(r"\s", "", match["number"])
    return Heading(Rank.CLAUSE, _clip(f"{number} {caption}".strip()), "제조", int(match["count"]))


def _korean_division(context: LineContext) -> Heading | None:
    match = _KOREAN_DIVISION.match(context.line)
    if match is None or len(context.line) > 60 or _is_prose(context.line):
        return None
    rank = {"편": Rank.BOOK, "장": Rank.CHAPTER, "절": Rank.DIVISION, "관": Rank.SUBDIVISION}[match["kind"]]
    return Heading(rank, _clip(context.line), match["kind"], -1)


def _korean_part(context: LineContext) -> Heading | None:
    if len(context.line) > 80 or not _KOREAN_PART.match(context.line) or _is_prose(context.line):
        return None
    return Heading(Rank.PART, _clip(context.line), "part", -1)


def _korean_judgment(context: LineContext) -> Heading | None:
    match = _KOREAN_JUDGMENT.fullmatch(context.line)
    return Heading(Rank.CHAPTER, re.sub(r"\s+", "", match["name"]), "caps", -1) if match else None


def _dated_entry(context: LineContext) -> Heading | None:
    """`[1998-07-10] 양도소득세부과처분취소`: an entry of a digest."""
    if context.after_blank and context.before_blank and _DATED.match(context.line):
        return Heading(Rank.CLAUSE, _clip(context.line), "dated", -1)
    return None


def _dotted_clause(context: LineContext) -> Heading | None:
    """`4.1 Base Rent. Tenant shall pay …` and `4.1 Landlord acquired …`: always a clause in a legal text."""
    match = _DOTTED.match(context.line)
    if match is None or not context.after_blank:
        return None
    depth = match["number"].count(".")
    title = _captioned(context.line, match.end("number"), caption_words=_MAX_CAPTION_WORDS) or match["number"]
    return Heading(Rank.NUMBERED_2 + min(depth - 1, 3), title, f"dotted{depth}", int(match["last"]))


def _dotted_title(context: LineContext) -> Heading | None:
    """`4.1 Site and clearances` on a line of its own."""
    match = _DOTTED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(context.line[match.end("number") :]):
        return None
    depth = match["number"].count(".")
    return Heading(Rank.NUMBERED_2 + min(depth - 1, 3), _clip(context.line), f"dotted{depth}", int(match["last"]))


def _numbered_title(context: LineContext) -> Heading | None:
    """`1. Definitions` on a line of its own; whether it is a list item instead, the outline sees from what follows."""
    match = _NUMBERED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(match["rest"]):
        return None
    if not context.before_blank and not _starts_paragraph(context, _NUMBERED):
        return None
    return Heading(Rank.CLAUSE, _clip(context.line), "numbered", int(match["number"]))


def _numbered_chapter(context: LineContext) -> Heading | None:
    """A numbered title of a manual: as above, but steps abound there, so it must stand alone and have no comma."""
    return _numbered_title(context) if context.before_blank and "," not in context.line else None


def _numbered_caption(context: LineContext) -> Heading | None:
    """`6. Minimum Volume. The Minimum Volume is reduced …`: a clause that carries its caption in its first words."""
    match = _NUMBERED.match(context.line)
    if match is None or not context.after_blank:
        return None
    title = _captioned(context.line, match.end("number") + 1, caption_words=4)
    return Heading(Rank.CLAUSE, title, "captioned", int(match["number"])) if title else None


def _lettered_title(context: LineContext) -> Heading | None:
    """`가. 원고의 주장`."""
    match = _LETTERED.match(context.line)
    if match is None or not context.after_blank or not _is_short_title(match["rest"]):
        return None
    if not context.before_blank and not _starts_paragraph(context, _LETTERED):
        return None
    return Heading(Rank.LETTERED, _clip(context.line), "lettered", _LETTERS.index(match["letter"]))


def _capitals(context: LineContext) -> Heading | None:
    """A line in capitals that stands alone."""
    line = context.line
    letters = [char for char in line if char.isalpha()]
    if not (context.after_blank and context.before_blank) or len(line) > 90 or len(letters) < 4 or ":" in line:
        return None
    if not all(char.isupper() for char in letters) or ends_sentence(line) or line[0] in "[(-*":
        return None
    if not re.search(r"[^\W\d_]{4}", line) or re.search(r"[=×+<>_/\\{}]", line):
        return None
    return Heading(Rank.CHAPTER, _clip(line), "caps", -1)


def _standing_caption(context: LineContext) -> Heading | None:
    """`Introduction`: a short line alone, before a paragraph or a numbered one."""
    line = context.line
    if not (context.after_blank and context.before_blank) or not 4 <= len(line) <= 70 or len(line.split()) > 9:
        return None
    before_numbered = re.match(r"\[\d{1,3}\] ", context.next_text) is not None
    odd = re.search(r"[@\[\]=<>_/|]" if before_numbered else r"[\d:;,@\[\]=<>_/|]", line)
    plain = line[0].isupper() and odd is None and not ends_sentence(line.rstrip("?" if before_numbered else ""))
    follows = len(context.next_text) >= 120 or before_numbered
    names = sum(1 for word in line.split() if word[:1].isupper())
    if not plain or not follows or (names == len(line.split()) and 2 <= names <= 4 and "." in line):
        return None
    return Heading(Rank.CAPTION, _clip(line), "caption", -1)


def _chapter(context: LineContext) -> Heading | None:
    """`Chapter 3. Installing`, `Appendix A. …`, `제3장 설치`, `부록 A`."""
    match = _CHAPTER.match(context.line)
    if match is None or _is_prose(context.line) or len(context.line) > 90 or not context.after_blank:
        return None
    return Heading(Rank.BOOK, _clip(context.line), "chapter", -1)


def _agenda_item(context: LineContext) -> Heading | None:
    """`ITEM 3. RADIO RETEST`, `안건 2. …`, `제2호 안건`, `SCENE 4`, `장면 3`; also `INT. KITCHEN - NIGHT`."""
    line = context.line.lstrip(_BULLETS)
    if len(line) > 100 or not context.after_blank or not (_AGENDA.match(line) or _SLUG_LINE.match(line)):
        return None
    return None if _is_prose(line) else Heading(Rank.CHAPTER, _clip(line), "agenda", -1)


def _bulleted_title(context: LineContext) -> Heading | None:
    """`■ 결정 사항`: the filled marks that Korean office documents put before headings."""
    title = context.line.lstrip(_BULLETS)
    alone = context.after_blank and (context.before_blank or _starts_paragraph(context, _BULLETED))
    if title == context.line or not alone or not _is_short_title(title):
        return None
    return Heading(Rank.CHAPTER, _clip(title), "bulleted", -1)


def _starts_paragraph(context: LineContext, item: re.Pattern[str]) -> bool:
    """The next line begins text of its own: it is no item of the same list and does not go on with this line."""
    following = context.next_text
    begins = following[:1].isupper() or "가" <= following[:1] <= "힣" or following[:1] in '("“‘①1'
    return len(context.line) <= 60 and len(following) > 40 and begins and item.match(following) is None


_COUNT = r"(?:\d{1,3}|[IVXLC]{1,6}|[A-Z](?:-?\d{1,2})?|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)"
_SCHEDULE = re.compile(
    rf"(?:SCHEDULE|EXHIBIT|APPENDIX|ANNEX|ANNEXURE|ATTACHMENT|Schedule|Exhibit|Appendix|Annex) {_COUNT}\b(?P<rest>.*)$"
)
_AMENDMENT = re.compile(
    r"(?:(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|[A-Z]+TH)\s+AMENDMENT\b[^a-z]{0,80}"
    r"|AMENDMENT (?:AND RESTATEMENT )?(?:NO\.? ?)?\d{1,2}\b[^a-z]{0,80}|(?:First|Second|Third|Fourth|Fifth) Amendment"
    r"(?: (?:to|of) [^.]{3,60})?|SIDE LETTER\b[^a-z]{0,60}|ADDENDUM\b[^a-z]{0,60})"
)
_ARTICLE = re.compile(
    r"(?P<word>ARTICLE|Article|PART|Part|SUBPART|Subpart|CHAPTER|Chapter|TITLE|DIVISION) "
    rf"(?P<number>{_COUNT})(?=[\s.:—–-]|$)"
)
_SECTION = re.compile(
    r"(?:(?P<sign>§)\s?|(?:SECTION|Section|CLAUSE|Clause) )(?P<number>\d{1,4}(?:[.-]\d{1,4}){0,3}[a-z]?)"
    r"(?=\s|[:—–]|[.-](?!\d)|$)"
)
_KOREAN_ARTICLE = re.compile(
    r"(?P<number>제\s?(?P<count>\d{1,4})\s?조(?:\s?의\s?\d{1,3})?)\s*"
    r"(?:(?P<caption>[(【\[〔][^)】\]〕]{1,60}[)】\]〕])|(?=①|삭제)|$"
    r"|(?=\s(?!제\s?\d|및\b|또는\b|내지\b|중\b|각\b|본문|단서|전단|후단|소정|부터|까지|위반|규정|에\b|의\b|와\b|과\b)[가-힣\"“‘「]))"
)
_KOREAN_DIVISION = re.compile(r"제\s?\d{1,3}\s?(?P<kind>[편장절관])(?:의\s?\d{1,2})?(?=\s|$)")
_KOREAN_PART = re.compile(
    r"(?:[\[<〈【(]?\s?(?:별\s?표|별\s?지|별\s?첨|부\s?록|붙\s?임)"
    r"\s?(?:제?\s?\d{1,2}\s?(?:호|의\s?\d)?|[가-하A-Z])?\s?(?:[\]>〉】).:]|\s|$)"
    r"|부\s*칙\s*(?:$|[<(〈\[])"
    r"|제\s?\d{1,2}\s?차\s?(?:변경|추가|수정|부속|개정)?\s?(?:합의서|약정서|계약서|협약서|변경계약|계약 변경)"
    r"|(?:변경|추가|부속|특약)\s?(?:합의서|약정서)\s*(?:$|[(<]))"
)
_KOREAN_JUDGMENT = re.compile(
    r"[【\[〔]?\s*(?P<name>주\s*문|이\s*유|청\s*구\s*취\s*지|항\s*소\s*취\s*지|청\s*구\s*원\s*인|판\s*단|결\s*론"
    r"|당\s*사\s*자|사\s*건\s*개\s*요|기\s*초\s*사\s*실|주문 및 이유|청구취지 및 항소취지|특\s*약\s*사\s*항"
    r"|전\s*문|총\s*칙)\s*[】\]〕]?"
)
_DATED = re.compile(r"\[\d{4}-\d{2}-\d{2}\] \S")
_DOTTED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,3}\.(?P<last>\d{1,3}))\.?(?=\s+[\"“‘'「(]?[A-Z가-힣])")
_NUMBERED = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?P<rest>[\"“「]?[A-Z가-힣].*)$")
_BULLETS = "■◆▣▶◈ "
_BULLETED = re.compile(f"[{_BULLETS}]")
_LETTERS = "가나다라마바사아자차카타파하"
_LETTERED = re.compile(rf"(?P<letter>[{_LETTERS}])[.)]\s+(?P<rest>[가-힣A-Z\"“「(].*)$")
_CHAPTER = re.compile(
    r"(?:(?:Chapter|CHAPTER|Appendix|APPENDIX|Part|PART) (?:\d{1,3}|[A-Z]|[IVX]{1,5})\b"
    r"|제\s?\d{1,2}\s?[장부편](?=\s|$)|부록\s?[A-Z가-하\d])"
)
_AGENDA = re.compile(
    r"(?:(?:AGENDA )?ITEM \d{1,2}\b|Agenda item \d{1,2}\b|Item \d{1,2}[.:]|SCENE\b|Scene \d"
    r"|ACT [IVX\d]+\b|Act [IVX\d]+\b"
    r"|안건\s?\d{1,2}|제\s?\d{1,2}\s?(?:호\s?)?안건|의안\s?제?\d|장면\s?\d|S#\s?\d|\[안건)"
)
_SLUG_LINE = re.compile(r"(?:INT|EXT|INT\./EXT)\.? [A-Z][^a-z]{2,}$")
_CLAUSE_LEAD = re.compile(r"^[\s.:—–)-]*")


def _is_short_title(rest: str) -> bool:
    title = rest.strip(" .:—–-")
    words = title.split()
    if not title or len(title) > 80 or len(words) > 12 or _TOC_LEADER.search(rest):
        return False
    return not ends_sentence(rest) and not _KOREAN_PREDICATE.search(title)


_TOC_LEADER = re.compile(r"\.{3,}|\s{3,}\d{1,4}$|…")
_KOREAN_PREDICATE = re.compile(
    r"(?:니다|습니까|하다|한다|된다|있다|없다|이다|하라|하세요|하십시오|십시오|세요|해요|예요|어요|아요)$"
)


def _is_prose(rest: str) -> bool:
    """The rest of a heading line reads as a sentence: `Schedule B shall apply.`"""
    text = _CLAUSE_LEAD.sub("", rest)
    if not text:
        return False
    return (
        (text[0].islower() and not rest.startswith((".", ":", "—", "–", " —", " –", " -")))
        or (ends_sentence(text) and len(text) > 60)
        or bool(_KOREAN_PREDICATE.search(text.rstrip(".")))
    )


def _captioned(line: str, number_end: int, *, caption_words: int) -> str:
    """Number and caption: the whole line where it is short, else the first words up to a full stop, else nothing."""
    number, rest = line[:number_end].rstrip(" ."), line[number_end:]
    body = _CLAUSE_LEAD.sub("", rest).strip()
    if not body:
        return number
    if body[0].islower():
        return ""
    if len(body) <= 80 and len(body.split()) <= 12 and not _ends_like_sentence(body):
        return _clip(line.rstrip(" .:"))
    caption, stop, following = body.partition(". ")
    fits = len(caption.split()) <= caption_words and len(caption) <= 80
    if stop and following and fits and ":" not in caption and not caption[-1].isdigit():
        return _clip(line[: line.index(caption, number_end) + len(caption)])
    if (
        caption_words > _MAX_CAPTION_WORDS
        and body.endswith(".")
        and "." not in body[:-1]
        and len(body.split()) <= caption_words
    ):
        return _clip(line.rstrip(" ."))
    return ""


def _ends_like_sentence(body: str) -> bool:
    return ends_sentence(body) or bool(_KOREAN_PREDICATE.search(body))


def _clip(title: str) -> str:
    return " ".join(title.split())[:MAX_TITLE_CHARS]


_LEGAL = (
    _bulleted_title,
    _english_part,
    _english_article,
    _english_section,
    _korean_part,
    _korean_division,
    _korean_article,
    _korean_judgment,
    _dotted_clause,
    _numbered_title,
    _numbered_caption,
    _lettered_title,
    _dated_entry,
    _capitals,
    _standing_caption,
)
_MANUAL = (_bulleted_title, _chapter, _dotted_title, _numbered_chapter, _capitals)
_DIALOGUE = (_agenda_item, _bulleted_title, _korean_part, _numbered_title, _capitals)
_READERS = {Domain.LEGAL: _LEGAL, Domain.MANUAL: _MANUAL, Domain.DIALOGUE: _DIALOGUE, Domain.CODE: ()}
