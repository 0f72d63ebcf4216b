"""The Archimedean spiral as a manifold: a curve that winds around itself in a plane."""

from aeeval.manifolds.curve import Curve
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.roll import Spiral


def spiral(*, ambient_dim: int | None = None, seed: int = 0) -> Embedded:
    """A curve in a plane, its turns side by side: one dimension, and no straight line keeps its order.

    {(t cos t, t sin t) : 1.5π <= t <= 4.5π}, turned into R^D by `seed`; uniform in arc length, by inverting
    s(t) = (t √(1+t²) + asinh t)/2. Reach: half the distance between the two innermost turns, 3.1113. Volume 89.3733.
    embedding_dim 1. Support "arc" (lo=0.25, hi=0.75): that part of the arc length.
    Source: Archimedes, On Spirals; the profile of the Swiss roll of Tenenbaum, de Silva and Langford, 2000.
    """
    return place(Curve("spiral", Spiral(), 2), ambient_dim, seed)
