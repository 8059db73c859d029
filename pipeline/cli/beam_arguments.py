"""The command line split at `--`: the arguments after it belong to Beam."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import InputError

_SEPARATOR = "--"


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return our own arguments, and Beam's.

    Raises:
        InputError: Beam options for a command that runs no Beam job.
    """
    if _SEPARATOR not in arguments:
        return list(arguments), []
    at = list(arguments).index(_SEPARATOR)
    own, beam = list(arguments[:at]), list(arguments[at + 1 :])
    if beam and (not own or own[0] != "build-sft"):
        raise InputError(
            f"Only build-sft takes Beam options, not '{' '.join(own)}'.", remedy=f"Leave out: {' '.join(beam)}"
        )
    return own, beam
