"""From a submission to a fitted model that faces one task."""

from dataclasses import dataclass

from aeeval.datasets.base import Dataset, Rows
from aeeval.errors import Skipped
from aeeval.seeds import derive
from aeeval.submissions.adapted import guarded
from aeeval.submissions.build import build_model, deadline, fit_own
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.training import Budget, TrainLog, squared_error, train


@dataclass(frozen=True)
class Fitted:
    """A model ready to be judged, and how it was trained (None when it was not by the published trainer)."""

    model: Model
    log: TrainLog | None


@dataclass(frozen=True)
class Training:
    """The part of a data set that a submission may see while it is fitted: no test rows, no truth."""

    shape: tuple[int, ...]
    train: Rows
    val: Rows

    @classmethod
    def of(cls, dataset: Dataset) -> "Training":
        """Training and validation rows as a model sees them; the clean rows behind them are left out."""
        return cls(dataset.shape, *(Rows(part.x, part.x) for part in (dataset.train, dataset.val)))


def fit_model(
    submission: Submission,
    dataset: Dataset | Training,
    *,
    latent_dim: int | None,
    task: str,
    seed: int,
    budget: Budget,
    device: str = "cpu",
) -> Fitted:
    """Build the submission for a task and, unless it is frozen, fit it to the training split.

    By its own `fit(train, val)` where it has one, else by the published trainer on its `loss`, else on squared error.
    Test rows are not within reach.
    """
    model = build_model(submission, dataset.shape, latent_dim, derive(task, seed, "init"), device)
    log = None
    if submission.track != "frozen":
        try:
            with deadline(budget.wall_s):
                log = _fit(model, dataset, budget, derive(task, seed, "train"))
        except NotImplementedError as error:
            raise Skipped(f"declined: {error}") from error
    model.eval()
    return Fitted(model, log)


def _fit(model: Model, dataset: Dataset | Training, budget: Budget, seed: int) -> TrainLog | None:
    train_rows, val_rows = (model.torch_rows(part.x) for part in (dataset.train, dataset.val))
    adapted = model.adapted
    if adapted.fit is not None:
        fit_own(model, train_rows, val_rows, seed)
        return None
    model.eval()
    model.reconstruct(dataset.val.x[:2])  # a broken contract is told before the training, and in its own words
    loss = adapted.loss or squared_error(adapted)
    return guarded("training", train, adapted.raw, loss, train_rows, val_rows, budget, seed=seed)
