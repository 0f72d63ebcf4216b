"""A model under examination: built, fitted by its own `fit` where it has one, in eval mode, with rows to ask it."""

import contextlib
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import process_time
from typing import Any

import torch
from torch import Tensor

from aeeval.datasets.own import own_arrays
from aeeval.errors import Skipped, TimeLimit, UsageError, message
from aeeval.seeds import generator
from aeeval.submissions.adapted import guarded
from aeeval.submissions.build import build_model, deadline, fit_own
from aeeval.submissions.load import load
from aeeval.submissions.model import Model
from aeeval.submissions.objects import from_object
from aeeval.submissions.submission import Submission

ROWS, TRAIN_ROWS = 16, 128
FEW = 3  # rows where the answer matters less than that something was asked; one of a slow model
# So few rows where one takes so many processor seconds to go round: with the 14 round trips of a slow model's checks,
# an AutoencoderKL of 84 million parameters (.26 s a row of 3 x 64 x 64) stays under 10 s. Two rows still have an order.
SLOW_ROWS, SLOW_S = 2, 0.05
LATENT_DIM = 3
SHAPES = {None: (20,), "vector": (20,), "image": (1, 8, 8)}


@dataclass(frozen=True)
class Subject:
    """What a check looks at.

    `x`: (n, D) float64 rows; `ignored`: warnings about methods that are not used; `rebuild`: a seed -> the model as it
    is before any fit; `slow_fit`: why its own `fit` was cut short, or None.
    """

    submission: Submission
    model: Model
    x: Tensor
    ignored: tuple[str, ...]
    rebuild: Callable[[int], Model]
    slow_fit: str | None = None

    @cached_property
    def z(self) -> Tensor:
        """(n, k) codes of the rows."""
        return self.model.encode(self.x)

    @cached_property
    def x_hat(self) -> Tensor:
        """(n, D) the rows after the round trip."""
        return self.model.decode(self.z)

    @property
    def few(self) -> int:
        """How many rows are asked where the answer matters less than that something was asked."""
        return FEW if len(self.x) > SLOW_ROWS else 1

    @cached_property
    def raw(self) -> dict[str, Tensor]:
        """What encode and decode themselves answer to a few rows, and to the codes as they gave them."""
        codes = guarded("encode", self.model.raw_encode, self.rows[: self.few])
        return {"encode": codes, "decode": guarded("decode", self.model.raw_decode, codes)}

    @property
    def rows(self) -> Tensor:
        """(n, *shape) a fresh copy of the rows as the submission itself gets them."""
        return self.model.torch_rows(self.x).clone()


def make_subject(
    submission: Any,
    *,
    shape: tuple[int, ...] | None = None,
    latent_dim: int | None = None,
    data: str | Path | None = None,
    device: str = "cpu",
    seed: int = 0,
    fit_seconds: float = 5.0,
    trust: bool = False,
) -> Subject:
    """The subject behind a spec, a `Submission` or an object.

    The rows are those of `data` (a file as `aeeval run --data` takes it), else random ones of `shape`: standard normal
    vectors, or images uniform in [0, 1]. Without either, a recipe gets rows of (20,) or, if it takes images, (1, 8, 8);
    a trained model has to be told. A trained model is asked at its own code length, a recipe at `latent_dim` (3).
    `trust`: pickles in a trained model may be loaded, which runs their author's code. Raises `SubmissionError` where it
    cannot be built, `Skipped` where it declines.
    """
    found = as_submission(submission, trust)
    train, asked = _rows(found, shape, data, seed)
    shape = tuple(asked.shape[1:])
    own_length = found.track == "frozen" or (found.chooses_latent_dim and latent_dim is None)
    k = latent_dim if own_length else latent_dim or min(LATENT_DIM, math.prod(shape))

    def rebuild(seed: int) -> Model:
        return build_model(found, shape, k, seed, device)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = rebuild(seed)
    x = asked.flatten(1).double()
    slow = _fit(model, train.flatten(1).double(), seed, fit_seconds) if found.track != "frozen" else None
    model.eval()
    x = x[:SLOW_ROWS] if _is_slow(model, x[:1]) else x
    ignored = tuple(str(entry.message) for entry in caught if issubclass(entry.category, UserWarning))
    return Subject(found, model, x, ignored, rebuild, slow)


def _is_slow(model: Model, row: Tensor) -> bool:
    """Whether a row takes long to go round; one that does not go round at all is told by the check of rows."""
    start = process_time()
    with contextlib.suppress(Exception):
        model.reconstruct(row)
    return process_time() - start > SLOW_S


def as_submission(submission: Any, trust: bool = False) -> Submission:
    """A `Submission` as it is, a text as a spec, any other object as from `aeeval.evaluate`."""
    if isinstance(submission, Submission):
        return submission
    if isinstance(submission, str | Path):
        return load(str(submission), trust=trust)
    return from_object(submission, own_data=True)


def _rows(
    submission: Submission, shape: tuple[int, ...] | None, data: str | Path | None, seed: int
) -> tuple[Tensor, Tensor]:
    """(n, *shape) rows to train on, and others, at most `ROWS`, that the model is asked."""
    if data is not None:
        return _own_rows(data)
    if shape is None and submission.track == "frozen":
        raise UsageError(
            message(
                "the shape of a row",
                f"none for the trained model {submission.name}",
                "add --data FILE, or --shape 3,64,64 (shape=(3, 64, 64)) as the model takes them",
            )
        )
    shape = shape or SHAPES[submission.accepts]
    drawn = generator(seed)
    draw = torch.rand if len(shape) == 3 else torch.randn
    rows = draw(TRAIN_ROWS + ROWS, *shape, generator=drawn)
    return rows[:TRAIN_ROWS], rows[TRAIN_ROWS:]


def _own_rows(data: str | Path) -> tuple[Tensor, Tensor]:
    arrays = own_arrays(data)
    if "rows" in arrays:
        rows = arrays["rows"]
        count = min(ROWS, len(rows) // 2)
        return rows[count:][:TRAIN_ROWS], rows[:count]
    return arrays["train"][:TRAIN_ROWS], arrays["test"][:ROWS]


def _fit(model: Model, train: Tensor, seed: int, seconds: float) -> str | None:
    """Fit where the submission brings its own way; the published trainer is not needed to check a contract."""
    if model.adapted.fit is None:
        return None
    rows = model.torch_rows(train)
    try:
        with deadline(seconds):
            fit_own(model, rows, rows[: ROWS // 2], seed)
    except NotImplementedError as error:
        raise Skipped(f"declined: {error}") from error
    except TimeLimit:
        return f"cut short after {seconds:g} s on {len(train)} rows"
    return None
