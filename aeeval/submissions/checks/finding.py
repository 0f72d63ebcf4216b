"""What a check finds, and how one is written: a function that returns what it saw, or raises what is wrong."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from aeeval.errors import AeevalError, Skipped, SubmissionError, message

Subject = TypeVar("Subject")
PASS, WARN, FAIL, SKIP = STATUSES = ("pass", "warn", "fail", "skip")


class Doubtful(AeevalError):
    """Something that may be meant and changes what the numbers say; becomes a finding `warn`."""

    exit_code = 0


class CheckWarning(UserWarning):
    """How a finding `warn` is told where checks run as tests."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: `status` is pass, warn, fail or skip (not applicable); `text` says what was seen."""

    check: str
    status: str
    text: str

    def require(self) -> None:
        """Raise `AssertionError` for fail, skip the running pytest test for skip, warn for warn."""
        if self.status == FAIL:
            raise AssertionError(f"{self.check}: {self.text}")
        if self.status == WARN:
            warnings.warn(f"{self.check}: {self.text}", CheckWarning, stacklevel=2)
        if self.status == SKIP:
            import pytest

            pytest.skip(self.text)


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """A named check; call it with a subject: a model under examination, or a packed result."""

    name: str
    function: Callable[[Subject], str]

    @property
    def doc(self) -> str:
        """What holds for a model that passes."""
        return inspect.cleandoc(self.function.__doc__ or "")

    def __call__(self, subject: Subject) -> Finding:
        """The finding; whatever the model's code raises is a finding too."""
        try:
            return Finding(self.name, PASS, self.function(subject))
        except Doubtful as error:
            return Finding(self.name, WARN, str(error))
        except (Skipped, NotImplementedError) as error:
            return Finding(self.name, SKIP, str(error) or "not implemented")
        except AeevalError as error:
            return Finding(self.name, FAIL, str(error))
        except Exception as error:  # the submission's code, asked for what the harness asks it elsewhere under guard
            return Finding(self.name, FAIL, f"raised {type(error).__name__}: {error}")


def check(function: Callable[[Subject], str]) -> Check[Subject]:
    """Make a check of a function; its name is the check's."""
    return Check(function.__name__, function)


def require(holds: bool, expected: str, got: str, way_out: str) -> None:
    """Raise `SubmissionError`, a finding `fail`, unless it holds."""
    if not holds:
        raise SubmissionError(message(expected, got, way_out))


def prefer(holds: bool, expected: str, got: str, way_out: str) -> None:
    """Raise `Doubtful`, a finding `warn`, unless it holds."""
    if not holds:
        raise Doubtful(message(expected, got, way_out))
