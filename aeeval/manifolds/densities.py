"""Sampling densities on supports: named laws along a coordinate, with their exact logarithm, centroid and scale."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import torch

from aeeval.errors import GeometryError, UnknownName, message
from aeeval.manifolds import DENSITIES
from aeeval.manifolds.base import Support
from aeeval.manifolds.coordinate import Length
from aeeval.manifolds.embedded import EmbeddedSupport
from aeeval.manifolds.graded import Gapped, Graded
from aeeval.manifolds.validate import positive, real


def with_density(support: Support, name: str = "uniform", params: Mapping[str, Any] | None = None) -> Support:
    """The same support, its points drawn by a registered density.

    Raises `UnknownName` for a density or parameter that does not exist, with the nearest ones, and `GeometryError`
    where the support has no coordinate for it, or the parameters no density.
    """
    build, given = DENSITIES.get(name), dict(params or {})
    known = list(inspect.signature(build).parameters)[1:]
    for param in given:
        if param not in known:
            raise UnknownName(f"parameter of density {name!r}", param, known)
    if isinstance(support, EmbeddedSupport):
        return EmbeddedSupport(support.manifold, with_density(support.native, name, given))
    made: Support = build(support, **given)
    return made


def uniform(support: Support) -> Support:
    """What a support draws by itself: uniform in Riemannian volume, but for a few with a density of their own."""
    return support


def exponential(support: Support, *, decades: float = 3.0) -> Support:
    """Falls exponentially along the support, so that one model meets dense and thin data: p(m) ∝ exp(-rate · t(m)).

    t is the support's coordinate, from one end of S to the other (from the pole of a cap to its rim), and rate =
    decades · log 10 / (its length): p falls by 10^decades, three by default. Against Riemannian volume, like all
    densities here.
    """
    coordinate = support.coordinate()
    rate = positive("decades", decades) * math.log(10) / coordinate.length

    def log_weight(t: torch.Tensor) -> torch.Tensor:
        return rate * (coordinate.low - t)

    return Graded(support, coordinate, "exponential", log_weight, ((coordinate.low, coordinate.high),))


def vmf(support: Support, *, kappa: float = 10.0) -> Support:
    """Von Mises-Fisher about the pole of a sphere, truncated to the support: p(m) ∝ exp(kappa · cos θ(m)).

    θ is the polar angle; larger kappa > 0 is more concentrated, by a factor exp(2 kappa) from pole to pole.
    Source: K. V. Mardia and P. E. Jupp, Directional Statistics, 2000, section 9.3.2.
    """
    coordinate, concentration = support.coordinate(), positive("kappa", kappa)
    radius = coordinate.radius
    if radius is None:
        raise GeometryError(
            message(
                "a polar angle, which spheres and their caps have",
                f"{_what(support)} with its {coordinate.name}",
                'use density = "exponential"',
            )
        )

    def log_weight(t: torch.Tensor) -> torch.Tensor:
        return concentration * (t / radius).cos()

    return Graded(support, coordinate, "vmf", log_weight, ((coordinate.low, coordinate.high),))


def gap(support: Support, *, lo: float = 0.4, hi: float = 0.6) -> Support:
    """Uniform outside a window in the middle of the support, and nothing inside it: interpolation, with its truth.

    The window is the part from share lo to share hi, 0 < lo < hi < 1, of the length of the support's coordinate. The
    support becomes what is left: its volume, its support_distance (exact, also inside the window) and the points
    beyond it, which lie in the window too.
    """
    coordinate = support.coordinate()
    low, high = real("lo", lo, 0, 1), real("hi", hi, 0, 1)
    if not 0 < low < high < 1:
        raise GeometryError(message("0 < lo < hi < 1", f"lo={low:g}, hi={high:g}", "leave some support on both sides"))
    if not isinstance(coordinate, Length):
        raise GeometryError(
            message(
                "a coordinate along which distances to a part are known",
                f"{_what(support)} with its {coordinate.name}",
                'use density = "exponential"',
            )
        )
    return Gapped(support, coordinate, low, high)


def _what(support: Support) -> str:
    return f"support {support.name!r} of {support.manifold.name}"
