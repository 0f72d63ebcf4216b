"""From a submission to a model that can be asked, and its own training where it brings one."""

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
import torch

from aeeval.errors import Skipped, TimeLimit
from aeeval.submissions.adapt import adapt
from aeeval.submissions.adapted import guarded
from aeeval.submissions.model import Model
from aeeval.submissions.parts import modules_of
from aeeval.submissions.submission import Submission


def build_model(
    submission: Submission, shape: tuple[int, ...], latent_dim: int | None, seed: int, device: str
) -> Model:
    """Build and adapt, on the device, not yet fitted; a submission may decline with NotImplementedError.

    With `latent_dim` None the submission chooses the length of its code.
    """
    if reason := submission.misfit(shape):
        raise Skipped(reason)
    try:
        with torch.random.fork_rng():  # a build that draws from the global generator is repeatable too
            _seed(seed, device)
            raw = guarded("build", submission.build, shape=shape, latent_dim=latent_dim, seed=seed)
    except NotImplementedError as error:
        raise Skipped(f"declined: {error}") from error
    adapted = guarded("build", adapt, raw)
    for module in modules_of(adapted):
        guarded("build", module.to, device)
    code_length = None if submission.is_reference else latent_dim
    return Model(adapted, shape=shape, latent_dim=code_length, device=device)


def own_length(submission: Submission, shape: tuple[int, ...]) -> int:
    """The length of the code of a trained model, found by encoding two rows of zeros."""
    model = build_model(submission, shape, None, 0, "cpu")
    model.eval()
    return model.encode(torch.zeros(2, math.prod(shape), dtype=torch.float64)).shape[1]


def fit_own(model: Model, train_rows: torch.Tensor, val_rows: torch.Tensor, seed: int) -> None:
    """Train by the submission's own `fit(train, val)` on rows (n, *shape); flat arrays where it takes arrays."""
    fit = model.adapted.fit
    if fit is None:
        raise TypeError("expected a model with a fit of its own; got one without; train it with aeeval.training")
    arrays = (_flat_array(train_rows), _flat_array(val_rows)) if model.adapted.array else (train_rows, val_rows)
    with torch.random.fork_rng():
        _seed(seed, model.device)
        guarded("fit", fit, *arrays)


def _seed(seed: int, device: str) -> None:
    """Seed torch's global generators; on a CPU its one alone.

    `torch.manual_seed` notes the seed for every kind of device that may be used one day, with a stack trace to each:
    milliseconds in a fresh process.
    """
    if device == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


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
