"""Pieces of warped shapes, each above a piece of the shape that was warped."""

from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.averages import Rule
from aeeval.manifolds.base import Support
from aeeval.manifolds.shape import within
from aeeval.manifolds.warp import NO_GEODESICS, Warped


class WarpedSupport(Support):
    """The part of a warped shape above a support of 𝓜₀; distances along 𝓜 are known between two bounds only."""

    manifold: Warped

    def __init__(self, warped: Warped, native: Support, rule: Rule | None = None):
        size = warped.measured(native, rule)
        self.manifold, self.native, self.name = warped, native, native.name
        self.log_volume, self.centroid, self.scale = size.log_volume, size.centroid, size.scale
        self.embedding_dim, self.farthest = native.embedding_dim, native.farthest

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample_over(self.native.sample, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.native.log_prob(self.manifold.chart(m)).isfinite(), self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        raise Skipped(f"no geodesics on {self.manifold.name}: {NO_GEODESICS}")

    def distance_bounds(self, m: Tensor) -> tuple[Tensor, Tensor]:
        """The distance along 𝓜₀, and that times the greatest stretch L of a length."""
        shadow = self.native.support_distance(self.manifold.chart(m))
        return shadow, self.manifold.stretch * shadow

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        return self.manifold.above(self.native.propose_beyond(n, farthest, generator))
