"""From a submission to a fitted model that faces one task."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import numpy as np
import torch

from aeeval.datasets.base import Dataset
from aeeval.errors import Skipped, TimeLimit
from aeeval.seeds import derive
from aeeval.submissions.adapt import adapt, guarded
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.training import Budget, TrainLog, squared_error, train


@dataclass(frozen=True)
class Fitted:
    """A model ready to be judged, and how it was trained (None when it was not by the published trainer)."""

    model: Model
    log: TrainLog | None


def build_model(
    submission: Submission, shape: tuple[int, ...], latent_dim: int | None, seed: int, device: str
) -> Model:
    """Build and adapt, on the device, not yet fitted; a submission may decline with NotImplementedError.

    With `latent_dim` None the submission chooses the length of its code.
    """
    if reason := submission.misfit(shape):
        raise Skipped(reason)
    try:
        with (
            torch.random.fork_rng()
        ):  # a build that draws from the global generator is as repeatable as one that does not
            torch.manual_seed(seed)
            raw = guarded("build", submission.build, shape=shape, latent_dim=latent_dim, seed=seed)
    except NotImplementedError as error:
        raise Skipped(f"declined: {error}") from error
    if isinstance(raw, torch.nn.Module):
        raw = raw.to(device)
    code_length = None if submission.is_reference else latent_dim
    return Model(guarded("build", adapt, raw), shape=shape, latent_dim=code_length, device=device)


def fit_model(
    submission: Submission,
    dataset: Dataset,
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


def _fit(model: Model, dataset: Dataset, budget: Budget, seed: int) -> TrainLog | None:
    train_rows, val_rows = (model.torch_rows(part.x) for part in (dataset.train, dataset.val))
    adapted = model.adapted
    if adapted.fit is not None:
        arrays = (_flat_array(train_rows), _flat_array(val_rows)) if adapted.array else (train_rows, val_rows)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            guarded("fit", adapted.fit, *arrays)
        return None
    model.eval()
    model.reconstruct(dataset.val.x[:2])  # a broken contract is told before the training, and in its own words
    loss = adapted.loss or squared_error(adapted)
    return guarded("training", train, adapted.raw, loss, train_rows, val_rows, budget, seed=seed)


def _flat_array(rows: torch.Tensor) -> np.ndarray:
    return rows.flatten(1).cpu().numpy()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Interrupt the block with `TimeLimit` after that many seconds of wall time.

    By a timer signal, which only the main thread of a process receives: elsewhere only the trainer's clock holds.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeLimit(f"fitting took longer than the budget of {seconds:g} s; make it faster or raise budget.wall_s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
