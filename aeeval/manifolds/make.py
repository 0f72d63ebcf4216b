"""From the name of a manifold and its parameters to the manifold."""

import inspect
from typing import Any

from aeeval.errors import UnknownName
from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.base import Manifold


def make(name: str, *, seed: int = 0, **params: Any) -> Manifold:
    """The registered manifold of that name; parameters are those of its factory, `seed` turns and shapes it.

    Raises `UnknownName` for a name or parameter that does not exist, with the nearest ones, and `GeometryError` for
    values for which there is no such manifold.

    >>> make("sphere", dim=2, ambient_dim=20).ambient_dim
    20
    """
    factory = MANIFOLDS.get(name)
    known = [param for param in inspect.signature(factory).parameters if param != "seed"]
    for param in params:
        if param not in known:
            raise UnknownName(f"parameter of {name}", param, known)
    return factory(seed=seed, **params)
