"""One face for every kind of autoencoder object: a pair of functions, and what else it can do."""

import inspect
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from aeeval.errors import SubmissionError, message
from aeeval.submissions.adapted import Adapted, Function, tensors
from aeeval.submissions.pythae_models import from_pythae, is_pythae

EXPECTED = {"fit": "fit(train, val)", "loss": "loss(x)", "sample": "sample(n, generator)"}


def adapt(model: Any) -> Adapted:
    """The adapter of a model object: encode/decode, encoder/decoder, transform/inverse_transform, or a pair."""
    for fits, make in _KINDS:
        if fits(model):
            return make(model)
    names = [name for name in ("encode", "decode", "encoder", "decoder", "transform") if hasattr(model, name)]
    raise SubmissionError(
        message(
            "an object with encode(x) and decode(z), encoder and decoder, transform and inverse_transform, or a pair",
            f"{type(model).__name__}" + (f" with only {', '.join(names)}" if names else " with none of these"),
            "return from build an object that has both",
        )
    )


def _is_pair(model: Any) -> bool:
    return isinstance(model, tuple | list) and len(model) == 2 and all(callable(part) for part in model)


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda model: all(callable(getattr(model, name, None)) for name in names)


def _from_methods(model: Any) -> Adapted:
    return _with_optional(tensors(model, model.encode, model.decode))


def _from_children(model: Any) -> Adapted:
    return _with_optional(tensors(model, model.encoder, model.decoder))


def _from_sklearn(model: Any) -> Adapted:
    def fit(train: Any, val: Any) -> None:
        model.fit(train)

    return replace(tensors(model, model.transform, model.inverse_transform), fit=fit, array=True)


def _from_pair(model: Any) -> Adapted:
    encode, decode = model
    return tensors(model, encode, decode)


# First match wins. A model of pythae has an encoder and a decoder too, whose composition may be another model.
# scikit-learn comes before encoder/decoder, which some of its estimators use for other things.
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Adapted]], ...] = (
    (is_pythae, from_pythae),
    (_has("encode", "decode"), _from_methods),
    (_has("transform", "inverse_transform"), _from_sklearn),
    (_has("encoder", "decoder"), _from_children),
    (_is_pair, _from_pair),
)


def _with_optional(adapted: Adapted) -> Adapted:
    """With the optional methods whose signature is ours; another method of that name is left alone, with a warning."""
    found = {name: _ours(adapted.raw, name) for name in EXPECTED}
    return replace(adapted, fit=found["fit"], loss=found["loss"], sample=found["sample"])


def _ours(model: Any, name: str) -> Function | None:
    method = getattr(model, name, None)
    if not callable(method):
        return None
    if _SIGNATURES[name](method):
        return method
    warnings.warn(
        f"{type(model).__name__}.{name} is not used: expected {EXPECTED[name]}; got {name}{_shown(method)}; "
        f"rename it, or give it that signature",
        stacklevel=2,
    )
    return None


def _binds(method: Function, *args: str, **kwargs: str) -> bool:
    target = method.forward if isinstance(method, torch.nn.Module) else method
    try:
        inspect.signature(target).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return False
    return True


# fit and sample are told apart from other libraries' by the names of their parameters: scikit-learn's fit(X, y) and
# sample(num, device) take as many.
_SIGNATURES: dict[str, Callable[[Function], bool]] = {
    "fit": lambda method: _binds(method, train="", val=""),
    "loss": lambda method: _binds(method, ""),
    "sample": lambda method: _binds(method, "", generator=""),
}


def _shown(method: Function) -> str:
    target = method.forward if isinstance(method, torch.nn.Module) else method
    try:
        return str(inspect.signature(target))
    except (TypeError, ValueError):
        return "(...)"
