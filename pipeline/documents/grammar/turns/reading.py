"""Turns of a text, read by the family of formats that explains most of its lines.

In: text. Out: nodes of kind `turn`, in order, without overlap. Used to tell dialogues from other documents, to cut them
and to ask questions about them. Cost: each family reads the text once; most are ruled out by a sample of the lines.
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
_MIN_TURNS_OF_UNKNOWN = 4
_NEARLY_ALL = 0.9
"""Share of explained lines at which no further family is tried."""
_SAMPLE_SHARE = 0.25
"""Part of a family's smallest share that must look right in a sample of the lines."""
_MIN_SHARE_OF_KNOWN = 0.2
_MIN_RECORD_LABELS = 3
_MIN_RECORDS = 3
_FIXED_SHARE = 0.9
"""Share of labels in a list of records that are followed by their usual successor."""
_MAX_DISTINCT_SHARE = 0.6
"""Largest ratio of speakers to turns. Speakers of a dialogue recur; labels of a form or a specification rarely do."""


def read_turns(text: str) -> list[Node]:
    """Return the turns of a document known to be a dialogue, or of a part of one; empty if it has fewer than two."""
    found = _best_reading(split_lines(text), _could_be_of_dialogue)
    return list(found.turns) if found else []


def holds_dialogue(text: str) -> bool:
    """Return whether a text of unknown kind is a dialogue: most of its lines are turns, and speakers recur."""
    return _best_reading(split_lines(text), _is_dialogue) is not None


def _best_reading(lines: Lines, accepts: Callable[[TurnFamily, Reading, float], bool]) -> Reading | None:
    """Return the accepted reading that explains the most lines, or None."""
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
    """Return whether enough lines of the sample look right. The bar is low, since turns may span several lines."""
    wanted = max(_MIN_TURNS, int(_SAMPLE_SHARE * family.min_share * len(sample)))
    found = 0
    for line in sample:
        found += family.looks_right(line)
        if found == wanted:
            return True
    return False


def _could_be_of_dialogue(family: TurnFamily, reading: Reading, share: float) -> bool:
    num_speakers = len({turn.label for turn in reading.turns})
    comes_back = family.is_certain or num_speakers < len(reading.turns)
    return len(reading.turns) >= _MIN_TURNS and comes_back and share >= min(family.min_share, _MIN_SHARE_OF_KNOWN)


def _is_dialogue(family: TurnFamily, reading: Reading, share: float) -> bool:
    if share < family.min_share or len(reading.turns) < _MIN_TURNS:
        return False
    return family.is_certain or _speakers_come_back(reading)


def _share(reading: Reading, lines: Lines) -> float:
    """Return the share of lines explained, or of blocks if that is larger, as for turns of several lines."""
    return max(reading.num_explained / max(1, lines.num_filled), reading.num_blocks / max(4, lines.num_blocks))


def _speakers_come_back(reading: Reading) -> bool:
    # `Hon. Mary Park (Minister of Health)` recurs as `Hon. Mary Park`.
    speakers = Counter(turn.label.partition(" (")[0] for turn in reading.turns)
    if _is_list_of_records([turn.label for turn in reading.turns]):
        return False
    coming_back = sum(count for count in speakers.values() if count > 1)
    return coming_back >= _MIN_TURNS_OF_UNKNOWN and len(speakers) <= _MAX_DISTINCT_SHARE * len(reading.turns)


def _is_list_of_records(labels: list[str]) -> bool:
    """Return whether at least three labels occur about equally often, each nearly always before the same one.

    Questions and answers of a hearing alternate too, but there all other speakers speak far less.
    """
    most = Counter(labels).most_common(_MIN_RECORD_LABELS)
    if len(most) < _MIN_RECORD_LABELS or most[-1][1] < max(_MIN_RECORDS, most[0][1] // 2):
        return False
    followers: dict[str, Counter[str]] = {}
    for label, following in pairwise(labels):
        followers.setdefault(label, Counter())[following] += 1
    fixed = sum(counts.most_common(1)[0][1] for counts in followers.values())
    return fixed >= _FIXED_SHARE * (len(labels) - 1)
