"""The card of a manifold: what is known of it, exactly or to a bound, and what is not, with the reason."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aeeval.errors import AeevalError, GeometryError
from aeeval.manifolds import DENSITIES, MANIFOLDS
from aeeval.manifolds.base import Interval, Manifold, Support
from aeeval.manifolds.densities import with_density
from aeeval.manifolds.embedded import Embedded
from aeeval.manifolds.make import make

ORACLES: dict[str, Callable[[Manifold, Tensor], object]] = {
    "sample": lambda made, m: made.sample(1, torch.Generator().manual_seed(0)),
    "log_prob": lambda made, m: made.log_prob(m),
    "project": lambda made, m: made.project(m),
    "distance": lambda made, m: made.distance(m),
    "certified": lambda made, m: made.certified(m, m),
    "tangent": lambda made, m: made.tangent(m),
    "normal": lambda made, m: made.normal(m),
    "boundary_distance": lambda made, m: made.boundary_distance(m),
    "support_distance": lambda made, m: made.support(made.support_names()[-1]).support_distance(m),
    "mesh": lambda made, m: made.mesh(2),
}
_SOURCE = "Source: "
_UNIFORM = "uniform in Riemannian volume"


def manifold_card(name: str) -> str:
    """The docstring of a registered manifold and its facts at default parameters, one a line."""
    text, _ = split_source(MANIFOLDS.doc(name))
    rows = card_rows(name)
    width = max(map(len, rows))
    return text + "\n\n" + "\n".join(f"{key:<{width}}  {value}" for key, value in rows.items())


def card_rows(name: str) -> dict[str, str]:
    """The lines of a card: parameters, facts, supports and source of a registered manifold."""
    made = make(name)
    parameters = {key: value for key, value in _parameters(MANIFOLDS.get(name)).items() if key != "seed"}  # all have it
    _, source = split_source(MANIFOLDS.doc(name))
    return {"parameters": written(parameters), **facts(made), **supports(made), "source": source}


def facts(made: Manifold) -> dict[str, str]:
    """What one manifold is: dimensions, topology, reach, volume, density and oracles, each as a short text."""
    refused = refusals(made)
    return {
        "dim d": dims(made),
        "ambient_dim D": str(made.ambient_dim),
        "span_dim": str(made.span_dim),
        "embedding_dim": interval(made.embedding_dim),
        "topology": made.topology + (", with a boundary" if made.has_boundary else ", no boundary"),
        "reach": reach(made),
        "volume": volume(made),
        "scale": number(made.support("all").scale),
        "density": _UNIFORM + (" on each component, drawn by its weight" if len(made.components) > 1 else ""),
        "oracles": ", ".join(oracle for oracle in ORACLES if oracle not in refused),
        **({f"no {what}": why for what, why in {**made.absent, **refused}.items()} or {"absent": "nothing"}),
    }


def refusals(made: Manifold) -> dict[str, str]:
    """The oracles that do not answer when they are asked, each with what it says instead."""
    refused = {}
    m = made.sample(20, torch.Generator().manual_seed(0))
    for name, ask in ORACLES.items():
        try:
            ask(made, m)
        except AeevalError as reason:
            refused[name] = str(reason)
    return refused


def supports(made: Manifold) -> dict[str, str]:
    """What is known of each support, at its default parameters."""
    return {f"support {name}": _support_line(made, name) for name in made.support_names()}


def _support_line(made: Manifold, name: str) -> str:
    support = made.support(name)
    parts = [
        f"embedding_dim {interval(support.embedding_dim)}",
        f"scale {number(support.scale)}",
        f"volume {number(support.volume)}",
        f"farthest {number(support.farthest)}",
        f"drawn by {' | '.join(densities(support))}",
    ]
    given = written(_parameters(_builder(made, name)))
    return (f"({given}) " if given else "") + ", ".join(parts)


def densities(support: Support) -> list[str]:
    """The registered densities that a support takes, or the one that it comes with."""
    if support.density != "uniform":
        return [support.density]
    return [name for name in DENSITIES if _takes(support, name)]


def _takes(support: Support, density: str) -> bool:
    try:
        with_density(support, density)
    except GeometryError:
        return False
    return True


def _builder(made: Manifold, support: str) -> Callable[..., Any]:
    native: Any = made.native if isinstance(made, Embedded) else made
    return native.pieces()[support]


def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    return {key: parameter.default for key, parameter in inspect.signature(function).parameters.items()}


def written(parameters: dict[str, Any]) -> str:
    """Parameters with their defaults, as they are passed."""
    return ", ".join(f"{key}={value}" for key, value in parameters.items())


def split_source(doc: str) -> tuple[str, str]:
    """A docstring without its source, and the source on one line."""
    text, _, source = doc.partition(_SOURCE)
    return text.rstrip(), " ".join(source.split()) or "none given"


def interval(bounds: Interval) -> str:
    """An exact number, or the interval that is known."""
    low, high = bounds
    return str(low) if low == high else f"{low} to {high}"


def number(value: float) -> str:
    """Six digits."""
    return f"{value:.6g}"


def reach(made: Manifold) -> str:
    """The reach, and whether it is exact or a bound."""
    return f"{number(made.reach)} ({'exact' if made.reach_is_exact else 'certified lower bound'})"


def volume(made: Manifold) -> str:
    """The volume, or the logarithm of one that no float holds; of mixed sets, that of their largest dimension."""
    size = number(made.volume) if 0 < made.volume < math.inf else f"exp({number(made.log_volume)})"
    return f"{size} (of dim {made.dim})" if len({part.dim for part in made.components}) > 1 else size


def dims(made: Manifold) -> str:
    """d, or the dimensions of the components of a union."""
    *most, last = map(str, sorted({part.dim for part in made.components}))
    return f"{', '.join(most)} and {last}" if most else last
