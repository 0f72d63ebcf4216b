"""The tensor inside what an encoder or decoder answered: libraries wrap it in tuples, dicts and their own outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import SubmissionError, message

# Under these names libraries hand out a code (diffusers has three of them, pythae one) and rows.
CODE_NAMES = ("latent_dist", "latents", "latent", "embedding", "code", "z", "mu", "mean")
ROW_NAMES = ("sample", "reconstruction", "recon_x", "recon", "x_hat", "rows")


def code_of(answer: Any) -> Tensor:
    """The code in what an encoder returned; of a distribution its mode or mean, as codes are not drawn by chance.

    A tensor or array, a tuple or list whose first member is one, or an object or dict with one of `CODE_NAMES`.
    """
    return _as_tensor(_inside(answer, CODE_NAMES), CODE_NAMES)


def rows_of(answer: Any) -> Tensor:
    """The rows in what a decoder returned, as in `code_of` with `ROW_NAMES`."""
    return _as_tensor(_inside(answer, ROW_NAMES), ROW_NAMES)


def _inside(answer: Any, names: Sequence[str]) -> Any:
    if isinstance(answer, Tensor | np.ndarray):
        return answer
    if callable(getattr(answer, "toarray", None)):  # a sparse matrix, as some of scikit-learn's codes are
        return answer.toarray()
    if isinstance(answer, torch.distributions.Distribution):
        return answer.mean
    if callable(getattr(answer, "mode", None)):  # the posterior of diffusers
        return answer.mode()
    for name in names:
        found = answer.get(name) if isinstance(answer, Mapping) else getattr(answer, name, None)
        if found is not None and not callable(found):
            return _inside(found, names)
    if isinstance(answer, tuple | list) and answer:
        return _inside(answer[0], names)
    return answer


def _as_tensor(answer: Any, names: Sequence[str]) -> Tensor:
    if isinstance(answer, Tensor):
        return answer
    if isinstance(answer, np.ndarray) and answer.dtype.kind in "fiub":
        return torch.as_tensor(answer)
    raise SubmissionError(
        message(
            f"a tensor, a tuple whose first member is one, or a dict with one of {', '.join(names)}",
            type(answer).__name__,
            "return the tensor itself",
        )
    )
