"""The models of a unit: one submission on one task at one k, fitted at its seeds."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from aeeval.cache import cache
from aeeval.errors import AeevalError, TimeLimit
from aeeval.evidence import Answers
from aeeval.fitting import Fitted, Training, fit_model
from aeeval.joint import fit_together
from aeeval.seeds import derive
from aeeval.submissions.build import build_model
from aeeval.submissions.globals import settings_kept
from aeeval.submissions.layers import layers
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.throughput.cell import Settings, time_cell
from aeeval.throughput.row import Row
from aeeval.training import Budget, CannotStack
from aeeval.training.kept import KeptModel, kept_model

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

    @property
    def training(self) -> Mapping[str, str | float]:
        """How its training went: steps, best_step, best_val, seconds, stopped; `together`, or why it was `alone`."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """Its trained weights, none where it has no state dict."""
        ...

    def layers(self, rows: Tensor) -> Any:
        """What its network is made of, told by two of the rows (n, D): see `aeeval.submissions.layers`."""
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
    """The models of a unit in this process: trained together where that can be, else each when it is asked for.

    Whatever their training sets in this process is put back. A model that the cache holds is not trained again.
    """

    def __init__(self, order: Order, rows: RowsOf):
        self._order, self._rows = order, rows
        self._together: dict[int, Fitted | AeevalError] | None = None
        self._alone = "" if len(order.seeds) > 1 else "there is one seed"

    def fitted(self, seed: int) -> "FittedHere":
        """The model of a seed."""
        kept = self._kept(seed)
        if kept and (restored := self._restored(seed, kept)):
            return restored
        if self._together is None:
            self._together = {} if self._alone else self._all()
        found = self._together.get(seed) or self._one(seed)
        if isinstance(found, AeevalError):
            raise found
        if kept:
            with settings_kept(generators=True):
                self._seed(seed)
                kept.keep(found.model, found.log, self._alone, lambda: self._built(seed))
        return FittedHere(found, self._order.device, self._alone)

    def _kept(self, seed: int) -> KeptModel | None:
        """The place of the model in the cache, of one that is trained here; its number may depend on all seeds."""
        order = self._order
        if order.submission.track == "frozen" or cache() is None:
            return None
        rows = self._rows(seed)
        where: dict[str, Any] = {"task": order.task, "latent_dim": order.latent_dim, "budget": asdict(order.budget)}
        where |= {"seed": seed, "seeds": list(order.seeds), "device": order.device}
        where |= {"config": dict(order.submission.config)} if order.submission.config else {}
        return kept_model(order.submission, rows.train.x, rows.val.x, where)

    def _restored(self, seed: int, kept: KeptModel) -> "FittedHere | None":
        with settings_kept(generators=True):
            self._seed(seed)
            found = kept.restore(lambda: self._built(seed))
        return FittedHere(Fitted(found.model, found.log), self._order.device, found.alone) if found else None

    def _built(self, seed: int) -> Model:
        order = self._order
        number = derive(order.task, seed, "init")
        return build_model(order.submission, self._rows(seed).shape, order.latent_dim, number, order.device)

    def done(self, seed: int) -> None:
        """Let go of that model."""
        if self._together:
            self._together.pop(seed, None)

    def close(self) -> None:
        """Let go of all."""
        self._together = None

    def _all(self) -> dict[int, Fitted | AeevalError]:
        order = self._order
        try:
            with settings_kept(generators=True):
                return fit_together(order.submission, order.seeds, self._rows, before=self._seed, **self._options)
        except TimeLimit as error:
            return dict.fromkeys(order.seeds, error)
        except (CannotStack, AeevalError) as error:  # what it fails with is told by the seed that asks
            self._alone = str(error)
            return {}

    def _one(self, seed: int) -> Fitted:
        order = self._order
        with settings_kept(generators=True):
            self._seed(seed)
            return fit_model(order.submission, self._rows(seed), seed=seed, **self._options)

    @property
    def _options(self) -> Any:
        order = self._order
        return {name: getattr(order, name) for name in ("latent_dim", "task", "budget", "device")}

    def _seed(self, seed: int) -> None:
        """numpy's and Python's own generators, from which scikit-learn draws when it is given no other."""
        number = derive(self._order.task, seed, "init")
        random.seed(number)
        np.random.seed(number % 2**32)  # noqa: NPY002  it is the global one that libraries use


class FittedHere:
    """A fitted model of this process, which has warned already of what there was to warn of."""

    notes = ()

    def __init__(self, fitted: Fitted, device: str, alone: str = "", more: Mapping[str, str | float] | None = None):
        self._fitted, self._device, self._alone, self._more = fitted, device, alone, more or {}
        self.model = fitted.model

    def told(self, more: Mapping[str, str | float]) -> "FittedHere":
        """The same with more said of its training."""
        return FittedHere(self._fitted, self._device, self._alone, more)

    @property
    def training(self) -> dict[str, str | float]:
        """How the published trainer went, and why its seeds were not trained together, if they were not."""
        log = self._fitted.log
        how: dict[str, str | float] = {"alone": self._alone} if self._alone else {"together": 1}
        return {**(log.told() if log else {}), **how, **self._more}

    def weights(self) -> dict[str, Tensor]:
        """The state dict of a torch module."""
        raw = self.model.adapted.raw
        return {k: v.cpu() for k, v in raw.state_dict().items()} if isinstance(raw, torch.nn.Module) else {}

    def layers(self, rows: Tensor) -> dict[str, Any]:
        """The modules that two of the rows pass."""
        return layers(self.model, rows)

    def timings(self, rows: Tensor, settings: Settings) -> Sequence[Row]:
        """Encode and decode timed on rows as the model takes them."""
        return time_cell(self.model, rows, self._device, settings)
