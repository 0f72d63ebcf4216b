"""The command line: argument parsing and printing, nothing else."""

import os
import sys
from contextlib import suppress

from aeeval.cli.group import SECTIONS, SectionedGroup
from aeeval.errors import AeevalError

INTERRUPTED = 130


def main() -> None:
    """Run the command line; ends the process with the exit code of the outcome."""
    group = SectionedGroup(
        name="aeeval",
        help="Test and benchmark autoencoders: what they represent, measured against exact truth.",
    )
    try:
        code = group.main(standalone_mode=False)
    except AeevalError as error:
        print(f"aeeval: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("aeeval: interrupted; finished cells are kept: the same command goes on from there", file=sys.stderr)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def start() -> None:
    """As `main`, for a process that does nothing else.

    Interrupted, it ends at once: nothing is left to do, and taking down all that was imported takes seconds on a busy
    machine.
    """
    try:
        main()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(INTERRUPTED)


__all__ = ["SECTIONS", "main", "start"]
