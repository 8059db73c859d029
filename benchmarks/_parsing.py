"""How fast one source tree parses documents; run as a program of its own, with that tree on the path.

    PYTHONPATH=TREE python -P benchmarks/_parsing.py DOCUMENTS ROUNDS

DOCUMENTS is a file of JSON lines: `text`, `domain`, `language`, `uri`. Prints one JSON object: for each domain and
language the megabytes, the CPU seconds of the best round for structure (outline or sections, and the places where a
document may be cut) and for facts (what structural questions are made of), and the number of facts. Trees from before
the outline parse a second time while they look for facts; the time of those parsers is counted as that of structure.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.pack.boundaries import boundaries
from pipeline.records import Context
from pipeline.synthesize.structural.candidates import find_facts

_SECOND_PARSERS = {
    "documents": ("english_outline", "korean_outline", "section_outline", "split_sources", "parse_python"),
    "speakers": ("_turns",),
    "steps": ("_procedures",),
    "tables": ("_tables",),
}
"""Functions of trees from before the outline, by the module of `synthesize.structural` that calls them."""

Parse = Callable[[dict[str, str]], Context]
"""Finds the structure of a document and the places where it may be cut; comes back with it as a row."""


def main(arguments: Sequence[str]) -> int:
    """Run the measurement; returns the exit code."""
    path, num_rounds = Path(arguments[1]), int(arguments[2])
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            document = json.loads(line)
            groups[f"{document['domain']}/{document['language']}"].append(document)
    second = _Stopwatch()
    parse = _parser(second)
    print(json.dumps({key: _measure(groups[key], parse, second, num_rounds) for key in sorted(groups)}))
    return 0


class _Stopwatch:
    """CPU seconds inside the functions that were put under watch, calls of each other counted once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._is_running = False

    def watch(self, module: Any, name: str) -> None:
        """Count the time of a module's function from here on."""
        function = getattr(module, name)

        def timed(*arguments: Any, **named: Any) -> Any:
            if self._is_running:
                return function(*arguments, **named)
            self._is_running = True
            begin = time.process_time()
            try:
                found = function(*arguments, **named)
                return list(found) if isinstance(found, Iterator) else found
            finally:
                self.seconds += time.process_time() - begin
                self._is_running = False

        setattr(module, name, timed)


def _measure(
    documents: Sequence[dict[str, str]], parse: Parse, second: _Stopwatch, num_rounds: int
) -> dict[str, float]:
    tasks = _tasks()
    best = (float("inf"), float("inf"), 0)
    for _ in range(num_rounds + 1):  # Patterns are compiled in the first.
        structure = facts = 0.0
        found = 0
        for document in documents:
            begin, second.seconds = time.process_time(), 0.0
            row = parse(document)
            parsed = time.process_time()
            found += len(find_facts(context=row, tasks=tasks).facts)
            structure += parsed - begin + second.seconds
            facts += time.process_time() - parsed - second.seconds
        best = min(best, (structure, facts, found), key=lambda one: one[0] + one[1])
    num_mb = sum(len(document["text"].encode()) for document in documents) / 1e6
    return {"mb": num_mb, "structure_seconds": best[0], "fact_seconds": best[1], "facts": best[2]}


def _tasks() -> frozenset[str]:
    try:
        from pipeline.synthesize.tasks import task_names
    except ImportError:  # of trees whose tasks are members of an enum
        return frozenset(import_module("pipeline.config.build").StructuralTask)
    return frozenset(task_names())


def _parser(second: _Stopwatch) -> Parse:
    try:
        from pipeline.documents.grammar.outline import read_outline, sections_of
    except ImportError:
        return _old_parser(second)

    def parse(document: dict[str, str]) -> Context:
        text, name = document["text"], document["uri"].rsplit("/", 1)[-1]
        outline = read_outline(text=text, domain=document["domain"], language=document["language"], name=name)
        sections = sections_of(outline, length=len(text))
        boundaries(text, domain=document["domain"], sections=sections, outline=outline, path=document["uri"])
        return _row(document, sections=sections, outline=outline)

    return parse


def _old_parser(second: _Stopwatch) -> Parse:
    """Of trees whose documents have no outline yet."""
    for module, names in _SECOND_PARSERS.items():
        for name in names:
            second.watch(import_module(f"pipeline.synthesize.structural.{module}"), name)
    find_sections: Any = import_module("pipeline.documents.outline").find_sections
    find_boundaries: Any = boundaries

    def parse(document: dict[str, str]) -> Context:
        sections = find_sections(text=document["text"], domain=document["domain"])
        find_boundaries(document["text"], domain=document["domain"], sections=sections, path=document["uri"])
        return _row(document, sections=sections)

    return parse


def _row(document: dict[str, str], **found: Any) -> Context:
    return Context(
        doc_id="d",
        text=document["text"],
        domain=document["domain"],
        language=document["language"],
        title="",
        licence="",
        source_uri=document["uri"],
        source_offset=0,
        sha256="",
        num_tokens=0,
        bucket=0,
        cluster_id="d",
        parent_id="d",
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining="none",
        members=(),
        repeats=1,
        **found,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv))
