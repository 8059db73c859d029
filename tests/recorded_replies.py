"""Replies that people wrote who had not seen the checks, good ones and spoiled ones, and what the checks make of them.

    python -m tests.recorded_replies [--show KIND]

prints how many of each kind pass, in each language. The folder `recordings/replies` has the documents, with their
licences, and one reply a line. Used by `tests/synthesize/test_recorded_replies.py`.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.config.build import WrittenRecipe
from pipeline.identity import content_id
from pipeline.records import Context, JoiningKind, Message, Section
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt, FinishReason, Sampling, TeacherReply, TeacherRequest
from pipeline.synthesize.written.draft import PlannedRequest
from tests.written_requests import judge_written

FOLDER = Path(__file__).parent / "recordings" / "replies"
GOOD = "good"
NEEDS_NO_JUDGE = frozenset(
    {
        *("wrong_unit", "wrong_magnitude", "swapped_values", "negation", "bound", "wrong_name", "swapped_names"),
        *("invented_quote", "wrong_language", "cut_json", "repetition", "obeyed_injection"),
    }
)
"""The kinds of spoiled replies that the checks must catch without a judge."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One reply and what became of it."""

    case: Mapping[str, Any]
    language: str
    reason: str
    """Why the reply was rejected; empty if it passed."""
    detail: str

    @property
    def is_good(self) -> bool:
        return bool(self.case["verdict"] == GOOD)

    @property
    def kind(self) -> str:
        return str(self.case["kind"])


@cache
def recorded(language: str) -> tuple[Recorded, ...]:
    """Return the replies in one language with their verdicts."""
    lines = (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    headings: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        headings[case["document"]].append(case["heading"])
    contexts = {row["file"]: _context(row, headings[row["file"]], language) for row in _documents(language)}
    return tuple(_judged(case, contexts[case["document"]], language) for case in cases)


def share_passed(found: Sequence[Recorded]) -> float:
    """Return the share of replies that passed."""
    return sum(not one.reason for one in found) / len(found)


def _documents(language: str) -> list[dict[str, str]]:
    with (FOLDER / f"documents-{language}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _context(row: Mapping[str, str], headings: Sequence[str], language: str) -> Context:
    text = (FOLDER / "documents" / row["file"]).read_text(encoding="utf-8")
    places = sorted({(text.index(title), title) for title in headings if title and title in text})
    starts = [(0, ""), *places] if not places or places[0][0] else places
    ends = [start for start, _ in starts[1:]] + [len(text)]
    doc_id = content_id(text)
    return Context(
        doc_id=doc_id,
        text=text,
        domain=row["domain"],
        language=language,
        title=row["title"],
        licence=row["licence"],
        source_uri=row["file"],
        source_offset=0,
        sha256="0" * 64,
        num_tokens=max(1, len(text) // 4),
        bucket=8192,
        cluster_id=doc_id,
        sections=tuple(
            Section(start=start, end=end, level=int(bool(title)), title=title)
            for (start, title), end in zip(starts, ends, strict=True)
        ),
        parent_id=doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining=JoiningKind.NONE.value,
        members=(),
        repeats=1,
    )


def _judged(case: Mapping[str, Any], context: Context, language: str) -> Recorded:
    start = context.text.index(case["segment"])
    is_summary = case["task"] == "summary"
    prompt = ChatPrompt((Message("user", case["segment"]),), "{}")
    planned = PlannedRequest(
        task="summary" if is_summary else "qa",
        segment=Span(start=start, end=start + len(case["segment"])),
        request=TeacherRequest(prompt, Sampling(0.0, 512, 17), "v1"),
        section_title=case["heading"] if is_summary else "",
    )
    text = case["reply_text"] if "reply_text" in case else json.dumps(case["reply"], ensure_ascii=False)
    _, rejections = judge_written(
        context=context,
        planned=[planned],
        replies=[TeacherReply(text, FinishReason.STOP, 1, 0, 1, "")],
        teacher="openai:m",
        questions_taken=[],
        recipe=WrittenRecipe(),
    )
    reason, detail = (rejections[0].reason, rejections[0].detail) if rejections else ("", "")
    return Recorded(case, language, reason, detail)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", default="")
    shown = parser.parse_args().show
    for language in ("en", "ko"):
        found = recorded(language)
        kinds: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        for one in found:
            kinds[one.case["verdict"], one.kind].append(one)
        for (verdict, kind), members in sorted(kinds.items()):
            print(
                f"{language} {verdict:8} {kind:26} {sum(not one.reason for one in members):3} of {len(members):3} pass"
            )
        good = [one for one in found if one.is_good]
        spoiled = [one for one in found if not one.is_good]
        without = [one for one in spoiled if one.kind in NEEDS_NO_JUDGE]
        print(
            f"{language}: good {share_passed(good):.3f} pass; spoiled {1 - share_passed(spoiled):.3f} caught; "
            f"of those that need no judge {1 - share_passed(without):.3f}"
        )
        for one in found:
            if shown and (one.kind == shown or shown == "wrong") and bool(one.reason) == one.is_good:
                reply = json.dumps(one.case.get("reply"), ensure_ascii=False)
                print(one.case["id"], one.kind, one.reason, "|", one.detail[:150], "|", reply[:400])


if __name__ == "__main__":
    _main()
