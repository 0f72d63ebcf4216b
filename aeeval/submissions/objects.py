"""Python objects as submissions: a build function or class, a scikit-learn estimator, a trained model."""

import copy
import hashlib
import inspect
import io
import pickle
from typing import Any

import torch

from aeeval.errors import UsageError, message
from aeeval.submissions.submission import Submission, check_build


def from_object(model: Any, *, name: str | None = None, own_data: bool = False) -> Submission:
    """A submission that lives in this process.

    A class or function is `build` (recipe). A scikit-learn estimator is cloned and fitted on our rows (recipe) unless
    it is fitted already and comes with its own data. Any other object is a trained model (frozen), which needs its
    data: without `own_data` this raises `UsageError`.
    """
    shown = name or getattr(model, "__name__", None) or type(model).__name__
    if inspect.isclass(model) or inspect.isroutine(model):
        return Submission(shown, check_build(model, shown), track="recipe", sha256=_code_digest(model))
    if _is_estimator(model) and not (own_data and _is_fitted(model)):
        return Submission(shown, _clone_with_code_length(model), track="recipe", sha256=_state_digest(model))
    if not own_data:
        raise UsageError(
            message(
                "a class, a build function, or a scikit-learn estimator, to be trained on the suite's rows",
                f"{type(model).__name__}, an object that is built already",
                "give its class, or its data: evaluate(model, data=(train, test))",
            )
        )

    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        return model

    return Submission(shown, build, track="frozen", sha256=_state_digest(model))


def _is_estimator(model: Any) -> bool:
    return all(callable(getattr(model, part, None)) for part in ("fit", "transform", "inverse_transform", "get_params"))


def _is_fitted(model: Any) -> bool:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return True


def _clone_with_code_length(model: Any) -> Any:
    """A build function that clones an estimator, with the task's k as its `n_components` or `n_clusters`, if any."""

    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        from sklearn.base import clone

        estimator = clone(model)
        given = estimator.get_params()
        wanted = {"n_components": latent_dim, "n_clusters": latent_dim, "random_state": seed % 2**32}
        return estimator.set_params(**{key: value for key, value in wanted.items() if key in given})

    return build


def _code_digest(target: Any) -> str:
    try:
        text = inspect.getsource(target)
    except (OSError, TypeError):  # typed at a prompt, or built in
        text = repr(target)
    return hashlib.sha256(text.encode()).hexdigest()


def _state_digest(model: Any) -> str:
    """Of the weights where there are any, else of the pickled object; an object that has neither is not resumable."""
    buffer = io.BytesIO()
    try:
        if isinstance(model, torch.nn.Module):
            torch.save(copy.deepcopy(model.state_dict()), buffer)
        else:
            pickle.dump(model, buffer)
    except Exception as error:  # pickling runs the object's own code
        buffer.write(f"{type(model)!r} {id(model)} {error!r}".encode())
    return hashlib.sha256(buffer.getvalue()).hexdigest()
