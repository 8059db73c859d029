"""Compares the rows that a trainer's own code loaded with the ids and answers in `tokens/`.

Takes a build folder and the lines that a loader script wrote; returns one result for each form that it loaded. A form's
name ends with the split, such as `trl.yaml: train`. Forms of single turns are compared with the rows of one turn.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compat.loaders.examples_out import IGNORED, Example
from pipeline.io.parts import read_part_with_lists
from pipeline.io.token_store import TOKEN_IDS
from pipeline.records import ConversationTokens

SINGLE_TURN_FORMS = ("prompt_completion", "alpaca")
Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A row of `tokens/`."""

    ids: Ids
    spans: tuple[tuple[int, int], ...]
    """[start, end) of the answers, in tokens."""

    @property
    def labels(self) -> Ids:
        """The ids of answers, and -100 for other tokens."""
        labels = [IGNORED] * len(self.ids)
        for start, end in self.spans:
            labels[start:end] = self.ids[start:end]
        return tuple(labels)


@dataclass(frozen=True, slots=True)
class FormResult:
    """How the rows that a trainer loaded from one form compare with `tokens/`."""

    form: str
    num_expected: int
    num_loaded: int
    num_ids_equal: int
    num_labels_equal: int
    num_loss_tokens: int
    """Tokens in the loss, over all loaded rows."""
    num_expected_loss_tokens: int
    num_left_out: int
    """Tokens of answers that the trainer leaves out of the loss, over the rows whose ids are equal."""
    num_last_left_out: int
    """Those of them that are the last token of an answer, which a template writes after the end-of-turn token."""
    num_added: int
    """Tokens outside of answers that the trainer puts into the loss, over the rows whose ids are equal."""

    @property
    def is_equal(self) -> bool:
        """Whether exactly the expected rows were loaded, each with the expected labels."""
        return self.num_expected == self.num_loaded == self.num_labels_equal > 0

    @property
    def is_equal_but_for_last_tokens(self) -> bool:
        """Whether the rows are the expected ones, and only last tokens of answers are missing from the loss."""
        same_rows = self.num_expected == self.num_loaded == self.num_ids_equal > 0
        return same_rows and self.num_left_out == self.num_last_left_out and not self.num_added


def expected_rows(build: Path) -> dict[str, list[Expected]]:
    """Return the rows of `tokens/` by split."""
    rows: dict[str, list[Expected]] = defaultdict(list)
    for path in sorted((build / "tokens").glob("*.parquet")):
        for record, lists in read_part_with_lists(str(path), ConversationTokens, [TOKEN_IDS]):
            spans = tuple((span.start, span.end) for span in record.answer_spans)
            rows[path.name.split("-", 1)[0]].append(Expected(tuple(lists[TOKEN_IDS].tolist()), spans))
    return rows


def compare_forms(lines: Iterable[str], expected: Mapping[str, Sequence[Expected]]) -> Iterator[FormResult]:
    """Yield the result of each form among the lines of a loader script, in the order of their first line."""
    loaded: dict[str, list[Example]] = {}
    for line in lines:
        row = json.loads(line)
        loaded.setdefault(row["form"], []).append(Example(row["ids"], row["labels"]))
    for form, examples in loaded.items():
        name, split = form.rsplit(": ", 1)
        rows = [row for row in expected[split] if len(row.spans) == 1 or name not in SINGLE_TURN_FORMS]
        yield compare(form, examples, rows)


def compare(form: str, examples: Sequence[Example], expected: Sequence[Expected]) -> FormResult:
    """Return how the loaded rows compare with the expected ones, in any order."""
    wanted = Counter((row.ids, row.labels) for row in expected)
    loaded = Counter((tuple(one.ids), tuple(one.labels)) for one in examples)
    left_out = last_left_out = added = 0
    by_ids = {row.ids: row for row in expected}
    for ids, labels in loaded.elements():
        if row := by_ids.get(ids):
            wrong = {index for index, (own, label) in enumerate(zip(row.labels, labels, strict=True)) if own != label}
            missing = {index for index in wrong if labels[index] == IGNORED}
            left_out += len(missing)
            last_left_out += len(missing & {end - 1 for _, end in row.spans})
            added += len(wrong - missing)
    wanted_ids, loaded_ids = (Counter(ids for ids, _ in rows.elements()) for rows in (wanted, loaded))
    return FormResult(
        form=form,
        num_expected=len(expected),
        num_loaded=len(examples),
        num_ids_equal=(wanted_ids & loaded_ids).total(),
        num_labels_equal=(wanted & loaded).total(),
        num_loss_tokens=sum(label != IGNORED for one in examples for label in one.labels),
        num_expected_loss_tokens=sum(end - start for row in expected for start, end in row.spans),
        num_left_out=left_out,
        num_last_left_out=last_left_out,
        num_added=added,
    )
