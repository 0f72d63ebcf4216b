"""The generic member: a graph of sines over a cube, of any dimension in any ambient dimension."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Generator, Tensor
from torch.quasirandom import SobolEngine

from aeeval.errors import Skipped
from aeeval.manifolds import newton
from aeeval.manifolds.base import Support
from aeeval.manifolds.boxes import ChartBox, Charted, uniform
from aeeval.manifolds.chart_axis import Chart, ChartAxis
from aeeval.manifolds.downhill import bends_less, closest
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.frames import orthonormal
from aeeval.manifolds.geodesic import distance_to_box
from aeeval.manifolds.landmarks import COUNT, Landmarks
from aeeval.manifolds.quadrature import Integral, integrate
from aeeval.manifolds.rejection import accepted
from aeeval.manifolds.shape import Whole, grid
from aeeval.manifolds.sines import Sines, row_amplitude, spread_directions
from aeeval.manifolds.validate import ON, integer, positive

_NODES, _MOST, _GRIDDED = 12, 2304, 3  # landmarks: nodes a wave, nodes of a grid, dimensions that have one
_NEAR = 2.0  # reaches: beyond them the way down from the z of x is not tried
_EXACT = 1e-9


def graph(
    *,
    dim: int = 2,
    ambient_dim: int = 6,
    half_width: float = 2.0,
    amplitude: float = 0.44,
    frequency: float = 3.0,
    seed: int = 0,
) -> Embedded:
    """A wavy graph over a cube: any d, any D, curved in every direction, and no linear map holds it in few dimensions.

    {Q [z; a sin(ω W z)] : z in [-w, w]^d}, W (D-d, d) with spread rows of unit length, a = amplitude/√(D-d), W and Q by
    `seed`. Reach >= 1/(a ω² ‖W‖₂ max‖w_j‖), which is √d/(amplitude ω²) for D >= 2d. Volume by quadrature, its error in
    `absent` where it exceeds 1e-9. embedding_dim d. Support "box" (half_width=1.0): the part over [-b, b]^d. With the
    defaults, d = 2 and D = 20, two principal components leave 5 % of its variance and the reach is 0.4 of its scale.
    Source: the bound follows from H. Federer, Curvature measures, 1959, theorem 4.18.
    """
    integer("dim", dim, 1)
    count = integer("ambient_dim", ambient_dim, dim + 1) - dim
    height = row_amplitude(positive("amplitude", amplitude), count)
    sines = Sines(spread_directions(count, dim, seed), height, positive("frequency", frequency))
    return place(Graph(sines, positive("half_width", half_width)), ambient_dim, seed)


class Graph(Charted):
    """{[z; h(z)] : z in [-w, w]^d} in R^D."""

    name, topology = "graph", "cube"
    has_boundary, reach_is_exact = True, False

    def __init__(self, sines: Sines, half_width: float):
        count, self.dim = sines.weights.shape
        self.sines = sines
        self.ambient_dim = self.span_dim = self.dim + count
        self.embedding_dim = (self.dim, self.dim)
        self.half_width = self.unit = half_width
        self.reach = 1 / sines.bend
        self.size = self.integrals(half_width)
        self.log_volume = self.size.values[0].log().item()
        self.absent = _inexact(self.size)

    def chart(self, m: Tensor) -> Tensor:
        return m[:, : self.dim]

    def above(self, z: Tensor) -> Tensor:
        return torch.cat([z, self.sines.height(z)], dim=-1)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_over(self.half_width, n, generator)

    def sample_over(self, half_width: float, n: int, generator: Generator) -> Tensor:
        """(n, D) uniform points over [-b, b]^d: a z is kept with probability area element / its greatest value."""
        bound = self.sines.greatest_area_element

        def propose(count: int) -> tuple[Tensor, Tensor]:
            z = uniform(count, self.dim, half_width, generator)
            threshold = bound * torch.rand(count, generator=generator, dtype=torch.float64)
            return z, threshold <= self.sines.area_element(z)

        return self.above(accepted(n, propose))

    def project(self, x: Tensor) -> Tensor:
        """Downhill from the z of x; where that gives no certificate, from landmarks on 𝓜.

        Without a certificate (beyond 1/H) the answer is the best minimum found: a good one, not a proven one.
        """
        start = self.chart(x).clamp(-self.half_width, self.half_width)
        near = self.sines.least_distance(self.chart(x) - start, x[:, self.dim :]) < _NEAR * self.reach
        return self.above(closest(self, x, start, near | (self.dim > _GRIDDED)))

    @cached_property
    def landmarks(self) -> Landmarks:
        """A grid, 12 nodes a wave of the sines where that is not too many; in more dimensions, Sobol points."""
        if self.dim > _GRIDDED:
            z = self.half_width * (2 * SobolEngine(self.dim).draw(COUNT, dtype=torch.float64) - 1)
            return Landmarks(z, self.above(z), math.inf, 0.0, torch.zeros(len(z)))
        waves = self.half_width * self.sines.frequency / math.pi
        nodes = min(1 + math.ceil(_NODES * waves), int(_MOST ** (1 / self.dim)))
        z = grid((-self.half_width,) * self.dim, (self.half_width,) * self.dim, nodes).reshape(-1, self.dim)
        face = (z.abs() == self.half_width).double() * z.sign() @ 3.0 ** torch.arange(self.dim, dtype=torch.float64)
        step = 2 * self.half_width / (nodes - 1)
        along_axes = 1.01 * step  # of two minima across a diagonal, a node between is lower than one of them
        return Landmarks(z, self.above(z), math.sqrt(self.dim) * step / 2, along_axes, face)

    def descended(self, x: Tensor, z: Tensor) -> Tensor:
        return newton.nearest(self.sines, self.half_width, x, z)

    def value(self, x: Tensor, z: Tensor) -> Tensor:
        return (x - self.above(z)).square().sum(dim=1) / 2

    def slack(self, x: Tensor) -> Tensor:
        """(n, D) -> (n,): what ½ distance² rises by within half a cell of a grid from where it is least.

        Its bends along the sine rows are a²ω² cos 2φ + aω² x_j sin φ, and at the least value along the face that holds
        it, where there are nodes too, it has no slope.
        """
        if self.dim > _GRIDDED:
            return x.new_full((len(x),), torch.inf)
        bend = self.sines.amplitude * self.sines.frequency**2
        hessian = self.sines.gram(bend * (self.sines.amplitude + x[:, self.dim :].abs()))
        return hessian.abs().sum(dim=(1, 2)) * self.landmarks.gap**2 / (2 * self.dim)

    def flat(self, x: Tensor, z: Tensor) -> Tensor:
        """Where the box holds z, another minimum must be as far off as the slope takes to bend back."""
        if self.dim > _GRIDDED:
            return torch.zeros(len(x), dtype=torch.bool)
        view = newton.look(self.sines, x, z)
        push = (z.abs() >= self.half_width) * (-z.sign() * view.gradient).clamp_min(0) / self.landmarks.gap
        return bends_less(self.sines.gram(view.bends) + torch.diag_embed(push), self.sines.flat(x[:, self.dim :]))

    def proven(self, x: Tensor, z: Tensor) -> Tensor:
        """(n, D), (n, d) -> (n,) bool: whether z is critical and nearer than 1/H.

        Within that distance the squared distance is strongly convex with modulus 1 - H·distance, which turns a small
        gradient into a small distance from the only critical point there is.
        """
        view = newton.look(self.sines, x, z)
        room = 1 - (2 * view.value).sqrt() / self.reach
        return newton.residual(view, self.half_width) < ON * self.unit * room

    def certified(self, x: Tensor, m: Tensor) -> Tensor:
        z = self.chart(m)
        inside = z.abs().amax(dim=1) <= self.half_width + ON * self.unit
        return inside & self.same(m, self.above(z)) & self.proven(x, z.clamp(-self.half_width, self.half_width))

    def tangent(self, m: Tensor) -> Tensor:
        """Rows of [I, Dhᵀ], made orthonormal by the inverse of the metric's Cholesky factor."""
        z = self.chart(m)
        slopes = self.sines.slope(z)[:, :, None] * self.sines.weights
        return orthonormal(torch.cat([_eyes(z, self.dim), slopes.mT], dim=2))

    def normal(self, m: Tensor) -> Tensor:
        z = self.chart(m)
        slopes = self.sines.slope(z)[:, :, None] * self.sines.weights
        return orthonormal(torch.cat([-slopes, _eyes(z, self.ambient_dim - self.dim)], dim=2))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "box": self._box}

    def _all(self) -> Whole:
        return Whole(self, torch.zeros(self.ambient_dim, dtype=torch.float64), _scale(self.size))

    def _box(self, half_width: float = 1.0) -> "GraphBox":
        return GraphBox(self, positive("half_width", half_width, high=self.half_width))

    def integrals(self, half_width: float) -> Integral:
        """The volume over [-b, b]^d, and the integral of |x|² over it."""

        def integrand(z: Tensor) -> Tensor:
            area = self.sines.area_element(z)
            return torch.stack([area, area * self.above(z).square().sum(dim=1)], dim=1)

        return integrate(integrand, self.dim, half_width)

    def coordinate(self) -> ChartAxis:
        return self.axis_over(self.half_width)

    def axis_over(self, half_width: float) -> ChartAxis:
        """z_0 of the part over [-b, b]^d."""
        corner = torch.full((self.dim,), half_width, dtype=torch.float64)
        bound = self.sines.greatest_area_element
        return ChartAxis(Chart(self.chart, self.above, self.sines.area_element, bound, torch.stack([-corner, corner])))

    def mesh(self, resolution: int = 40) -> Tensor:
        if self.dim > 2:
            raise Skipped(f"a graph of dim {self.dim} has no mesh: only d <= 2 is drawn")
        return self.above(grid((-self.half_width,) * self.dim, (self.half_width,) * self.dim, resolution))


class GraphBox(ChartBox):
    """The part of a graph over the centred cube [-b, b]^d."""

    def __init__(self, shape: Graph, half_width: float):
        size = shape.integrals(half_width)
        super().__init__(shape, half_width, size.values[0].log().item(), _scale(size))
        self.graph = shape
        # The corners are no nearer along 𝓜 than in the chart: every distance up to here occurs.
        self.farthest = math.sqrt(shape.dim) * (shape.half_width - half_width)

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.graph.sample_over(self.half_width, n, generator)

    def support_distance(self, m: Tensor) -> Tensor:
        return distance_to_box(self.graph.sines, self.half_width, self.graph.half_width, self.graph.chart(m))

    def coordinate(self) -> ChartAxis:
        return self.graph.axis_over(self.half_width)


def _scale(size: Integral) -> float:
    return math.sqrt(size.values[1].item() / size.values[0].item())


def _inexact(size: Integral) -> dict[str, str]:
    if size.relative_error <= _EXACT:
        return {}
    return {"exact volume": f"known to a relative error of {size.relative_error:.1e}, by {size.method}"}


def _eyes(like: Tensor, size: int) -> Tensor:
    return torch.eye(size, dtype=like.dtype).expand(len(like), size, size)
