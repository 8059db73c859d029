"""A process that holds a folder, led by lines on its standard input; the tests start, stop and kill it.

`python lease_holder.py FOLDER HEARTBEAT_SECONDS STALE_SECONDS` says `ready`, waits for `go`, then says `held
True|False` (whether it took over a dead run's folder) or `refused MESSAGE`. Then `write NAME` answers `wrote`; the end
of its input ends it.
Exit codes are those of the command line.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.config.start import LeaseTiming
from pipeline.errors import FolderBusyError, PipelineError
from pipeline.io import files
from pipeline.io.lease import hold_folder


class Holder:
    """One such process, seen from a test."""

    def __init__(self, folder: Path | str, *, heartbeat_seconds: float = 30.0, stale_seconds: float = 300.0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(heartbeat_seconds), str(stale_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def await_ready(self) -> None:
        assert self.hear() == "ready"

    def hold(self) -> str:
        self.await_ready()
        self.say("go")
        return self.hear()

    def end(self) -> tuple[int, str]:
        """Close its input, wait; exit code and what it said last."""
        said, complaint = self.process.communicate(timeout=60)
        return self.process.returncode, said + complaint

    def kill(self) -> None:
        """As `kill -9` does: its parent has not collected it yet."""
        self.process.kill()


def main(folder: str, heartbeat_seconds: float, stale_seconds: float) -> int:
    print("ready", flush=True)
    assert sys.stdin.readline() == "go\n"
    try:
        with hold_folder(folder, command="build-sft", timing=LeaseTiming(heartbeat_seconds, stale_seconds)) as lease:
            print(f"held {lease.taken_over}", flush=True)
            for line in sys.stdin:
                files.write_text(files.join(folder, line.split()[1]), "mine")
                print("wrote", flush=True)
    except FolderBusyError as error:
        print(f"refused {error}", flush=True)
        return error.exit_code
    except PipelineError as error:
        print(f"stopped {type(error).__name__} {error}", flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
