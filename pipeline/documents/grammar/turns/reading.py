"""Reads the turns of a dialogue with the family of formats that explains the most lines (see `turns.family`).

Takes a text; returns `TURN` nodes in order, without overlap. Used by the dialogue grammar, and by `documents.domain` to
recognise dialogues. Cost: most families are ruled out by a sample of the lines; each of the others reads all lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from pipeline.documents.grammar.turns.families import turn_families
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines, split_lines
from pipeline.nodes import Node

_MIN_TURNS = 2
_MIN_RECURRING_TURNS = 4
"""The minimum number of turns by speakers who speak more than once."""
_NEARLY_ALL = 0.9
"""The share of explained lines from which on no further family is tried."""
_SAMPLE_SHARE = 0.25
"""The part of a family's `min_share` that must look right in the sample of lines."""
_MIN_SHARE_IN_DIALOGUE = 0.2
"""The share of explained lines that is enough in a text already known to be a dialogue."""
_MIN_RECORD_LABELS = 3
_MIN_RECORDS = 3
_FIXED_SHARE = 0.9
"""The minimum share of labels in a list of records that are followed by the label that usually follows them."""
_MAX_DISTINCT_SHARE = 0.6
"""The largest ratio of speakers to turns. Speakers in a dialogue recur; labels in a form or specification rarely do."""


def read_turns(text: str) -> list[Node]:
    """Return the turns of a text known to be a dialogue or a part of one.

    The result is empty unless a family finds at least two turns and explains a fifth of the lines or blocks, or its own
    `min_share` if that is smaller. One speaker must recur, unless the family is certain (`TurnFamily.is_certain`).
    """
    found = _best_reading(split_lines(text), _is_plausible)
    return list(found.turns) if found else []


def holds_dialogue(text: str) -> bool:
    """Return whether a text of unknown kind is a dialogue: a family explains enough lines, and speakers recur.

    Speakers need not recur if the family is certain (`TurnFamily.is_certain`).
    """
    return _best_reading(split_lines(text), _is_dialogue) is not None


def _best_reading(lines: Lines, accepts: Callable[[TurnFamily, Reading, float], bool]) -> Reading | None:
    """Return the accepted reading that explains the most lines, or the first that explains nearly all; None if none."""
    best: Reading | None = None
    for family in turn_families():
        if not _may_read(family, lines.sample):
            continue
        reading = family.read(lines)
        explains_more = best is None or reading.num_explained > best.num_explained
        if explains_more and not reading.has_contradiction and accepts(family, reading, _share(reading, lines)):
            best = reading
            if reading.num_explained >= _NEARLY_ALL * lines.num_filled:
                break
    return best


def _may_read(family: TurnFamily, sample: list[str]) -> bool:
    """Return whether enough sample lines look right to a family. A few will do, since turns may have many lines."""
    wanted = max(_MIN_TURNS, int(_SAMPLE_SHARE * family.min_share * len(sample)))
    found = 0
    for line in sample:
        found += family.looks_right(line)
        if found == wanted:
            return True
    return False


def _is_plausible(family: TurnFamily, reading: Reading, share: float) -> bool:
    num_speakers = len({turn.label for turn in reading.turns})
    recurs = family.is_certain or num_speakers < len(reading.turns)
    return len(reading.turns) >= _MIN_TURNS and recurs and share >= min(family.min_share, _MIN_SHARE_IN_DIALOGUE)


def _is_dialogue(family: TurnFamily, reading: Reading, share: float) -> bool:
    if share < family.min_share or len(reading.turns) < _MIN_TURNS:
        return False
    return family.is_certain or _speakers_recur(reading)


def _share(reading: Reading, lines: Lines) -> float:
    """Return the larger of the shares of explained lines and blocks; fewer than four blocks count as four."""
    return max(reading.num_explained / max(1, lines.num_filled), reading.num_blocks / max(4, lines.num_blocks))


def _speakers_recur(reading: Reading) -> bool:
    # `Hon. Mary Park (Minister of Health)` recurs as `Hon. Mary Park`.
    speakers = Counter(turn.label.partition(" (")[0] for turn in reading.turns)
    if _is_list_of_records([turn.label for turn in reading.turns]):
        return False
    recurring = sum(count for count in speakers.values() if count > 1)
    return recurring >= _MIN_RECURRING_TURNS and len(speakers) <= _MAX_DISTINCT_SHARE * len(reading.turns)


def _is_list_of_records(labels: list[str]) -> bool:
    """Return whether labels come in a fixed order, as in a list of records.

    The third most frequent label occurs at least three times, and at least half as often as the most frequent label.
    Nearly every label is followed by the same label each time.
    In a hearing, questions and answers alternate too, but all other speakers speak far less often.
    """
    most = Counter(labels).most_common(_MIN_RECORD_LABELS)
    if len(most) < _MIN_RECORD_LABELS or most[-1][1] < max(_MIN_RECORDS, most[0][1] // 2):
        return False
    followers: dict[str, Counter[str]] = {}
    for label, following in pairwise(labels):
        followers.setdefault(label, Counter())[following] += 1
    fixed = sum(counts.most_common(1)[0][1] for counts in followers.values())
    return fixed >= _FIXED_SHARE * (len(labels) - 1)
