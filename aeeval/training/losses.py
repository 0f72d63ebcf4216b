"""The loss of models that have none of their own, and what is asked of those that have."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from aeeval.errors import SubmissionError, message

Loss = Callable[[Tensor], Tensor]


def squared_error(model: Any) -> Loss:
    """The mean over rows of ‖g(f(x)) − x‖², summed over all axes of a row: (n, *shape) -> scalar.

    The code is what `model.encode` returns, or its first member when that is a tuple.
    """

    def loss(x: Tensor) -> Tensor:
        answer = _first(model.decode(_first(model.encode(x))))
        if answer.shape[:1] != x.shape[:1] or answer.numel() != x.numel():  # a difference would broadcast in silence
            way_out = f"return (n, {', '.join(map(str, x.shape[1:]))})"
            raise SubmissionError(message(f"shape {tuple(x.shape)} from decode", f"{tuple(answer.shape)}", way_out))
        return (answer.reshape(x.shape) - x).square().flatten(1).sum(dim=1).mean()

    return loss


def _first(answer: Any) -> Any:
    return answer[0] if isinstance(answer, tuple | list) else answer


def check_differentiable(value: Any) -> None:
    """Raise `SubmissionError` unless a loss is a scalar that depends on trainable parameters."""
    if not isinstance(value, Tensor) or value.ndim:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise SubmissionError(message("a scalar tensor from loss(x)", got, "return the mean over the rows"))
    if not value.requires_grad:
        way_out = "compute it with torch from the model's parameters, without detach, numpy or no_grad; or give fit"
        raise SubmissionError(message("a loss that depends on trainable parameters", "one without gradient", way_out))


def check_finite(losses: Sequence[Tensor], last_step: int) -> None:
    """Raise `SubmissionError` with the first step whose loss is not finite; the losses end at `last_step`."""
    values = torch.stack(list(losses))
    if len(bad := (~torch.isfinite(values)).nonzero()):
        first = int(bad[0])
        raise not_finite(values[first].item(), f"at step {last_step - len(losses) + 1 + first}")


def not_finite(value: float, where: str) -> SubmissionError:
    """The error of a loss that is NaN or infinite."""
    way_out = "lower the learning rate, or keep the loss from dividing by 0 or taking its logarithm"
    return SubmissionError(message("a finite loss", f"{value} {where}", way_out))
