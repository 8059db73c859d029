"""`OneInput`: the base of the transforms that take one collection. It explains what is not one.

Most transforms return several outputs, and Beam would take these for elements to create: the error would name neither
the transform nor its outputs. Used by the public transforms, apart from `ReadDocuments`, which begins a pipeline.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.pvalue import DoOutputsTuple, PBegin, PCollection

from pipeline.errors import InputError


class OneInput(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """A transform that takes one collection."""

    def __ror__(self, left: Any, label: str | None = None) -> Any:  # Any: whatever stands before `|`, Beam's outputs
        """Apply the transform to what Beam does not know as a collection.

        Raises:
            InputError: it is the pipeline itself, the outputs of a transform, or several collections.
        """
        check_one_input(left, transform=type(self).__name__)
        return super().__ror__(left, label)


def check_one_input(given: object, *, transform: str) -> None:
    """Refuse a pipeline, the outputs of a transform, and several collections, for a transform that takes one.

    Args:
        given: what the transform is applied to.
        transform: its name.

    Raises:
        InputError: it is one of these.
    """
    if isinstance(given, beam.Pipeline | PBegin):
        raise InputError(
            f"{transform} takes a collection, and was applied to the pipeline itself.",
            remedy=f"Begin with ReadDocuments, or with beam.Create and ShardRecords: `documents | {transform}(…)`.",
        )
    if outputs := _outputs(given):
        names = list(outputs)
        raise InputError(
            f"{transform} takes one collection, and was given the {len(names)} outputs of {_step(given, outputs)}: "
            f"{', '.join(names)}.",
            remedy=f"Name the output: `.{names[0]}`.",
        )
    if isinstance(given, tuple | list) and any(isinstance(one, PCollection) for one in given):
        raise InputError(
            f"{transform} takes one collection, and was given {len(given)}.",
            remedy=f"Flatten them: `(first, second) | beam.Flatten() | {transform}(…)`.",
        )


def _outputs(given: object) -> dict[str, PCollection]:
    """Return the outputs of a transform by name, the main output first; none if this is something else."""
    if isinstance(given, DoOutputsTuple):
        main = given._main_tag or "main"
        return {main if one.tag is None else one.tag: one for one in given}
    if isinstance(given, tuple) and hasattr(given, "_fields"):
        return dict(zip(given._fields, given, strict=True))
    return {}


def _step(given: object, outputs: dict[str, PCollection]) -> str:
    """Return the name of the step in the pipeline that has the outputs."""
    first = next(iter(outputs.values()))
    label = given.producer.full_label if isinstance(given, DoOutputsTuple) else first.producer.full_label
    return str(label).partition("/")[0]
