"""Detects the natural language of a document.

Takes normalised text and its domain; returns an ISO 639-1 code, or `und` if no language is found. Used by
`clean.document`. The text is sampled in up to five windows. If most of the text is in Hangul, kana or Han, the script
decides; one such character weighs as much as 2.5 letters. Otherwise langdetect guesses the language of each window, and
the guesses are votes.
Cost on one busy core: 1 to 4 ms if the script decides, else about 15 ms per vote; usually two votes, at most six.

langdetect alone takes short text that mixes Korean and English for Dutch, returns different results from run to run
unless seeded, and raises an error for text without letters.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from functools import cache

from langdetect import PROFILES_DIRECTORY
from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from pipeline.domains import domain_rules
from pipeline.languages import all_rules, common_language

UNDETERMINED = "und"
_MAX_WINDOWS = 5
_WINDOW_CHARS = 600
_MIN_LETTERS = 40
"""The minimum number of letters in a window that votes, unless it is the only window."""
_VOTES_TO_WIN = 2
_LETTER = re.compile(r"[^\W\d_]")
_SYLLABLE_WEIGHT = 2.5
"""The number of alphabetic letters that one Hangul, kana or Han character counts for.

A Hangul syllable says as much as two or three Latin letters. Unweighted, a Korean manual full of commands would look
like Latin text.
"""
_FENCED_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_NOT_PROSE = re.compile(r"`[^`\n]*`|https?://\S+|(?<![^\s@])[^\s@]+@\S+|<[^<>\n]{1,200}>")
"""Inline code, web addresses, email addresses and tags.

The look-behind lets an email address start only at the beginning of a word. Without it, the search would start again at
every character of a long word, which may have a million characters.
"""
_COMMENT = re.compile(
    r'"""(?P<doc>.*?)"""|(?<![:/])(?://|#|;;|--)[ \t]?(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/|"(?P<string>[^"\n]{8,})"',
    re.DOTALL,
)
"""The text of a Python docstring, a line comment, a block comment, or a string of at least eight characters."""
_SCRIPTS = (
    ("hangul", re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")),
    ("kana", re.compile("[ぁ-ヿ]")),
    ("han", re.compile("[一-鿿]")),
    ("cyrillic", re.compile("[Ѐ-ӿ]")),
    ("arabic", re.compile("[؀-ۿ]")),
    ("latin", re.compile("[A-Za-zÀ-ɏ]")),
)
_SYLLABLES = ("hangul", "kana", "han")
_ALPHABETS = ("latin", "cyrillic", "arabic")
_LEAST_OF_FIRST = 0.1
"""The minimum ratio of a language's first script to its other scripts.

Japanese uses kana and Han characters; Chinese uses only Han characters.
"""
_UNKNOWN = frozenset({"ja", "zh", "ru"})
"""Languages that are reported for comments in code although they have no module in `languages/`.

A recipe cannot accept them, so the document is rejected instead of being treated as one in the common language.
"""
_LOCK = threading.Lock()


def detect_language(*, text: str, domain: str) -> str:
    """Return the main language of a text.

    For code, this is the language of the comments and strings, if there are enough of them and it is in `_UNKNOWN` or
    has its own script, as Korean has. Otherwise it is the common language.
    """
    if domain_rules(domain).is_code:
        prose = _comments(text)
        found = _language_of_prose(prose) if len(prose) >= 4 * _MIN_LETTERS else common_language()
        has_script = {name for name, rules in all_rules() if rules.detection.owns_script}
        return found if found in has_script | _UNKNOWN else common_language()
    return _language_of_prose(text)


def _language_of_prose(text: str) -> str:
    windows = _windows(_NOT_PROSE.sub(" ", _FENCED_CODE.sub("", text)) or text)
    counts = {name: sum(len(pattern.findall(window)) for window in windows) for name, pattern in _SCRIPTS}
    if not any(counts.values()):
        return UNDETERMINED
    alphabetic = max(counts[script] for script in _ALPHABETS)
    for name, rules in all_rules():
        own = [counts[script] for script in rules.detection.scripts]
        others = sum(counts[script] for script in _SYLLABLES if script not in rules.detection.scripts)
        is_its_own = own and own[0] > _LEAST_OF_FIRST * sum(own[1:])
        if is_its_own and _SYLLABLE_WEIGHT * sum(own) >= max(alphabetic, others):
            return name
    if _SYLLABLE_WEIGHT * (counts["kana"] + counts["han"]) >= alphabetic:
        return "ja" if counts["kana"] > _LEAST_OF_FIRST * counts["han"] else "zh"
    return _vote(windows)


def _vote(windows: list[str]) -> str:
    """Return the language that the windows vote for.

    Windows vote from the middle outwards until a language has two votes. If the winner is not the common language,
    langdetect decides again on all windows together.
    """
    votes: Counter[str] = Counter()
    middle = len(windows) // 2
    for window in sorted(windows, key=lambda window: abs(windows.index(window) - middle)):
        if len(_LETTER.findall(window)) < _MIN_LETTERS and len(windows) > 1:
            continue
        code = _guess(window)
        votes[code] += code != UNDETERMINED
        if votes[code] == _VOTES_TO_WIN:
            break
    # The common language wins ties, because texts in other languages use its technical words.
    common = common_language()
    best = max(votes, key=lambda code: (votes[code], code == common, code), default=UNDETERMINED)
    if best == UNDETERMINED or not votes[best]:
        return UNDETERMINED
    # Single windows of terse English chat can look like French. All windows together are right more often.
    return best if best == common else _guess("\n".join(windows))


def _guess(window: str) -> str:
    detector = _factory().create()
    detector.append(window)
    try:
        return str(detector.detect())
    except LangDetectException:
        return UNDETERMINED


def _factory() -> DetectorFactory:
    # Beam runs several threads per process. Without a lock, two of them could load the profiles at the same time.
    with _LOCK:
        return _loaded_factory()


@cache
def _loaded_factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.seed = 0
    return factory


def _windows(text: str) -> list[str]:
    if len(text) <= _MAX_WINDOWS * _WINDOW_CHARS:
        return [text[start : start + _WINDOW_CHARS] for start in range(0, len(text), _WINDOW_CHARS)] or [""]
    step = (len(text) - _WINDOW_CHARS) / (_MAX_WINDOWS - 1)
    return [text[int(index * step) :][:_WINDOW_CHARS] for index in range(_MAX_WINDOWS)]


def _comments(text: str) -> str:
    # For each `/*` that is never closed, the pattern would search to the end of the file.
    closed = text.rfind("*/") + 2 if "*/" in text else 0
    text = text[:closed] + text[closed:].replace("/*", "  ")
    return "\n".join(next(group for group in match.groups() if group is not None) for match in _COMMENT.finditer(text))
