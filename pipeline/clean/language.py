"""Detect the natural language of a document by its script; for Latin script, langdetect votes over windows.

In: cleaned text and its domain. Out: an ISO 639-1 code, or `und` for text without letters. Used by the ingest stage.
Cost (one busy core): 1 to 4 ms if Hangul decides, else about 15 ms per vote; usually two votes, at most six.

langdetect alone takes short mixed Korean and English text for Dutch, gives different results from run to run unless
seeded, and raises an error on text without letters. A script that only one language uses decides for that language;
only Latin text needs a vote.
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
"""Least number of letters in a window that votes."""
_VOTES_TO_WIN = 2
_LETTER = re.compile(r"[^\W\d_]")
_SYLLABLE_WEIGHT = 2.5
"""A Hangul syllable says as much as two or three Latin letters. Unweighted, manuals full of commands look Latin."""
_FENCED_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_NOT_PROSE = re.compile(r"`[^`\n]*`|https?://\S+|(?<![^\s@])[^\s@]+@\S+|<[^<>\n]{1,200}>")
"""The look-behind lets an address start only at the beginning of a word. Without it, the search would start again at
every character of a long word, which may have a megabyte."""
_COMMENT = re.compile(
    r'"""(?P<doc>.*?)"""|(?<![:/])(?://|#|;;|--)[ \t]?(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/|"(?P<string>[^"\n]{8,})"',
    re.DOTALL,
)
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
"""Least ratio of a language's first script to its other scripts: Japanese uses kana and Han, Chinese only Han."""
_UNKNOWN = frozenset({"ja", "zh", "ru"})
"""Languages that are recognised by their script. They are rejected, since they have no module in `languages/`."""
_LOCK = threading.Lock()


def detect_language(*, text: str, domain: str) -> str:
    """Return the main language of a text.

    The language of code is that of its comments, docstrings and messages; if they are short, the common language.
    """
    if domain_rules(domain).is_code:
        prose = _comments(text)
        found = _of_prose(prose) if len(prose) >= 4 * _MIN_LETTERS else common_language()
        has_script = {name for name, rules in all_rules() if rules.detection.owns_script}
        return found if found in has_script | _UNKNOWN else common_language()
    return _of_prose(text)


def _of_prose(text: str) -> str:
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
    """Return the first language with two votes, else the one with most; windows vote from the middle outwards."""
    votes: Counter[str] = Counter()
    middle = len(windows) // 2
    for window in sorted(windows, key=lambda window: abs(windows.index(window) - middle)):
        if len(_LETTER.findall(window)) < _MIN_LETTERS and len(windows) > 1:
            continue
        code = _guess(window)
        votes[code] += code != UNDETERMINED
        if votes[code] == _VOTES_TO_WIN:
            break
    # The common language wins ties, because other languages borrow its technical words.
    common = common_language()
    best = max(votes, key=lambda code: (votes[code], code == common, code), default=UNDETERMINED)
    if best == UNDETERMINED or not votes[best]:
        return UNDETERMINED
    # Single windows of terse English chat look like French; all windows together give fewer errors.
    return best if best == common else _guess("\n".join(windows))


def _guess(window: str) -> str:
    detector = _factory().create()
    detector.append(window)
    try:
        return str(detector.detect())
    except LangDetectException:
        return UNDETERMINED


def _factory() -> DetectorFactory:
    # Beam runs several threads per process, and two threads that load the profiles at once would load them twice.
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
    # Each unclosed comment would be searched to the end of the file.
    closed = text.rfind("*/") + 2 if "*/" in text else 0
    text = text[:closed] + text[closed:].replace("/*", "  ")
    return "\n".join(next(group for group in match.groups() if group is not None) for match in _COMMENT.finditer(text))
