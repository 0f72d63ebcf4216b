"""What an adapted model is made of: its torch modules, and the numbers that make its answers what they are."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aeeval.submissions.adapted import Adapted


def modules_of(adapted: Adapted) -> list[nn.Module]:
    """The torch modules that a model is, holds as attributes, or answers with (functions, pairs and bound methods)."""
    found = {id(part): part for part in _parts(adapted) if isinstance(part, nn.Module)}
    return list(found.values())


def state_of(adapted: Adapted) -> dict[str, Tensor]:
    """Copies of all weights, buffers and arrays of a model by name, in an order that does not change."""
    state: dict[str, Tensor] = {}
    for number, module in enumerate(modules_of(adapted)):
        state |= {f"{number}.{name}": value for name, value in module.state_dict().items()}
    for number, holder in enumerate(_holders(adapted)):
        if not isinstance(holder, nn.Module):
            state |= {f"{number}.{name}": value for name, value in _attributes(holder).items()}
    return {name: _copied(value) for name, value in state.items() if isinstance(value, Tensor | np.ndarray)}


def _parts(adapted: Adapted) -> Iterator[Any]:
    for holder in _holders(adapted):
        yield holder
        yield from _attributes(holder).values()


def _holders(adapted: Adapted) -> list[Any]:
    """The object itself, the members of a pair, and the objects that its functions are methods of."""
    members = adapted.raw if isinstance(adapted.raw, tuple | list) else ()
    owners = (function.__self__ for function in (adapted.raw, *members) if inspect.ismethod(function))
    found = {id(part): part for part in (adapted.raw, *members, *owners)}
    return list(found.values())


def _attributes(holder: Any) -> dict[str, Any]:
    return dict(vars(holder)) if hasattr(holder, "__dict__") else {}


def _copied(value: Tensor | np.ndarray) -> Tensor:
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(value) if value.dtype.kind in "fiub" else torch.zeros(0)
    return value.detach().clone()
