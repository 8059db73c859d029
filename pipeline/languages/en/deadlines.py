"""Deadlines in English: `Landlord shall answer within twenty (20) Business Days.`"""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import DeadlineRules, Duty

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:, \d{{4}})?(?!\w)|\d{{1,2}} {_MONTH}(?: \d{{4}})?)"
_COUNT = (
    r"(?:(?:[a-z-]+ ){1,4}\(\d+\)|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|"
    r"thirty|sixty|ninety)"
)
"""A number of time units: `twenty (20)`, `30`, `ten`."""
_UNIT = (
    r"(?:(?:consecutive|calendar|successive|full|clear|further) )?(?:[Bb]usiness|[Ww]orking|[Tt]rading)?\s?"
    r"(?:[Hh]our|[Dd]ay|[Ww]eek|[Mm]onth|[Yy]ear)s?\b"
)
"""A unit of time, with words that belong to it: `Business Days`, `calendar months`."""
_DURATION = rf"{_COUNT} {_UNIT}"
_AFTER = r"(?: (?:of|after|from|following|before|prior to|in advance of) (?:[^,;:.()]|[.,](?=\d)){3,90}?)?"
"""The text after a duration that says when time starts: ` after receipt of the notice`. It may be missing."""
_WITHIN = rf"within (?:a further )?{_DURATION}{_AFTER}"
"""A limit with a duration: `within 10 days after delivery`."""
_BY_WORD = r"(?:by|on or before|no later than|not later than)"
_BY = (
    rf"{_BY_WORD} "
    rf"(?:the \d{{1,2}}(?:st|nd|rd|th) day of [^,;:.()]{{3,30}}?|{_DATE}(?: (?:of|in) each year)?)"
)
"""A limit with a date: `no later than March 31, 2025`, `by the 5th day of each month`."""
_STOP = r"(?=[.;](?!\d)|$| (?:and|or|but) (?:shall|must|may|will|the|if|it)\b| unless\b)"
"""A look-ahead for the end of a limit: a full stop, a semicolon, or a new clause."""
_SUBJECT = r"(?P<subject>(?:(?:The|Each|Either) )?[A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|party|parties)){0,3})"
_DUTY = re.compile(rf"{_SUBJECT} (?:shall|must) (?P<action>[a-z][^,;:()]{{3,140}}?) (?P<limit>{_WITHIN}|{_BY}){_STOP}")
"""Matches a sentence with the limit after the action: `Tenant shall pay the rent within 10 days.`"""
_DUTY_FIRST = re.compile(
    rf"{_SUBJECT} (?:shall|must) (?P<limit>within (?:a further )?{_DURATION}|{_BY}) "
    rf"(?P<action>[a-z]+ (?!{_UNIT})[^,;:()]{{3,110}}?){_STOP}"
)
"""Matches a sentence with the limit before the action: `Tenant shall within 10 days return the keys.`"""
_DUE = re.compile(
    rf"(?P<subject>[A-Z][^,;:()]{{2,80}}?) (?P<verb>is|are) (?P<state>payable|due|to be (?:paid|made|given|delivered))"
    rf"(?: [^,;:.()]{{0,60}}?)? (?P<limit>{_WITHIN}|{_BY}){_STOP}"
)
"""Matches a sentence about something that is due: `The fee is payable within 30 days.`"""
_BAD_SUBJECT = re.compile(r"(?:If|When|Where|Unless|No|Nothing|Neither|After|Before|From|Any such|It|This|That)\b")
"""Matches the beginning of a sentence whose subject is unclear or missing: `If the …`, `It …`."""
_PLAIN_START = re.compile(r"(?:The|A|An|Each|Every|One|Any|All|Either|Both|Interest|Payment|Payments|Notice)\b")
"""Matches a subject whose first letter is lower case inside a sentence: `The Tenant`, `Payment`."""
_TIME = re.compile(rf"{_DURATION}|{_DATE}|\bthe \d{{1,2}}(?:st|nd|rd|th) day\b")
"""Finds any duration or date in figures or words."""
_NEXT_DUTY = r" (?:and|or|but) (?:[\w’']+ ){0,3}(?:shall|must|may|will|is|are)\b"
_WHOLE_DAY = (
    r"the \d{1,2}(?:st|nd|rd|th) day of "
    r"(?:each|every|the|a) (?:[a-z]+ ){0,2}?(?:month|quarter|year)\b"
    r"(?! (?:of|in|after|before|following|from|prior)\b)"
)
"""A day that is complete without further words: `the 5th day of each month`."""
_BY_WHOLE = rf"{_BY_WORD} (?:{_WHOLE_DAY}|{_DATE}(?: (?:of|in) each year)?)"
"""A date limit whose end is certain, whatever text follows."""
_LIMIT = re.compile(rf"{_WITHIN}(?=[,;:.()](?!\d)|$| unless\b| if\b|{_NEXT_DUTY})|{_BY_WHOLE}")
"""Finds a limit anywhere in a text: `within 10 days after delivery,`."""
_MODAL_BEFORE = re.compile(r"\b(?:shall|must|may|will)(?:,)? $")
"""Finds a modal verb directly before a limit: `shall `."""
_SHORT_LIMIT = re.compile(
    rf"within (?:a further )?{_DURATION}"
    r"(?: (?:of|after) (?:the |its |such )?(?:request|receipt|notice|delivery|demand)\b)?"
    rf"(?! (?:of|after|from|following|before|prior)\b)|{_BY_WHOLE}"
)
"""Matches a limit directly after a modal verb, without the action after it: `within 10 days after the notice`."""


