"""The best parameters so far, judged on the validation rows."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from aeeval.training.losses import Loss, not_finite

CHUNK = 1024  # rows in one pass: all validation rows at once may not fit


class Best:
    """The best parameters and buffers so far, by the loss of the validation rows in eval mode.

    `step` and `loss` are those of the best look, `misses` the looks since then, `curve` the losses of all. Every look
    draws the same random numbers, so that two looks at a loss with noise in it can be compared. Gradients stay enabled:
    a loss may differentiate inside, as contractive penalties do.
    """

    def __init__(self, module: Any, loss_of: Loss, rows: Tensor, seed: int):
        self._module, self._loss_of, self._rows, self._seed = module, loss_of, rows, seed
        self.step, self.loss, self.misses = 0, math.inf, 0
        self.curve: list[float] = []
        self._kept: dict[str, Tensor] = {}

    def look(self, step: int) -> None:
        """Judge the module as it is after that step, and keep a copy if it is the best yet."""
        now = self._validate()
        if not math.isfinite(now):
            raise not_finite(now, f"on the validation rows at step {step}")
        self.misses += 1
        self.curve.append(now)
        if now < self.loss:
            self.step, self.loss, self.misses = step, now, 0
            self._kept = {name: tensor.detach().clone() for name, tensor in _tensors(self._module).items()}

    def restore(self) -> None:
        """Put the best copy back, and the module in eval mode."""
        set_mode(self._module, training=False)
        with torch.no_grad():
            for name, tensor in _tensors(self._module).items():
                tensor.copy_(self._kept[name])

    def _validate(self) -> float:
        set_mode(self._module, training=False)
        with seeded(self._seed, self._rows.device):
            total = sum(len(rows) * float(self._loss_of(rows).detach()) for rows in self._rows.split(CHUNK))
        set_mode(self._module, training=True)
        return total / len(self._rows)


def parameters(module: Any) -> list[Tensor]:
    """The parameters of anything that has `parameters()`; none of anything else."""
    return list(module.parameters()) if callable(getattr(module, "parameters", None)) else []


def _tensors(module: Any) -> dict[str, Tensor]:
    """All that training may change, by name: parameters and, of a `torch.nn.Module`, buffers."""
    if isinstance(module, torch.nn.Module):
        return {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return {str(number): tensor for number, tensor in enumerate(parameters(module))}


def set_mode(module: Any, *, training: bool) -> None:
    """Train or eval mode, of a module that knows them."""
    switch = getattr(module, "train" if training else "eval", None)
    if callable(switch):
        switch()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Within the block torch's global generators start from the seed; after it they are as they were before."""
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed devices that nothing here restores
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
