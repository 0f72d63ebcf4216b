"""Smooth warps: a shape of R^m lifted into more dimensions by sines, with all but its geodesics."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.manifolds.averages import Rule, Size, size_of
from aeeval.manifolds.base import GEODESICS, Support
from aeeval.manifolds.downhill import bends_less, closest
from aeeval.manifolds.foot import Foot, secant_bend
from aeeval.manifolds.frames import orthonormal
from aeeval.manifolds.landmarks import Landmarks, spread_points
from aeeval.manifolds.rejection import accepted
from aeeval.manifolds.shape import Shape, Whole
from aeeval.manifolds.sines import Sines
from aeeval.manifolds.validate import ON

_CHUNK = 2**14  # rows at once, for memory
_DENSE = 2  # dimensions in which landmarks leave out no minimum that matters
_NEAR = 2.0  # reaches: beyond them the way down from the closest point of 𝓜₀ is not tried
NO_GEODESICS = "a warp stretches lengths by a factor that varies: `distance_bounds` are two numbers that hold them"


class Warped(Shape):
    """{[u; a sin(ω W u)] : u in 𝓜₀} in R^(m + q), for a shape 𝓜₀ in R^m of reach ρ₀.

    Reach >= 1/(H + L/ρ₀) with H = a ω² ‖W‖₂ max‖w_j‖ and L = √(1 + (aω‖W‖₂)²): off the tangent at [u; h(u)], the chord
    to [v; h(v)] is at most L |v-u|²/2ρ₀ from 𝓜₀ and H |v-u|²/2 from h, and |v-u| no longer than it (H. Federer,
    Curvature measures, 1959, theorem 4.18). Lengths grow by a factor between 1 and L, so geodesics are not known.
    """

    reach_is_exact = False

    def __init__(self, name: str, base: Shape, sines: Sines, rule: Rule | None = None):
        self.name, self.base, self.sines = name, base, sines
        self.foot = Foot(self)
        self.dim, self.unit = base.dim, base.unit
        self.ambient_dim = self.span_dim = base.span_dim + len(sines.weights)
        self.embedding_dim, self.has_boundary, self.topology = base.embedding_dim, base.has_boundary, base.topology
        steepest = sines.amplitude * sines.frequency * torch.linalg.matrix_norm(sines.weights, 2).item()
        self.stretch = math.hypot(1.0, steepest)
        self.reach = 1 / (sines.bend + self.stretch / base.reach)
        self.size = self.measured(base.support(), rule)
        self.log_volume = self.size.log_volume
        self.absent = {**base.absent, GEODESICS: NO_GEODESICS, **self.size.absent}

    def chart(self, m: Tensor) -> Tensor:
        """(n, m+q) -> (n, m): the u of points of 𝓜."""
        return m[:, : self.base.ambient_dim]

    def above(self, u: Tensor) -> Tensor:
        """(..., m) -> (..., m+q): the point of the graph of h above u; on 𝓜 for u in 𝓜₀."""
        return torch.cat([u, self.sines.height(u)], dim=-1)

    def slopes(self, u: Tensor) -> Tensor:
        """(n, m) -> (n, q, m): Dh."""
        return self.sines.slope(u)[:, :, None] * self.sines.weights

    def area_ratio(self, u: Tensor) -> Tensor:
        """(n, m) -> (n,): d-dimensional volume on 𝓜 for a unit of it on 𝓜₀, √det(T (I + Dhᵀ Dh) Tᵀ)."""
        frame = self.base.tangent(u)
        metric = frame @ self.sines.metric(u) @ frame.mT
        return torch.linalg.cholesky(metric).diagonal(dim1=1, dim2=2).prod(dim=1)

    @cached_property
    def greatest_area_ratio(self) -> float:
        """(1 + a²ω² Σ λ_i / d)^(d/2) over the d largest eigenvalues of WᵀW, by arithmetic and geometric means."""
        squares = torch.linalg.svdvals(self.sines.weights).square()[: self.dim].sum().item()
        slope = (self.sines.amplitude * self.sines.frequency) ** 2
        return (1 + slope * squares / self.dim) ** (self.dim / 2)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_over(self.base.sample, n, generator)

    def sample_over(self, draw: Callable[[int, Generator], Tensor], n: int, generator: Generator) -> Tensor:
        """(n, m+q) uniform points over a piece of 𝓜₀: a u is kept with probability area ratio / its greatest value."""

        def propose(count: int) -> tuple[Tensor, Tensor]:
            u = draw(count, generator)
            threshold = self.greatest_area_ratio * torch.rand(count, generator=generator, dtype=torch.float64)
            return u, threshold <= self.area_ratio(u)

        return self.above(accepted(n, propose))

    def project(self, x: Tensor) -> Tensor:
        """Downhill from the closest point of 𝓜₀; where that proves nothing, from landmarks on 𝓜.

        Without a certificate (beyond the reach) the answer is the best minimum found: a good one, not a proven one.
        """
        return self.above(torch.cat([self._foot(rows) for rows in x.split(_CHUNK)]))

    def _foot(self, x: Tensor) -> Tensor:
        start, heights = self.chart(x).clone(), x[:, self.base.ambient_dim :]
        few = torch.tensor(self.dim > _DENSE)  # landmarks: then every start is worth a try
        low = (self.sines.least_distance(x[:, :0], heights) < _NEAR * self.reach) | few
        start[low] = self.base.project(start[low])
        near = self.sines.least_distance(self.chart(x) - start, heights) < _NEAR * self.reach
        return closest(self, x, start, low & near | few)

    @cached_property
    def landmarks(self) -> Landmarks:
        u, gap = spread_points(self.base)
        return Landmarks(u, self.above(u), gap, 2 * gap, self.base.boundary_distance(u) <= ON * self.unit)

    def descended(self, x: Tensor, u: Tensor) -> Tensor:
        return self.foot.nearest(x, u)

    def value(self, x: Tensor, u: Tensor) -> Tensor:
        return (x - self.above(u)).square().sum(dim=1) / 2

    def slack(self, x: Tensor) -> Tensor:
        """(n, m+q) -> (n,): what ½ distance² rises by within the gap of a landmark from where it is least on 𝓜.

        With r the gap and F its extension to all u, that is at most r²/2 (‖∇²F‖ + |∇F|/ρ₀): a chord of 𝓜₀ leaves the
        normals at its ends by r²/2ρ₀ at most.
        """
        sines, size = self.sines, self.base.ambient_dim
        hessian = sines.gram(sines.amplitude * sines.frequency**2 * (sines.amplitude + x[:, size:].abs()))
        bend = torch.linalg.matrix_norm(hessian)
        heights = torch.linalg.vector_norm(x[:, size:], dim=1) + sines.amplitude * math.sqrt(len(sines.weights))
        aside = torch.linalg.vector_norm(x[:, :size], dim=1) + self._farthest
        slope = aside + math.sqrt(self.stretch**2 - 1) * heights
        return self.landmarks.gap**2 / 2 * (bend + slope / self.base.reach)

    @cached_property
    def _farthest(self) -> float:
        """How far landmarks are from the origin of the chart at most."""
        return torch.linalg.vector_norm(self.landmarks.chart, dim=1).max().item()

    def flat(self, x: Tensor, u: Tensor) -> Tensor:
        """Where an edge holds u, another minimum must be as far off as the slope takes to bend back."""
        view, frame = self.foot.look(x, u), self.base.tangent(u)
        push = (frame @ view.gradient[:, :, None]).squeeze(2)
        unit = torch.nn.functional.normalize(push, dim=1)
        held = push[:, :, None] * unit[:, None, :] / self.landmarks.gap
        return bends_less(self.foot.hessian(view, frame) + held, self.sines.flat(x[:, self.base.ambient_dim :]))

    def proven(self, x: Tensor, u: Tensor) -> Tensor:
        """(n, m+q), (n, m) -> (n,) bool: whether u in 𝓜₀ is critical and nearer than the reach.

        There the squared distance is strongly convex along 𝓜 with modulus 1 - distance/reach, which turns a small
        gradient into a small distance from the only critical point there is.
        """
        view = self.foot.look(x, u)
        room = 1 - (2 * view.value).sqrt() / self.reach
        return (room > 0) & (self.foot.residual(view, self.base.tangent(u)) <= ON * self.unit * room)

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        u = self.base.project(self.chart(m))
        return self.same(m, self.above(u)) & self.proven(x, u)

    def tangent(self, m: Tensor) -> Tensor:
        """Rows [t, Dh t] for a frame t of 𝓜₀, made orthonormal."""
        u = self.chart(m)
        frame = self.base.tangent(u)
        return orthonormal(torch.cat([frame, frame @ self.slopes(u).mT], dim=2))

    def normal(self, m: Tensor) -> Tensor:
        """Rows [ν, 0] for the normals of 𝓜₀ and [-Dh_j, e_j] for those of the graph, made orthonormal."""
        u = self.chart(m)
        slopes = self.slopes(u)
        flat = torch.nn.functional.pad(self.base.normal(u), (0, slopes.shape[1]))
        axes = torch.eye(slopes.shape[1], dtype=m.dtype).expand(len(m), -1, -1)
        return orthonormal(torch.cat([flat, torch.cat([-slopes, axes], dim=2)], dim=1))

    def bend(self, u: Tensor, vectors: Tensor, frame: Tensor) -> Tensor:
        """See `Ground.bend`; to be replaced where it has a closed form."""
        return secant_bend(self.base, u, vectors, frame)

    def retract(self, u: Tensor, step: Tensor) -> Tensor:
        """See `Ground.retract`; to be replaced where there is a cheaper way than the closest point."""
        return self.base.project(u + step)

    def boundary_distance(self, m: Tensor) -> Tensor:
        """That of 𝓜₀: paths on 𝓜 are no shorter than their shadows."""
        return self.base.boundary_distance(self.chart(m))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all}

    def _all(self) -> Whole:
        return Whole(self, self.size.centroid, self.size.scale)

    def measured(self, piece: Support, rule: Rule | None) -> Size:
        """Volume, centroid and scale of the part of 𝓜 above a piece of 𝓜₀."""
        return size_of(self.area_ratio, self.above, piece, rule, self.unit)

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.above(self.base.mesh(resolution))
