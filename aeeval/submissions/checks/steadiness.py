"""Checks that an answer depends on the row alone: not on chance, its neighbours, their order, or earlier questions."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.seeds import generator
from aeeval.submissions.checks.compare import COARSE, deviation, same
from aeeval.submissions.checks.finding import check, prefer
from aeeval.submissions.checks.subject import Subject
from aeeval.submissions.unwrap import rows_of

_CHANCE = "in eval mode, return the mean of the posterior and draw no noise"
_NEIGHBOURS = "use running statistics (BatchNorm in eval mode), and no mean or norm over the batch"
_MEMORY = "keep nothing between calls: an answer must depend on the row alone"


@check
def determinism(subject: Subject) -> str:
    """The same rows asked twice get the same codes, and the same codes the same rows."""
    same(subject.z, subject.model.encode(subject.x), "when encode is asked twice", _CHANCE)
    return same(subject.x_hat, subject.model.decode(subject.z), "when asked twice", _CHANCE)


@check
def batch_independence(subject: Subject) -> str:
    """A row gets the same answer alone, in small batches and in the whole."""
    for size in (1, 5) if len(subject.x) > 5 else (1,):
        codes = torch.cat([subject.model.encode(part) for part in subject.x.split(size)])
        same(subject.z, codes, f"from encode in batches of {size} and of {len(subject.x)}", _NEIGHBOURS)
        back = torch.cat([subject.model.decode(part) for part in subject.z.split(size)])
        same(subject.x_hat, back, f"from decode in batches of {size} and of {len(subject.x)}", _NEIGHBOURS)
    return f"equal in batches of 1{', 5' if len(subject.x) > 5 else ''} and all"


@check
def order_independence(subject: Subject) -> str:
    """Rows in another order get the same answers."""
    order = torch.randperm(len(subject.x), generator=generator(1))  # of two rows: (1, 0)
    back = order.argsort()
    same(subject.z, subject.model.encode(subject.x[order])[back], "from encode in shuffled order", _NEIGHBOURS)
    return same(subject.x_hat, subject.model.decode(subject.z[order])[back], "in shuffled order", _NEIGHBOURS)


@check
def no_memory(subject: Subject) -> str:
    """Questions about other rows in between do not change an answer."""
    z, x_hat = subject.z, subject.x_hat  # asked before the others
    few = subject.few
    for rows in (subject.x[-few:] * 2, *((subject.x[:few], subject.x[1 : few + 1]) if few > 1 else ())):
        subject.model.reconstruct(rows)
    same(z, subject.model.encode(subject.x), "from encode after other questions", _MEMORY)
    return same(x_hat, subject.model.decode(z), "after other questions", _MEMORY)


@check
def reconstruct(subject: Subject) -> str:
    """The model's own `reconstruct(x)`, or calling the module, gives decode(encode(x)), which is what is measured."""
    name, function = _own_round_trip(subject)
    first = _asked(name, function, subject.rows)
    second = _asked(name, function, subject.rows[: subject.few])
    differs = "what is measured is decode(encode(x))"
    prefer(
        deviation(first[: subject.few], second) <= COARSE,
        f"the same answer from {name} twice",
        "answers drawn by chance",
        f"{differs}, without that noise; nothing to do if that is meant",
    )
    return same(
        subject.x_hat,
        first,
        f"from {name} and from decode(encode(x))",
        f"{differs}: make encode and decode take every step of {name} (quantiser, flow, skip connection, scaling)",
    )


@check
def gradient(subject: Subject) -> str:
    """The gradient of the round trip is its slope: autograd agrees with finite differences."""
    slope, secant = _derivatives(subject)
    gap = (slope - secant).norm().item() / max(slope.norm().item(), secant.norm().item(), 1e-12)
    prefer(
        gap <= 0.5,
        "a gradient that agrees with finite differences",
        f"a difference of {gap:.0%}",
        "straight-through or blocked gradients are no slopes; all numbers here use differences, so nothing to do",
    )
    return f"autograd and differences agree to {gap:.1%}"


def _own_round_trip(subject: Subject) -> tuple[str, Callable[[Tensor], Any]]:
    raw = subject.model.adapted.raw
    if callable(own := getattr(raw, "reconstruct", None)):
        return "reconstruct(x)", own
    if isinstance(raw, torch.nn.Module) and getattr(type(raw), "forward", None) is not torch.nn.Module.forward:
        return "forward(x)", raw
    raise Skipped("no reconstruct or forward of its own")


def _asked(name: str, function: Callable[[Tensor], Any], rows: Tensor) -> Tensor:
    """(n, D) what the model's own round trip answers; skipped where it wants other arguments or answers no rows."""
    try:
        with torch.no_grad():
            answer = rows_of(function(rows))
    except Exception as error:  # another library's forward may want anything
        raise Skipped(f"{name} does not take rows alone: {type(error).__name__}: {error}"[:160]) from error
    if answer.shape[:1] != rows.shape[:1] or answer.numel() != rows.numel():
        raise Skipped(f"{name} answers shape {tuple(answer.shape)}, which are no rows")
    return answer.detach().to("cpu", torch.float64).reshape(len(rows), -1)


def _derivatives(subject: Subject) -> tuple[Tensor, Tensor]:
    """Per row, the derivative of ⟨w, r(x + t u)⟩ in t at 0 by autograd, and its central secant; w and u are random."""
    model, drawn = subject.model, generator(2)
    x = subject.x if subject.few > 1 else subject.x[:1]
    step = 1e-2 * (x.std().item() or 1.0)
    u, w = (torch.randn(x.shape, generator=drawn, dtype=torch.float64) for _ in range(2))
    secant = ((model.reconstruct(x + step * u) - model.reconstruct(x - step * u)) * w).sum(1) / 2 / step
    return model.slope(x, u, w), secant
