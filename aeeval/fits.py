"""The models of a unit: one submission on one task at one k, fitted at its seeds."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from aeeval.evidence import Answers
from aeeval.fitting import Fitted, Training, fit_model
from aeeval.seeds import derive
from aeeval.submissions.globals import settings_kept
from aeeval.submissions.submission import Submission
from aeeval.throughput.cell import Settings, time_cell
from aeeval.throughput.row import Row
from aeeval.training import Budget

RowsOf = Callable[[int], Training]
"""The rows of a seed that training may see; made when they are asked for."""


@dataclass(frozen=True)
class Order:
    """What is to be fitted: a submission by a task's budget, to the rows of every seed; k None is the model's choice.

    `seeds` are all seeds of the run, also those whose cells are finished: they may be trained together.
    """

    submission: Submission
    task: str
    latent_dim: int | None
    seeds: tuple[int, ...]
    budget: Budget
    device: str = "cpu"


class Judged(Protocol):
    """A fitted model, here or in another process, as the runner sees it."""

    @property
    def model(self) -> Answers:
        """What metrics ask."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What it was warned of while it was fitted in another process."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """Its trained weights, none where it has no state dict."""
        ...

    def timings(self, rows: Tensor, settings: Settings) -> Sequence[Row]:
        """How long encode and decode take on rows (n, D)."""
        ...


class Models(Protocol):
    """The models of a unit by seed."""

    def fitted(self, seed: int) -> Judged:
        """The model of a seed, fitted by the first that asks; raises what its submission failed with."""
        ...

    def done(self, seed: int) -> None:
        """Nothing more will be asked of that model."""
        ...

    def close(self) -> None:
        """Let go of all of them."""
        ...


class FitsHere:
    """The models of a unit in this process."""

    def __init__(self, order: Order, rows: RowsOf):
        self._order, self._rows = order, rows

    def fitted(self, seed: int) -> "FittedHere":
        """The model of a seed; whatever its training set in this process is put back."""
        order = self._order
        with settings_kept(generators=True):
            _seed_libraries(derive(order.task, seed, "init"))
            fitted = fit_model(
                order.submission,
                self._rows(seed),
                latent_dim=order.latent_dim,
                task=order.task,
                seed=seed,
                budget=order.budget,
                device=order.device,
            )
        return FittedHere(fitted, order.device)

    def done(self, seed: int) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is kept."""


def _seed_libraries(seed: int) -> None:
    """numpy's and Python's own generators, from which scikit-learn draws when it is given no other."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  it is the global one that libraries use


class FittedHere:
    """A fitted model of this process, which has warned already of what there was to warn of."""

    notes = ()

    def __init__(self, fitted: Fitted, device: str):
        self._fitted, self._device = fitted, device
        self.model = fitted.model

    def weights(self) -> dict[str, Tensor]:
        """The state dict of a torch module."""
        raw = self.model.adapted.raw
        return {k: v.cpu() for k, v in raw.state_dict().items()} if isinstance(raw, torch.nn.Module) else {}

    def timings(self, rows: Tensor, settings: Settings) -> Sequence[Row]:
        """Encode and decode timed on rows as the model takes them."""
        return time_cell(self.model, rows, self._device, settings)
