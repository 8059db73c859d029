"""Detects the natural language of a document.

Takes normalised text and its domain; returns an ISO 639-1 code, or `und` if no language is found. Used by
`clean.document`. The text is sampled in up to five windows. If letters of a script that only one language uses make up
most of the prose, the script decides (`languages.detection`). Otherwise each window has a vote: the language of its
small words, such as `the`, or else the guess of langdetect.
Cost on one core: 0.01 to 0.3 ms if script and words decide, else about 5 ms per guess; usually two, at most six.

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
from pipeline.languages.detection import (
    ALPHABETS,
    counts_weight,
    language_by_small_words,
    own_script_language,
    script_counts,
)

UNDETERMINED = "und"
_MAX_WINDOWS = 5
_WINDOW_CHARS = 600
_MIN_LETTERS = 40
"""The minimum number of letters in a window that votes, unless it is the only window."""
_VOTES_TO_WIN = 2
_LETTER = re.compile(r"[^\W\d_]")
_MAX_REGION_CHARS = 4 * _WINDOW_CHARS
"""The number of characters from which a window of a long text is taken, once what is not prose is removed."""
_FENCED_CODE = re.compile(r"^(```|~~~)[^\n]*+(?:\n(?!\1)[^\n]*+)*+\n\1[^\n]*$", re.MULTILINE)
_NOT_PROSE = re.compile(r"`[^`\n]*`|https?://\S+|(?<![^\s@])[^\s@]+@\S+|<[^<>\n]{1,200}>")
"""Inline code, web addresses, email addresses and tags.

The look-behind lets an email address start only at the beginning of a word. Without it, the search would start again at
every character of a long word, which may have a million characters.
"""
_NOT_PROSE_SIGNS = ("`", "://", "@", "<")
"""Every match of `_NOT_PROSE` has one of these."""
_COMMENT = re.compile(
    r'"""(?P<doc>.*?)"""|(?<![:/])(?://|#|;;|--)[ \t]?(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/|"(?P<string>[^"\n]{8,})"',
    re.DOTALL,
)
"""The text of a Python docstring, a line comment, a block comment, or a string of at least eight characters."""
_LEAST_KANA = 0.1
"""The minimum ratio of kana to Han characters in Japanese; Chinese uses only Han characters."""
_UNKNOWN = frozenset({"ja", "zh", "ru"})
"""Languages that are reported for comments in code although they have no module in `languages/`.

A recipe cannot accept them, so the document is rejected instead of being treated as one in the common language.
"""
_LOCK = threading.Lock()


def stated_language(value: str) -> str:
    """Return the language that a code or an English name stands for; empty if it is none of `languages/`.

    Example:
        >>> stated_language("ko-KR"), stated_language("English"), stated_language("tlh")
        ('ko', 'en', '')
    """
    said = value.strip().lower()
    code = re.split("[-_]", said, maxsplit=1)[0]
    return next((name for name, rules in all_rules() if name == code or rules.name.lower() == said), "")


def detect_language(*, text: str, domain: str) -> str:
    """Return the main language of a text.

    For code, this is the language of the comments and strings, if there are enough of them and it is in `_UNKNOWN` or
    has its own script, as Korean has. Otherwise it is the common language.
    """
    if domain_rules(domain).is_code:
        prose = _comments(text)
        if len(prose) < 4 * _MIN_LETTERS or prose.isascii():  # the languages of interest have letters outside ASCII
            return common_language()
        found = _language_of_prose(prose)
        has_script = {name for name, rules in all_rules() if rules.detection.owns_script}
        return found if found in has_script | _UNKNOWN else common_language()
    return _language_of_prose(text)


def _language_of_prose(text: str) -> str:
    windows = _prose_windows(text)
    sample = "\n".join(windows)
    counts = script_counts(sample)
    if not any(counts.values()):
        return UNDETERMINED
    found = own_script_language(sample, counts)
    if found is not None:
        return found
    if counts_weight(counts, ("kana", "han")) >= max(counts[script] for script in ALPHABETS):
        return "ja" if counts["kana"] > _LEAST_KANA * counts["han"] else "zh"
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
    return best if best == common else _ask_langdetect("\n".join(windows))


def _guess(window: str) -> str:
    found = language_by_small_words(window)
    return _ask_langdetect(window) if found is None else found


def _ask_langdetect(text: str) -> str:
    detector = _factory().create()
    detector.append(text)
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


def _prose_windows(text: str) -> list[str]:
    """Return up to five windows of the text, without code, addresses and tags."""
    if "```" in text or "~~~" in text:
        text = _FENCED_CODE.sub("", text) or text
    if len(text) <= _MAX_WINDOWS * _MAX_REGION_CHARS:
        return _windows(_without_signs(text) or text)
    regions = [_without_signs(region) for region in _spread(text, _MAX_REGION_CHARS)]
    return [region[:_WINDOW_CHARS] for region in regions if region.strip()] or _windows(text)


def _without_signs(text: str) -> str:
    return _NOT_PROSE.sub(" ", text) if any(sign in text for sign in _NOT_PROSE_SIGNS) else text


def _windows(text: str) -> list[str]:
    if len(text) <= _MAX_WINDOWS * _WINDOW_CHARS:
        return [text[start : start + _WINDOW_CHARS] for start in range(0, len(text), _WINDOW_CHARS)] or [""]
    return _spread(text, _WINDOW_CHARS)


def _spread(text: str, num_chars: int) -> list[str]:
    """Return five pieces of a text, evenly spread from its start to its end."""
    step = (len(text) - num_chars) / (_MAX_WINDOWS - 1)
    starts = [int(index * step) for index in range(_MAX_WINDOWS)]
    return [text[start : start + num_chars] for start in starts]


def _comments(text: str) -> str:
    # For each `/*` that is never closed, the pattern would search to the end of the file.
    closed = text.rfind("*/") + 2 if "*/" in text else 0
    text = text[:closed] + text[closed:].replace("/*", "  ")
    return "\n".join(next(group for group in match.groups() if group is not None) for match in _COMMENT.finditer(text))
