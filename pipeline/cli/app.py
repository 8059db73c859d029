"""The command line: runs one command and turns errors into exit codes.

Exit codes: 0 done, 1 the run failed, 2 the user can fix the cause (such as a wrong option or a missing package), 130
interrupted by SIGINT, 143 by SIGTERM. `verify` also exits with 1 if it finds problems. After an interrupt, the same
command resumes. `cli.commands` defines the commands.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Sequence

from rich.console import Console

from pipeline.cli.commands import InterruptedCommandError, app
from pipeline.errors import DiskFullError, InputError, PipelineError, RunError
from pipeline.interrupt import GO_ON, exit_code_of, interrupts_end_the_command
from pipeline.train.machine.torchrun import launched_process

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SEPARATOR = "--"
_BEAM_COMMAND = "build-sft"


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    A `PipelineError`, a lack of memory or a full disk is printed as a message and a remedy. Other errors are raised.
    """
    _set_up_logging()
    try:
        with interrupts_end_the_command():
            own, beam = split_beam_options(arguments)
            app(own, standalone_mode=True, obj=beam)
    except PipelineError as error:
        return _print_error(error)
    except MemoryError:
        return _print_error(
            RunError("There is not enough memory.", remedy="Use a machine with more memory, or use less data.")
        )
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        return _print_error(_disk_full(error))
    except InterruptedCommandError as interrupt:
        return _interrupted(interrupt.exit_code)
    except KeyboardInterrupt as interrupt:
        return _interrupted(exit_code_of(interrupt))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def split_beam_options(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the arguments at the first `--` into the command's own arguments and the options for Beam.

    Raises:
        InputError: there are Beam options, but the command runs no Beam job.
    """
    if _SEPARATOR not in arguments:
        return list(arguments), []
    position = list(arguments).index(_SEPARATOR)
    own, beam = list(arguments[:position]), list(arguments[position + 1 :])
    if beam and (not own or own[0] != _BEAM_COMMAND):
        raise InputError(
            f"Only {_BEAM_COMMAND} takes Beam options, not '{' '.join(own)}'.", remedy=f"Leave out: {' '.join(beam)}"
        )
    return own, beam


def _print_error(error: PipelineError) -> int:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"{_process_prefix()}[bold red]error:[/] ", end="")
    console.print(error.message, markup=False)
    if error.remedy:
        console.print(error.remedy, markup=False)
    return error.exit_code


def _interrupted(exit_code: int) -> int:
    if not _process_prefix():
        Console(stderr=True, soft_wrap=True).print(GO_ON)
    return exit_code


def _disk_full(error: OSError) -> DiskFullError:
    return DiskFullError(
        f"No space is left to write {error.filename or 'a file'}: {error.strerror}.",
        remedy="Free some space, then run the same command again to go on.",
    )


def _process_prefix() -> str:
    """Return a prefix that names the process; empty for the first process or without torchrun."""
    process = launched_process(os.environ)
    return "" if process.is_first else f"process {process.rank}: "


def _set_up_logging() -> None:
    # Libraries log details for their own developers, so only their errors are shown. This project's messages are shown
    # from the level in LONGDOC_LOG on, WARNING by default.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    # Beam logs a traceback for each error that `run` prints in one sentence.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    logging.getLogger("pipeline").setLevel(os.environ.get("LONGDOC_LOG", "WARNING").upper())
