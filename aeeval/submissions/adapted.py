"""What every kind of autoencoder object is turned into: two functions, and what else it can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aeeval.errors import AeevalError, SubmissionError
from aeeval.submissions.unwrap import code_of, rows_of

Function = Callable[..., Any]


@dataclass(frozen=True)
class Adapted:
    """What the harness calls. `raw` is the object itself, for training and for eval mode.

    `encode` and `decode` answer tensors, whatever the object wraps them in.
    """

    raw: Any
    encode: Function
    decode: Function
    fit: Function | None = None
    loss: Function | None = None
    sample: Function | None = None
    array: bool = False
    """True where the functions take and give numpy arrays of flat rows (scikit-learn)."""


def tensors(model: Any, encode: Function, decode: Function) -> Adapted:
    """Adapted functions that answer tensors: the code and the rows in what the model's own return."""
    return Adapted(model, lambda x: code_of(encode(x)), lambda z: rows_of(decode(z)))


def guarded(step: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a submission's code: whatever it raises becomes one `SubmissionError` that names the step."""
    try:
        return function(*args, **kwargs)
    except (AeevalError, NotImplementedError):
        raise
    except Exception as error:  # the submission's own failure, to be recorded
        raise SubmissionError(f"{step} raised {type(error).__name__}: {error}") from error
