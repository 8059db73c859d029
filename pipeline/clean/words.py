"""Tells what a word between white space is: a word of a sentence, a value, a stain of a scan, data.

Takes a word; returns a `WordKind`. Used by `clean.measures`. Kinds are cached, since most words of a language are few;
the first time costs 1 to 3 µs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.languages import all_rules

BLANK = "_"
"""What stands for a blank to fill in, as a word of its own or as a part of one (`20_`)."""
ENCODED_CHARS = 40
"""The length above which a word of ASCII signs is data."""
_MAX_COUNTED_CHARS = 80
_MAX_READ_CHARS = 100
"""The length to which words are read, so that the cache stays small."""
_EDGES = "".join(map(chr, range(33, 48))) + ":;<=>?@[\\]^_`{|}~“”‘’「」『』【】〈〉《》（）〔〕·…•※–—、。ㆍ°℃№"
"""Characters that may come before or after a word."""
_RUN = re.compile(r"[^\W_]+")
_PLAIN_CORE = re.compile(r"[^\W_]+(?:[-’'.,:/&@·ㆍ∙~“”‘’「」()<>\[\]=+_*#%–—]{1,3}[^\W_]+)*")
"""Letters and digits in runs that signs may join: `and/or`, `60335-1`, `제3조(목적)`."""
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_COUNT = re.compile(r"\(\d+\)")
"""The number of pages behind a tag or a link."""
_STAIN = re.compile(r"[.,'`´;:~^_!\"°«»¬¦\\<>{}§¨¸]+")
"""Signs that stand alone only where a scanner reads stains, or between the words of a tokenised text."""
_ALTERNATION = re.compile(r"\d[^\W\d_]+\d[^\W\d_]+\d|[a-zA-Z]\d+[a-zA-Z]+\d+[a-zA-Z]")
"""Digits and letters in turn, as scanners read them: `l0I1o`."""
_LOREM_IPSUM = """
accusam accusantium adipisci adipiscing aliqua aliquam aliquip aliquyam amet architecto aspernatur aute beatae blandit
cillum clita commodo congue consectetur consequat consequuntur consetetur culpa cupidatat cursus dapibus deserunt diam
dictum dignissim dolor dolore dolorem doloremque dolores duis eaque egestas eirmod eiusmod eleifend elit elitr enim
eos erat eros esse est et eu euismod ex excepteur exercitation explicabo facilisis faucibus felis feugiat fringilla
fugiat fugit gravida gubergren habitant hendrerit iaculis imperdiet incididunt interdum inventore invidunt ipsa ipsam
ipsum irure iste justo labore laboris laborum lacinia lacus laoreet laudantium lectus leo libero ligula lobortis lorem
luctus maecenas magna magni malesuada massa mattis mauris metus minim molestie mollis mollit morbi natus nec nemo
neque nesciunt nibh nisi nisl nonumy nostrud nulla nullam nunc occaecat odio odit officia omnis orci ornare pariatur
pellentesque perspiciatis pharetra placerat porro porta porttitor posuere praesent pretium proident pulvinar purus
quae quam quasi qui quia quis quisquam quisque ratione rebum reprehenderit rhoncus risus rutrum sadipscing sagittis
sapien scelerisque sed sem semper sequi sint sit sodales sollicitudin sunt suscipit tellus tempor tempus tincidunt
tortor totam tristique turpis ullamco ullamcorper ultrices unde urna ut varius vehicula vel velit veniam veritatis
vestibulum vitae vivamus viverra voluptas voluptate voluptatem voluptua volutpat vulputate
"""
_PLACEHOLDERS = frozenset(_LOREM_IPSUM.split())
"""Words of Lorem ipsum, the text that fills a layout before there is any."""


@dataclass(frozen=True, slots=True)
class WordKind:
    """What a word is, and how many characters of each sort it has."""

    is_sign: bool = False
    """Whether the word is a sign between words, such as a dash. Such words are left out of all shares."""
    is_value: bool = False
    """Whether it has a digit or a blank to fill in."""
    is_function_word: bool = False
    """Whether it occurs in sentences and hardly ever in lists of names."""
    is_broken: bool = False
    """Whether it looks like what a scanner reads from stains, or like text in a wrong encoding."""
    is_placeholder: bool = False
    """Whether it is a word of Lorem ipsum."""
    counted_chars: int = 0
    """The length; at most 80, so that one link of a thousand characters does not outweigh a text."""
    encoded_chars: int = 0
    """The same if the word is data, such as base64, a hash or a link; else 0."""
    alphanumeric_chars: int = 0
    digit_chars: int = 0
    """The number of letters and digits in runs that have a digit. Times of day count as no digits."""


def kind_of(word: str) -> WordKind:
    """Return the kind of a word, which has no white space. Of a very long word, the beginning decides."""
    return _cached_kind_of(word[:_MAX_READ_CHARS])


@lru_cache(maxsize=1 << 16)
def _cached_kind_of(word: str) -> WordKind:
    core = word.strip(_EDGES)
    if core.isalpha():
        return _of_letters(core, min(len(word), _MAX_COUNTED_CHARS))
    if not any(map(str.isalnum, core)):
        return _of_signs(word)
    return _mixed(word, core)


@cache
def knows_function_words(language: str) -> bool:
    """Return whether `WordKind.is_function_word` is known for a language."""
    return any(code == language and rules.words.is_function_word for code, rules in all_rules())


def _of_letters(core: str, counted: int) -> WordKind:
    is_broken = len(core) == 1 and _is_stray(core)
    return _interned(
        False, False, _is_function_word(core), is_broken, core.lower() in _PLACEHOLDERS, counted, 0, len(core), 0
    )


def _of_signs(word: str) -> WordKind:
    if BLANK in word:
        return _interned(False, True, False, False, False, 1, 0, 0, 0)
    return _interned(_STAIN.fullmatch(word) is None, False, False, True, False, 1, 0, 0, 0)


def _mixed(word: str, core: str) -> WordKind:
    has_digit = any(map(str.isdigit, core))
    runs = _RUN.findall(_TIME_OF_DAY.sub("", core) if ":" in core else core)
    is_long = len(core) > ENCODED_CHARS
    is_odd = _PLAIN_CORE.fullmatch(core) is None or (has_digit and _ALTERNATION.search(core) is not None)
    counted = min(len(word), _MAX_COUNTED_CHARS)
    return _interned(
        False,
        has_digit and not _COUNT.fullmatch(word),
        not has_digit and _is_function_word(core),
        is_odd and not is_long,
        False,
        counted,
        counted if is_long and word.isascii() else 0,
        sum(map(len, runs)),
        sum(len(run) for run in runs if not run.isalpha()) if has_digit else 0,
    )


@lru_cache(maxsize=1 << 14)
def _interned(*fields: bool | int) -> WordKind:
    """Return the kind with the given fields. Most words share theirs, and making one takes longer than finding it."""
    return WordKind(*fields)  # type: ignore[arg-type]  # the fields in the order of the class


def _is_stray(letter: str) -> bool:
    """Return whether a letter is no word: neither a syllable, nor `a`, nor a capital that names something."""
    return (letter.isascii() and letter.islower() and letter != "a") or "\u3131" <= letter <= "\u318e"


def _is_function_word(core: str) -> bool:
    return any(is_function_word(core) for is_function_word in _function_words())


@cache
def _function_words() -> tuple[Callable[[str], bool], ...]:
    return tuple(known for _, rules in all_rules() if (known := rules.words.is_function_word))
