"""All facts of a document.

Takes a `Context` and the names of the wanted tasks; returns the `Findings` of those tasks. Used by `candidates`.
"""

from __future__ import annotations

from collections.abc import Set

from pipeline.records import Context
from pipeline.synthesize.structural.facts import Findings, join_findings
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.tasks import structural_tasks


def find_facts(*, context: Context, tasks: Set[str]) -> Findings:
    """Return everything that the wanted tasks find in a document of their domains, and what they refuse."""
    reading = Reading(context)
    wanted = (task for task in structural_tasks() if task.name in tasks and context.domain in task.finds)
    return join_findings(task.finds[context.domain](reading) for task in wanted)
