"""The true manifold in a picture: its components, the distance of each place to the support, and points outside it."""

import math

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.manifolds.base import Manifold, Support
from aeeval.numerics.axes import View

GRID, LINE, POINTS = 40, 200, 600


def sites(manifold: Manifold) -> Tensor:
    """(n, D) places all over 𝓜, the same every time."""
    return torch.cat([_sites(part, manifold).reshape(-1, manifold.ambient_dim) for part in manifold.components])


def truth(support: Support, view: View, scale: float) -> dict[str, Tensor]:
    """`manifold_0`, `manifold_0_distance`, ...: components of 𝓜 by number, and their distance along 𝓜 to S, or its
    least where it is not known; distances are absent where nothing is known of them. `dim`, and `embedding_dim` of S
    where it is known."""
    parts = {"dim": torch.tensor(support.manifold.dim)}
    if support.embedding_dim[0] == support.embedding_dim[1]:
        parts["embedding_dim"] = torch.tensor(support.embedding_dim[0])
    for number, component in enumerate(support.manifold.components):
        places = _sites(component, support.manifold)
        parts[f"manifold_{number}"] = view.of(places) / scale
        try:
            distance = support.distance_bounds(places.reshape(-1, places.shape[-1]))[0]
        except Skipped:
            continue
        parts[f"manifold_{number}_distance"] = distance.reshape(places.shape[:-1]) / scale
    return parts


def _sites(component: Manifold, whole: Manifold) -> Tensor:
    """A mesh, or points of what has none; coarser where there are many components."""
    count = len(whole.components)
    try:
        return component.mesh(LINE if component.dim == 1 else max(12, GRID // math.isqrt(count)))
    except Skipped:
        return component.sample(POINTS // count, torch.Generator().manual_seed(0))


def beyond(evidence: Evidence, view: View, rows: int) -> dict[str, Tensor]:
    """`beyond`, `beyond_hat`, `beyond_distance`, `beyond_error` of every so manieth held-out point, near to far."""
    held = evidence.beyond
    order = held.distance.argsort()
    kept = order[torch.linspace(0, len(order) - 1, min(rows, len(order))).round().long()]
    answers = evidence.beyond_trips.of(kept)
    error = torch.linalg.vector_norm(answers - held.x[kept], dim=1)
    return {
        "beyond": view.of(held.x[kept]) / evidence.scale,
        "beyond_hat": view.of(answers) / evidence.scale,
        "beyond_distance": held.distance[kept] / evidence.scale,
        "beyond_error": error / evidence.scale,
    }
