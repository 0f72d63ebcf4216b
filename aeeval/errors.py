"""The errors of the package: each says what was expected, what came, and the way out."""

import difflib
from collections.abc import Iterable


class AeevalError(Exception):
    """Base of all errors that a user can cause and mend; the command line ends with `exit_code`."""

    exit_code = 2


class UsageError(AeevalError):
    """A command, name, file or argument that cannot be used as it stands."""


class UnknownName(UsageError):
    """A name that is not registered; the message carries the nearest known names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]):
        names = sorted(known)
        near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}."
        super().__init__(f"unknown {kind} {name!r}; {hint}")
        self.kind, self.name, self.near = kind, name, near


class SuiteError(UsageError):
    """A suite file with a wrong key, a missing key or a value out of range."""


class GeometryError(UsageError, ValueError):
    """Parameters for which a manifold, a support or a noise model does not exist."""


class DataError(UsageError):
    """A data file or data set that cannot be read or does not have the expected arrays."""


class StoreError(AeevalError):
    """A results folder that cannot be written or read."""

    exit_code = 3


class NotComparable(AeevalError):
    """Two sets of records that must not be put side by side (other task, metric or data version)."""

    exit_code = 4


class SubmissionError(AeevalError):
    """A submission that broke its contract; becomes a `failed` record."""

    exit_code = 3


class TimeLimit(SubmissionError):
    """A cell that ran past its wall-clock budget; becomes a `timeout` record."""


class Skipped(AeevalError):
    """A number that is ill-posed or impossible here; becomes a `skipped` record with the reason."""

    exit_code = 0


def message(expected: str, got: str, way_out: str) -> str:
    """The three parts of every error of this package in one line."""
    return f"expected {expected}; got {got}; {way_out}"
