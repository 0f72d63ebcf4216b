"""The trefoil knot: a closed curve that no continuous motion of space turns into a circle."""

import math
from collections.abc import Callable, Mapping
from functools import cache, cached_property

import numpy as np
import torch
from numpy.polynomial import Polynomial
from torch import Generator, Tensor

from aeeval.errors import GeometryError, message
from aeeval.manifolds.base import Support
from aeeval.manifolds.curve import ArcLength, Curve, Path
from aeeval.manifolds.embedded import Embedded, place
from aeeval.manifolds.narrow import reach_bound
from aeeval.manifolds.parts import Part
from aeeval.manifolds.sweep import closest
from aeeval.manifolds.validate import positive

_TERMS = 40  # of the Fourier series of the speed; its coefficients fall by a factor of 3 or more
_NODES = 96
_COMPARED = 6 * 2**10  # points of the knot between which distances are taken
_REAL = 1e-9  # what rounding leaves of the imaginary part of a real root
_ROUNDED = 1 + 1e-12
_NEWTON_STEPS = 20


def trefoil(*, ambient_dim: int | None = None, radius: float = 1.0, seed: int = 0) -> Embedded:
    """The simplest knot: a circle by itself, but tied, so that no motion of space lays it flat.

    {R (sin t + 2 sin 2t, cos t - 2 cos 2t, -sin 3t) : 0 <= t < 2π}, R = radius, turned into R^D by `seed`; uniform in
    arc length, the integral of the Fourier series of the speed R √(17 + 8 cos 3t + 9 cos² 3t). Reach >= 0.604 R: half
    the least distance between two strands, less the spacing of the points where it was taken. Volume 28.8263 R.
    embedding_dim 2, as that of every circle. Support "arc" (share=0.5): that share of the length, as much before t = 0
    as behind, of embedding_dim 1.
    Source: R. Litherland, J. Simon, O. Durumeric and E. Rawdon, Thickness of knots, 1999.
    """
    return place(Knot("trefoil", Trefoil(positive("radius", radius)), 3), ambient_dim, seed)


class Knot(Curve):
    """A closed curve; its slices are pairs of points at the same distance from its start, one each way."""

    topology, embedding_dim = "circle", (2, 2)
    has_boundary, reach_is_exact = False, False

    def __init__(self, name: str, path: Path, span_dim: int):
        super().__init__(name, path, span_dim)
        self.length = path.length / 2

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        share = torch.rand(n, generator=generator, dtype=torch.float64)
        return self.slices(low, high).draw(low + (high - low) * share, generator)

    def boundary_distance(self, m: Tensor) -> Tensor:
        return m.new_full((len(m),), math.inf)

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "arc": self._middle}

    def _middle(self, share: float = 0.5) -> Part:
        if positive("share", share, high=1.0) == 1.0:
            raise GeometryError(message("share < 1", "1, the whole knot", 'use the support "all"'))
        return Part(self, "arc", 0.0, share * self.length)

    def slices(self, low: float, high: float) -> "BothWays":
        return BothWays(self.path, low, high)

    def mesh(self, resolution: int = 40) -> Tensor:
        return self.path.at(torch.linspace(0, self.path.length, resolution, dtype=torch.float64))


class BothWays(ArcLength):
    """Distance from the start of a closed curve; its slices are pairs of points."""

    name = "arc length, both ways"

    def of(self, m: Tensor) -> Tensor:
        s = self.path.along(m)
        return torch.minimum(s, self.path.length - s)

    def log_slice(self, t: Tensor) -> Tensor:
        return torch.full_like(t, math.log(2))

    def mean(self, t: Tensor) -> Tensor:
        return (self.path.at(t) + self.path.at(-t)) / 2

    def spread(self, t: Tensor) -> Tensor:
        return (self.path.at(t) - self.path.at(-t)).square().sum(dim=1) / 4

    def draw(self, t: Tensor, generator: Generator) -> Tensor:
        ahead = torch.rand(len(t), generator=generator) < 0.5
        return self.path.at(torch.where(ahead, t, -t))


