"""Trained models in the cache: weights, kept where a model is its weights and nothing else that training changed."""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aeeval.cache import Cache, cache, key_of, to_bytes
from aeeval.errors import AeevalError
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.training.trainer import TrainLog

_FAR = 10.0  # the decoder is asked there too, where what it clamps or caches would show
_SIMPLE = (bool, int, float, str, bytes, set, torch.dtype, torch.device, type, FunctionType, BuiltinFunctionType)
_NO_STATE = ("_parameters", "_buffers", "_modules", "training")


@dataclass(frozen=True)
class Restored:
    """A trained model, how it was trained, and why its seeds were not trained together, if they were not."""

    model: Model
    log: TrainLog | None
    alone: str


@dataclass(frozen=True)
class KeptModel:
    """The place of one trained model in the cache; `rows` (n, D) are those that it is compared on, validation rows."""

    cache: Cache
    key: str
    rows: Tensor

    def restore(self, build: Callable[[], Model]) -> "Restored | None":
        """A model that is built anew, with the trained weights; None where there are none."""
        content = self.cache.get(self.key)
        if content is None:
            return None
        kept, model = torch.load(BytesIO(content), weights_only=True), build()
        model.adapted.raw.load_state_dict(kept["weights"])
        model.eval()
        return Restored(model, None if kept["log"] is None else TrainLog(**kept["log"]), kept["alone"])

    def keep(self, model: Model, log: TrainLog | None, alone: str, build: Callable[[], Model]) -> bool:
        """Keep a trained model, if one that is built anew and given its weights is the same; -> whether it was kept.

        The same: equal attributes of all of its modules but for parameters and buffers, and equal answers in every bit,
        of the encoder to `rows`, of the decoder to their codes and far from them, and of a sampler of its own. A model
        that remembers its training elsewhere, or draws what it answers, is trained again each time.
        """
        raw = model.adapted.raw
        if not isinstance(raw, nn.Module):
            return False
        weights = {name: tensor.detach().cpu() for name, tensor in raw.state_dict().items()}
        with _generators_as_they_were():
            try:
                twin = build()
                twin.adapted.raw.load_state_dict(weights)
                twin.eval()
                same = self._answers(model) == self._answers(twin) and _rest(raw) == _rest(twin.adapted.raw)
            except (AeevalError, RuntimeError, ValueError, TypeError, AttributeError):
                return False  # whatever it is, it is not its weights alone
        content = {"weights": weights, "log": None if log is None else asdict(log), "alone": alone}
        return same and self.cache.put(self.key, to_bytes(content))

    def _answers(self, model: Model) -> list[bytes]:
        """What a model answers, in bytes."""
        codes = model.encode(self.rows)
        draw = torch.Generator().manual_seed(int(self.key[:15], 16))
        far = _FAR * codes.std() * torch.randn(codes.shape, generator=draw, dtype=codes.dtype)
        answers = [codes, model.decode(codes), model.decode(far), model.sample(min(len(self.rows), 64), draw)]
        return [_bytes(answer) for answer in answers if answer is not None]


def kept_model(submission: Submission, train: Tensor, val: Tensor, where: Mapping[str, Any]) -> KeptModel | None:
    """The place of the model that a submission gives on these rows (n, D), trained as `where` says.

    None where there is no cache, and for objects that live in this process only: nobody can tell what they are made of.
    """
    store = cache()
    if store is None or not (submission.source and submission.sha256):
        return None
    rows = hashlib.sha256(_bytes(train) + _bytes(val)).hexdigest()
    made_from = {"submission": submission.sha256, "source": submission.source, "rows": rows, "log": 2, **where}
    return KeptModel(store, key_of("model", made_from), val)


def _rest(module: nn.Module) -> list[Any]:
    """All of a module that its weights do not say: attributes, buffers that are not saved, what is frozen."""
    attributes = [
        {name: _plain(value) for name, value in vars(part).items() if name not in _NO_STATE}
        for part in module.modules()
    ]
    buffers = {name: _plain(buffer) for name, buffer in module.named_buffers()}
    return [attributes, buffers, [parameter.requires_grad for parameter in module.parameters()]]


def _plain(value: Any) -> Any:
    """A value that is equal to another exactly when both say the same; what cannot be told is equal to nothing."""
    if isinstance(value, Tensor):
        return (str(value.dtype), tuple(value.shape), _bytes(value))
    if isinstance(value, Mapping):
        return [(_plain(key), _plain(one)) for key, one in value.items()]
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(_plain, value)]
    if value is None or isinstance(value, _SIMPLE):
        return repr(value)
    return object()


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().numpy().tobytes()


@contextmanager
def _generators_as_they_were() -> Iterator[None]:
    """A look at a model leaves no trace in any global generator that it may draw from."""
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002  the global one, as models use it
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)  # noqa: NPY002
