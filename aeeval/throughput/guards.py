"""What makes a time worthless: work that was not done, done earlier, put off, or done in another precision."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from aeeval.errors import SubmissionError, message
from aeeval.throughput.operators import Seen, lower_than, record


def plain(output: object, op: str) -> Tensor:
    """The tensor that a contract-abiding call returned; a lazy stand-in could leave the work for later."""
    first = output[0] if isinstance(output, tuple) else output
    if type(first) is not Tensor:
        raise SubmissionError(
            message(f"a plain tensor from {op}", type(first).__name__, "return the computed values themselves")
        )
    return first


def compare(timed: Tensor, reference: Tensor, rows: Tensor, op: str) -> None:
    """Raise `SubmissionError` unless a timed output is finite and equals the reference, a row for each row."""
    if timed.shape != reference.shape or len(timed) != len(rows):
        got = f"{tuple(timed.shape)} when timed and {tuple(reference.shape)} when not"
        raise SubmissionError(message(f"{len(rows)} rows from {op}", got, "return one row for each input"))
    if not torch.isfinite(timed).all():
        raise SubmissionError(message(f"finite answers from {op}", "NaN or infinity", "check the range of its type"))
    # sqrt(eps) of the output's own precision: no honest kernel is that far from itself, any stale answer is.
    eps = torch.finfo(timed.dtype).eps if timed.is_floating_point() else 0.0
    allowed = eps**0.5 * float(reference.abs().max())
    error = float((timed - reference.to(timed.device)).abs().max())
    if not error <= allowed:
        way_out = f"compute {op} anew at every call, and without random draws"
        raise SubmissionError(message(f"the untimed output within {allowed:.3g}", f"{error:.3g} off", way_out))


def same_work(function: Callable[[Tensor], object], rows: Tensor, op: str) -> Seen:
    """What a call on rows (n, *shape) does, raising `SubmissionError` where a second call on equal rows does less.

    Two pairs of calls on copies, after one on other rows: what is remembered, by contents or by address, or left out
    every second time, lacks operators in one call of a pair. The pairs may differ: work may depend on the data.
    """
    function(rows)  # may set something up
    for contents in (rows.flip(0), 0.5 * rows if rows.is_floating_point() else rows):
        once, again = (record(function, contents.clone()) for _ in range(2))
        if once.operators != again.operators:
            missing = (once.operators - again.operators) + (again.operators - once.operators)
            raise SubmissionError(
                message(
                    f"the same operators in every call of {op} on equal rows",
                    f"calls with and without {', '.join(sorted(missing))}",
                    f"compute {op} anew at every call, whatever was asked before",
                )
            )
    return once


def precision(seen: Seen, output: Tensor, dtype: torch.dtype, op: str) -> None:
    """Raise `SubmissionError` where a call computed in a lower precision than was asked for, or answers in another."""
    asked = str(dtype).removeprefix("torch.")
    lower = lower_than(dtype, seen)
    if lower is not None:
        raise SubmissionError(message(f"{op} in {asked}", lower, "compute in the type of the rows, or ask for --dtype"))
    if output.is_floating_point() and torch.finfo(output.dtype).eps > torch.finfo(dtype).eps:
        got = str(output.dtype).removeprefix("torch.")
        raise SubmissionError(message(f"{asked} from {op}", got, "answer in the type of the rows"))


def in_eval_mode(modules: Iterable[nn.Module]) -> None:
    """Raise `SubmissionError` where a module is in training mode or gradients are kept: both take time."""
    if any(module.training for module in modules):
        raise SubmissionError(message("modules in eval mode", "one in training mode", "leave the mode as it was set"))
    if torch.is_grad_enabled():
        raise SubmissionError(message("calls without gradients", "gradients enabled", "leave torch's mode as it is"))
