"""One part of the checks on a GPU, in a process of its own.

    python -m benchmarks._gpu_process NAME '{"device": "cuda", …}'

prints one JSON object for each finding as it is made, so that a part that is ended loses nothing. Exit code 3 means
that a check does not hold, 4 that the part cannot run here; the last finding says why. Started by `gpu_check`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from benchmarks._gpu_environment import adapt_older_torch
from benchmarks._gpu_part import CannotRunError, Check, Line, Setting, finding_json, measure_of

DOES_NOT_HOLD, CANNOT_RUN = 3, 4
"""Exit codes; an exception has 1."""


def main(arguments: Sequence[str]) -> int:
    """Run a part; returns the exit code."""
    name, setting = arguments[0], Setting(**json.loads(arguments[1]))
    code = 0
    try:
        if setting.device == "cuda":
            adapt_older_torch()
        for finding in measure_of(name)(setting):
            print(finding_json(finding), flush=True)
            if isinstance(finding, Check) and not finding.holds:
                code = DOES_NOT_HOLD
    except CannotRunError as error:
        reason = str(error)
    except ModuleNotFoundError as error:
        reason = f"The package '{error.name}' is not installed."
    else:
        return code
    print(finding_json(Line(f"\n{reason}")), flush=True)
    return code or CANNOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
