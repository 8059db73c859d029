"""Short documents that must be kept, and junk that must be dropped, in all domains and both languages.

All are of our own making. The tests of `clean.quality` and `benchmarks.quality` judge them.
"""

from __future__ import annotations

from . import bad_prose, bad_speech_and_code, good_prose_en, good_prose_ko, good_speech_and_code, later_bad, later_good
from .sample import Sample

GOOD: list[Sample] = [
    *good_prose_en.SAMPLES,
    *good_prose_ko.SAMPLES,
    *good_speech_and_code.SAMPLES,
    *later_good.SAMPLES,
]
BAD: list[Sample] = [*bad_prose.SAMPLES, *bad_speech_and_code.SAMPLES, *later_bad.SAMPLES]