def _read_duty(sentence: str) -> Duty | None:
    if _BAD_SUBJECT.match(sentence):
        return None
    duty = _DUTY.match(sentence) or _DUTY_FIRST.match(sentence)
    if duty and not _is_unclear_alone(duty["action"]) and not _DANGLING.search(duty["limit"]):
        when = "within what time" if duty["limit"].startswith("within") else "by when"
        slots = (("when", when), ("subject", _lower_start(duty["subject"])), ("action", duty["action"]))
        return Duty(form="deadline.duty", slots=slots, limit=duty["limit"])
    due = _DUE.match(sentence)
    if due is None:
        return None
    slots = (("subject", _lower_start(due["subject"])), ("verb", due["verb"]), ("state", due["state"]))
    return Duty(form="deadline.due", slots=slots, limit=due["limit"])


def _only_limit(text: str) -> str:
    limits = list(_LIMIT.finditer(text))
    if len(limits) != 1 or len(_TIME.findall(text)) != 1:
        return ""
    others = text[: limits[0].start()] + " … " + text[limits[0].end() :]
    limit = _certain_limit(text, limits[0])
    is_bare = re.fullmatch(rf"within (?:a further )?{_DURATION}", limit) is not None
    return "" if is_bare or _OTHER_LIMIT.search(others) or _DANGLING.search(limit) else limit


_OTHER_LIMIT = re.compile(
    r"\b(?:before|until|by|prior to|no later than|not later than|on or before|as of|at least|upon) (?:the|its|such|each"
    r"|any|that) (?:[\w’'-]+ ){0,5}?(?:dates?|deadlines?|days?|expir\w+|terminat\w+|end|periods?|times?)\b"
    r"|\b(?:promptly|immediately|forthwith|as soon as|within that time|without (?:undue |unreasonable )?delay)\b",
    re.IGNORECASE,
)
"""A time limit in words, such as `promptly`. Next to a limit in figures, it means that the text has several limits."""
_DANGLING = re.compile(
    r"\b(?:such|said|that|those|this|these|it|its|their|his|her|them|thereof|thereafter|therefore?|thereto|hereto"
    r"|do so|the same"
    r"|the foregoing|charged)\b"
)
"""A word that refers to something named before the limit: `within 10 days after such notice`."""


_SWALLOWED = re.compile(
    r"(?<!\bof)(?<!\bafter)(?<!\bfrom)(?<!\bfollowing)(?<!\bbefore)(?<!\bto)(?<!\bin)(?<!\bby)(?<!\bfor)"
    r"(?<!\bwith) (?:an?|all) "
)
"""The beginning of an object that does not belong to the limit: `within 10 days after the due date a lump sum`."""


_YEARLESS = re.compile(rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?$")
"""A date without a year at the end of a limit: `March 31`."""


def _certain_limit(sentence: str, match: re.Match[str]) -> str:
    """Return the limit of a match, up to where it certainly ends; empty if that is unclear.

    Args:
        sentence: the text that contains the limit.
        match: a match of `_LIMIT` in the text.
    """
    if _MODAL_BEFORE.search(sentence, max(0, match.start() - 12), match.start()):
        short = _SHORT_LIMIT.match(sentence, match.start())
        return short.group() if short else ""
    if re.match(r",? (?:or|and|but)\b|, (?:whichever|if)\b", sentence[match.end() :]):
        return ""
    if re.search(r"(?<!receipt)(?<!notice)(?<!delivery)(?<!demand)(?<!request) by (?!the \d)", match.group()[3:]):
        return ""
    if _YEARLESS.search(match.group()) and re.match(
        r",? (?:of|in|following|immediately|next"
        r"|after)\b",
        sentence[match.end() :],
    ):
        return ""  # the words after the date say which year it is in
    if _SWALLOWED.search(match.group()) or match.group().rstrip().endswith((" of", " the", " earlier", " later")):
        return ""
    is_choice = re.search(r"\b(?:earlier|later|whichever|between)\b", match.group()) is not None
    is_certain = is_choice or not re.search(r"\b(?:and|or)\b", match.group())
    return match.group().strip() if is_certain else ""


def _is_unclear_alone(action: str) -> bool:
    """Return whether an action contains a negation, a second rule, or a word that refers to an earlier sentence."""
    is_second = re.search(r"^have\b|\b(?:and|or|but)\b.{0,60}\b(?:shall|must|may|will|is|are)\b", action) is not None
    return is_second or re.search(r"\b(?:not|no|it|them|they|those|such|thereof)\b", action) is not None


def _lower_start(phrase: str) -> str:
    return phrase[:1].lower() + phrase[1:] if _PLAIN_START.match(phrase) else phrase


DEADLINES = DeadlineRules(read_duty=_read_duty, only_limit=_only_limit)