class Trefoil:
    """The trefoil of R = `radius` by its arc length from t = 0.

    It is mapped to itself by turns of a third about the third axis, and by the half turn t -> -t about the second.
    """

    closed = True

    def __init__(self, radius: float):
        self.radius = self.unit = radius
        mean, waves = speed_series()
        self._mean, self._waves = radius * mean, [radius * wave for wave in waves]
        self.length = 2 * math.pi * self._mean
        self.speed = radius * math.sqrt(34)  # cos 3t = 1
        self.nodes = 2 * math.pi / _NODES * torch.arange(_NODES, dtype=torch.float64)

    @cached_property
    def reach(self) -> float:
        return self.radius * least_reach()

    def foot(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        point = [t.sin() + 2 * (2 * t).sin(), t.cos() - 2 * (2 * t).cos(), -(3 * t).sin()]
        velocity = [t.cos() + 4 * (2 * t).cos(), 4 * (2 * t).sin() - t.sin(), -3 * (3 * t).cos()]
        return self.radius * torch.stack(point, dim=-1), self.radius * torch.stack(velocity, dim=-1)

    def at(self, s: Tensor) -> Tensor:
        return self.foot(s, self.parameter(s))[0]

    def along(self, p: Tensor) -> Tensor:
        return self.arc_length(closest(self, p)).remainder(self.length)

    def closest(self, p: Tensor) -> Tensor:
        return self.foot(p, closest(self, p))[0]

    def forward(self, p: Tensor) -> Tensor:
        return torch.nn.functional.normalize(self.foot(p, closest(self, p))[1], dim=1)

    def arc_length(self, t: Tensor) -> Tensor:
        """(n,) -> (n,): mean · t + Σ wave_k sin(3kt)/3k, summed as Clenshaw does."""
        twice, later, last = 2 * (3 * t).cos(), torch.zeros_like(t), torch.zeros_like(t)
        for k in range(_TERMS, 0, -1):
            later, last = self._waves[k - 1] / (3 * k) + twice * later - last, later
        return self._mean * t + (3 * t).sin() * later

    def parameter(self, s: Tensor) -> Tensor:
        """(n,) -> (n,): the t of an arc length, by Newton; the speed is within a third of its mean."""
        t = s / self._mean
        for _ in range(_NEWTON_STEPS):
            step = (self.arc_length(t) - s) / torch.linalg.vector_norm(self.foot(t, t)[1], dim=1)
            t = t - step
            if bool((step.abs() <= 1e-13).all()):
                break
        return t


@cache
def speed_series() -> tuple[float, list[float]]:
    """Mean and amplitudes of cos 3kt, k = 1, ..., of the speed √(17 + 8 cos 3t + 9 cos² 3t) of the knot of R = 1."""
    cosine = (2 * math.pi / (4 * _TERMS) * torch.arange(4 * _TERMS, dtype=torch.float64)).cos()
    spectrum = torch.fft.rfft((17 + 8 * cosine + 9 * cosine.square()).sqrt()).real / (4 * _TERMS)
    return spectrum[0].item(), (2 * spectrum[1 : _TERMS + 1]).tolist()


@cache
def least_reach() -> float:
    """The certified reach of the knot of R = 1; by symmetry one end of each pair need only run over a sixth of it."""
    knot = Trefoil(1.0)
    s = knot.length / _COMPARED * torch.arange(_COMPARED, dtype=torch.float64)
    points, first = knot.at(s), _COMPARED // 6 + 1
    chord = torch.cdist(points[:first], points, compute_mode="donot_use_mm_for_euclid_dist")
    path = (s[:first, None] - s).abs()
    path = torch.minimum(path, knot.length - path)
    return reach_bound(_ROUNDED * greatest_curvature(), chord, path, torch.full_like(path, knot.length / _COMPARED))


def greatest_curvature() -> float:
    """max |γ' × γ''| / |γ'|³ of the knot of R = 1, where the slope of its square in c = cos 3t is 0, or at an end.

    |γ' × γ''|² = 2338 + 248c - 776c² - 144c³ and |γ'|² = 17 + 8c + 9c².
    """
    turning, speed = Polynomial([2338, 248, -776, -144]), Polynomial([17, 8, 9])
    slope = turning.deriv() * speed - 3 * turning * speed.deriv()
    flat = [root.real for root in slope.roots() if abs(root.imag) <= _REAL and abs(root.real) <= 1]
    return float(max(np.sqrt(turning(c) / speed(c) ** 3) for c in [-1.0, *flat, 1.0]))
