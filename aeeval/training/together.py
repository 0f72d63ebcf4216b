"""All seeds of a submission trained at once: one forward and one backward pass a step for all of them.

What a small network costs on a processor is in good part the calls, not the arithmetic, and on a GPU almost all of it.
Every seed keeps its own rows, order, random numbers, learning rate and end; those that are finished leave the stack. It
follows `trainer.train` step by step, and differs from it by the rounding of batched products alone.
"""

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aeeval.errors import AeevalError, SubmissionError
from aeeval.seeds import generator
from aeeval.training.budget import Budget
from aeeval.training.losses import check_finite, not_finite
from aeeval.training.schedule import Schedule
from aeeval.training.stack import Alone, CannotStack, Stack
from aeeval.training.trainer import LOOK_EVERY, PATIENCE, TrainLog, check_clock, epochs


def train_together(
    models: Sequence[Alone], budget: Budget, *, clock: Callable[[], float] = time.monotonic
) -> list[TrainLog | AeevalError]:
    """Train all models at once, as `train` would one by one: their logs, or what a model's own training failed with.

    Each module is left with the parameters and buffers that were best on its validation rows, in eval mode. `seconds`
    of a log are its share of the whole. Raises `TimeLimit` past `budget.wall_s` for each of them, and `CannotStack`
    with the reason where the models cannot be stacked; their parameters and buffers are then as they were.
    """
    try:
        with warnings.catch_warnings():  # where vmap has no rule for an operation it loops over the seeds, and says so
            warnings.filterwarnings("ignore", "There is a performance drop")
            return _Course(models, budget, clock).run()
    except (AeevalError, CannotStack):
        raise
    except Exception as error:  # whatever torch.func cannot do with this loss
        raise CannotStack(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}") from error
    finally:
        for model in models:
            getattr(model.module, "eval", lambda: None)()


@dataclass
class _Runner:
    """One model on its way: its schedule and order, and what is known of its looks."""

    model: Alone
    budget: Budget
    best_step: int = 0
    best_loss: float = math.inf
    misses: int = 0
    curve: list[float] = field(default_factory=list)
    kept: dict[str, Tensor] = field(default_factory=dict)
    end: TrainLog | AeevalError | None = None

    def __post_init__(self) -> None:
        self.schedule = Schedule(self.budget.lr, self.budget.steps)
        self.order = epochs(len(self.model.train_rows), self.budget.batch, generator(self.model.seed + 1))

    def due(self, step: int) -> bool:
        """Whether it is judged after that step."""
        return step % LOOK_EVERY == 0 or step == self.schedule.end

    def judge(self, step: int, losses: Tensor, value: float) -> bool:
        """Look at the losses since the last look and at the validation loss; -> whether it is the best yet.

        A failure ends it.
        """
        try:
            check_finite(list(losses), step)
            if not math.isfinite(value):
                raise not_finite(value, f"on the validation rows at step {step}")
        except SubmissionError as error:
            self.end = error
            return False
        self.misses += 1
        self.curve.append(value)
        if better := value < self.best_loss:
            self.best_step, self.best_loss, self.misses = step, value, 0
        if self.misses >= PATIENCE:
            self.schedule.cool(step)
        return better

    def finish(self, step: int, seconds: float) -> None:
        """It is at its end."""
        stopped = "budget" if step == self.budget.steps else "validation"
        self.end = TrainLog(
            step, self.best_step, self.best_loss, seconds, stopped, tuple(self.curve), self.budget.steps
        )

    def restore(self) -> None:
        """Put the best copy into the module, if there is one."""
        module = self.model.module
        named = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        with torch.no_grad():
            for name, tensor in self.kept.items():
                named[name].copy_(tensor)


class _Course:
    """The loop of `trainer.train`, for all of a stack."""

    def __init__(self, models: Sequence[Alone], budget: Budget, clock: Callable[[], float]):
        self.budget, self.clock, self.started = budget, clock, clock()
        self.stack = Stack(models)
        self.all = [_Runner(model, budget) for model in models]
        self.running = list(self.all)

    def run(self) -> list[TrainLog | AeevalError]:
        """Until the last of them is at its end."""
        step, recent = 0, list[Tensor]()
        while self.running:
            batch = self.stack.batch(torch.stack([next(runner.order) for runner in self.running]))
            if step == 0:
                self.stack.compare(batch)
            recent.append(self.stack.descend(batch, [runner.schedule.rate(step) for runner in self.running], step))
            step += 1
            if any(runner.due(step) for runner in self.running):
                recent = self._look(step, recent)
            check_clock(self._seconds(), self.budget, step)
        for runner in self.all:
            runner.restore()
        return [runner.end for runner in self.all if runner.end is not None]

    def _look(self, step: int, recent: list[Tensor]) -> list[Tensor]:
        """Judge those that are due, and let those go that are at their end; -> losses that nobody has looked at yet."""
        values, losses = self.stack.validate(), torch.stack(recent)
        for place, runner in enumerate(self.running):
            if runner.due(step):
                if runner.judge(step, losses[:, place], values[place].item()):
                    runner.kept = self.stack.of(place)
                if runner.end is None and step >= runner.schedule.end:
                    runner.finish(step, self._seconds())
        stay = [place for place, runner in enumerate(self.running) if runner.end is None]
        if len(stay) < len(self.running):
            self.running = [self.running[place] for place in stay]
            self.stack.keep(stay)
        return [] if step % LOOK_EVERY == 0 else [one[stay] for one in recent]

    def _seconds(self) -> float:
        return (self.clock() - self.started) / len(self.all)
