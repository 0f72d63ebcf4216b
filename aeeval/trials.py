"""The search of a submission's hyper-parameters: as many configurations for all, judged on validation rows only."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

from aeeval.errors import AeevalError, SubmissionError, message
from aeeval.fits import FitsHere, FittedHere, Models, Order, RowsOf
from aeeval.fitting import Training
from aeeval.seeds import derive, generator
from aeeval.submissions.model import Model
from aeeval.submissions.search import Configuration, configurations


@dataclass(frozen=True)
class Trial:
    """One configuration at one seed: its validation error, what it cost, and why there is no error, if there is none.

    `val_fvu` is Σ‖r(x) − x‖² / Σ‖x − x̄_train‖² over the validation rows. `seconds` are those of fitting and judging; of
    seeds that are trained together the first has those of all.
    """

    config: Configuration
    val_fvu: float | None
    seconds: float
    reason: str = ""


class Searched:
    """The models of a unit, each the best of its seed among the configurations tried; they are the same for all seeds.

    Every configuration is trained as the submission itself would be, at the whole budget of the task. The first is the
    submission as it is. Ties go to the one that was tried first.
    """

    def __init__(self, order: Order, rows: RowsOf):
        self._rows = rows
        submission = order.submission
        draws = generator(derive(order.task, 0, "train/search"))
        self._configs = configurations(submission.search, submission.trials, draws)
        self._models = [FitsHere(_as_configured(order, config), rows) for config in self._configs]

    def fitted(self, seed: int) -> FittedHere:
        """The best model of a seed; raises what all configurations failed with, where all did."""
        rows = self._rows(seed)
        trials, best, together = list[Trial](), None, False
        failure: AeevalError | None = None
        for config, models in zip(self._configs, self._models, strict=True):
            start = perf_counter()
            try:
                found = models.fitted(seed)
                together |= "together" in found.training
                error = validation_error(found.model, rows)
            except AeevalError as lost:
                failure = failure or lost
                trials.append(Trial(config, None, perf_counter() - start, str(lost)[:200]))
                continue
            finally:
                models.done(seed)
            if best is None or error < best[0]:
                best = error, found, config
            trials.append(Trial(config, error, perf_counter() - start))
        if best is None:
            assert failure is not None, "without a best there is a failure"
            raise failure
        return best[1].told(_told(trials, best[2], together))

    def done(self, seed: int) -> None:
        """Nothing is kept of a seed that was fitted."""

    def close(self) -> None:
        """Let go of all."""
        for models in self._models:
            models.close()


def models_here(order: Order, rows: RowsOf) -> Models:
    """The models of a unit in this process, searched for where the submission is to be tried."""
    return Searched(order, rows) if order.submission.trials else FitsHere(order, rows)


def validation_error(model: Model, rows: Training) -> float:
    """Σ‖r(x) − x‖² / Σ‖x − x̄_train‖² over the validation rows; raises `SubmissionError` where it is not finite."""
    x = rows.val.x
    spread = (x - rows.train.x.mean(dim=0)).square().sum().item()
    error = (model.reconstruct(x) - x).square().sum().item() / spread
    if not math.isfinite(error):
        raise SubmissionError(message("a finite validation error", f"{error}", "narrow the ranges of SEARCH"))
    return error


def _as_configured(order: Order, config: Configuration) -> Order:
    submission = order.submission
    build: Callable[..., Any] = partial(submission.build, **config)
    return replace(order, submission=replace(submission, build=build, config=config, trials=0))


def _told(trials: list[Trial], chosen: Configuration, together: bool) -> dict[str, str | float]:
    """What is said of a search: few words and numbers."""
    return {
        "search": len(trials),
        "search_seconds": sum(trial.seconds for trial in trials),
        "config": json.dumps(dict(chosen), sort_keys=True),
        "trials": json.dumps([asdict(trial) for trial in trials], sort_keys=True),
        **({"together": 1} if together else {}),
    }
