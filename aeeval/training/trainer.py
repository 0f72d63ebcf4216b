"""The loop of the published trainer.

Adam on minibatches in a seeded order, at a constant learning rate that at last falls to zero along half a cosine, over
30 % of the budgeted steps. That cooldown begins when just so many steps are left, or earlier, as soon as the validation
rows have been looked at eight times in a row (every 50 steps) without a better result. The best parameters and buffers
of all looks are kept.

Why: the error of an MLP on clean test rows, and in brackets that under a constant rate that stops after the same eight
looks, and under a cosine over all steps, is .0006 (.0010, .0006) on the sphere's cap, .0027 (.0028, .0033) on the Swiss
roll, .0008 (.0013, .0010) on the graph and .21 (.20, .24) on the digits of the smoke suite (means of 3 seeds, 1000
steps). Why eight: after four looks some seeds were stopped on a plateau at PCA's error. Over the twelve tasks of the
suite core (5 seeds, 2000 steps) the geometric mean of that error is .0032 after four, and .0029 after eight, after
twelve, and without any.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from aeeval.errors import SubmissionError, TimeLimit, message
from aeeval.seeds import generator
from aeeval.training.best import Best, parameters, seeded, set_mode
from aeeval.training.budget import Budget
from aeeval.training.losses import Loss, check_differentiable, check_finite
from aeeval.training.schedule import Schedule

LOOK_EVERY = 50
PATIENCE = 8


@dataclass(frozen=True)
class TrainLog:
    """How a training went: steps made, the step whose parameters were kept and its validation loss, wall seconds.

    `stopped` says what ended it: "budget", or "validation" when the validation loss stalled and it cooled down early.
    `curve` are the validation losses of all looks, one every 50 steps and one at the end; `budget` the steps it had.
    """

    steps: int
    best_step: int
    best_val: float
    seconds: float
    stopped: str
    curve: tuple[float, ...] = ()
    budget: int = 0

    def told(self) -> dict[str, str | float]:
        """The same in numbers and words, the curve to four digits."""
        words = {"stopped": self.stopped, "curve": " ".join(f"{loss:.4g}" for loss in self.curve)}
        steps = {"steps": self.steps, "budget": self.budget, "best_step": self.best_step}
        return {**steps, "best_val": self.best_val, "seconds": self.seconds, **words}


def train(
    module: Any,
    loss: Loss,
    train_rows: Tensor,
    val_rows: Tensor,
    budget: Budget,
    *,
    seed: int,
    clock: Callable[[], float] = time.monotonic,
) -> TrainLog:
    """Minimise the mean of `loss` over the training rows; leaves the parameters that were best on the validation rows.

    `module`: a `torch.nn.Module`, or any object with `parameters()`, left in eval mode. `loss`: (batch, *shape) -> a
    differentiable scalar. `train_rows`, `val_rows`: (n, *shape). Equal seeds give bitwise equal parameters on a CPU;
    the model's own randomness is drawn from torch's global generators, which are afterwards as they were.
    Raises `TimeLimit` past `budget.wall_s`, and `SubmissionError` without trainable parameters, for a loss that is no
    differentiable scalar, and for a loss that is not finite.
    """
    started = clock()
    optimizer = _optimizer(module, budget)
    batches = epochs(len(train_rows), budget.batch, generator(seed + 1))
    best = Best(module, loss, val_rows, seed + 2)
    schedule = Schedule(budget.lr, budget.steps)
    step, recent = 0, []
    with seeded(seed, train_rows.device):
        set_mode(module, training=True)
        while step < schedule.end:
            optimizer.param_groups[0]["lr"] = schedule.rate(step)
            recent.append(_descend(loss, train_rows[next(batches).to(train_rows.device)], optimizer))
            step += 1
            if step % LOOK_EVERY == 0 or step == schedule.end:
                check_finite(recent, step)
                recent.clear()
                best.look(step)
                if best.misses >= PATIENCE:
                    schedule.cool(step)
            check_clock(clock() - started, budget, step)
    best.restore()
    stopped = "budget" if step == budget.steps else "validation"
    return TrainLog(step, best.step, best.loss, clock() - started, stopped, tuple(best.curve), budget.steps)


def _optimizer(module: Any, budget: Budget) -> torch.optim.Optimizer:
    trainable = [tensor for tensor in parameters(module) if tensor.requires_grad]
    if not trainable:
        expected = "a model with trainable parameters, or with fit(train, val)"
        raise SubmissionError(message(expected, type(module).__name__, "return an nn.Module, or give it fit"))
    fused = all(tensor.is_floating_point() for tensor in trainable)  # one kernel for all of them; not for complex ones
    return torch.optim.Adam(trainable, lr=budget.lr, fused=fused)


def epochs(rows: int, size: int, order: Generator) -> Iterator[Tensor]:
    """Endless batches of row numbers; every epoch is a fresh permutation, its incomplete last batch is left out."""
    size = min(size, rows)
    while True:
        epoch = torch.randperm(rows, generator=order)
        for start in range(0, rows - size + 1, size):
            yield epoch[start : start + size]


def _descend(loss: Loss, batch: Tensor, optimizer: torch.optim.Optimizer) -> Tensor:
    """One step; the loss stays a tensor, because reading a number at every step would wait for the device."""
    value = loss(batch)
    check_differentiable(value)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.detach()


def check_clock(seconds: float, budget: Budget, step: int) -> None:
    """Raise `TimeLimit` past the budget."""
    if seconds > budget.wall_s:
        got = f"{seconds:.1f} s after step {step} of {budget.steps}"
        way_out = "make the model smaller, or raise budget.wall_s"
        raise TimeLimit(message(f"training within the budget of {budget.wall_s:g} s", got, way_out))
