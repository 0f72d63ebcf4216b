"""Pulses: short waves whose phase, frequency and amplitude are the three coordinates of a manifold of signals."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped
from aeeval.manifolds.base import Support
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.shape import Shape, Whole, within
from aeeval.manifolds.validate import ON, integer, positive, real

LEAST_SAMPLES = 64
_WIDTH = 6 / 64  # of the window, as a share of the signal: its ends are e^-28 of its middle, in energy
_LOW, _HIGH = 0.16, 0.34  # cycles a sample between which no wave meets its mirror image: e^-36
_FINENESS = 8  # frequencies tried in the width of a bin of the Fourier transform
_TOPS, _STEPS = 3, 60


def pulses(
    *, samples: int = 64, low: float = 0.18, high: float = 0.32, least: float = 0.5, most: float = 1.0, seed: int = 0
) -> Rendered:
    """Short waves under a Gaussian window: signals of known phase, frequency and amplitude; d = 3, exact throughout.

    {A exp(-t²/2w²) cos(2πft + φ) : least <= A <= most, low <= f <= high in cycles a sample, all φ} at t = -(D-1)/2,
    ..., (D-1)/2, D = samples >= 64, w = 6D/64. With c² = w√π/2 and β = √2 πw the metric is that of a cone over a strip,
    c² (dA² + A² (dφ² + β² df²)), up to e^-27: geodesics are straight lines once the cone is unrolled. Reach c least/√3,
    the radius of curvature along f of the quietest pulses. Volume 2πβ (high-low) c³ (most³-least³)/3. embedding_dim 3.
    Support "low" (share=0.6): that share of the frequencies, from below. A signal has its own axes: `seed` turns
    nothing.
    Source: the Gabor atoms of D. Gabor, Theory of communication, 1946; the bound follows from H. Federer, Curvature
    measures, 1959, theorem 4.18.
    """
    del seed
    count = integer("samples", samples, LEAST_SAMPLES)
    first = real("low", low, _LOW, _HIGH)
    last = real("high", high, math.nextafter(first, 1), _HIGH)
    quiet = positive("least", least)
    return Rendered(
        Pulses(count, (first, last), (quiet, real("most", most, math.nextafter(quiet, 2 * quiet)))), (count,)
    )


class Pulses(Shape):
    """{A h(φ, f)} in R^D, all h of one length c and all A h at right angles to one another's changes of A, φ and f.

    Reach: with A₀ the least amplitude, let y = A' h' be seen from x = A h, ρ the cosine between h and h', e² =
    exp(-δ²), δ = β |f - f'|, γ = cos(φ - φ'). Then |y - x|² = (A - A')² + 2AA' (1 - ρ), ρ = γe, in units of c. Off the
    directions of φ and f, and of A where A > A₀, y has A' n, n² = 1 - e² (1 + γ²δ²) <= 2 (1 - ρ)², as 2 (1 - ρ)² - n²
    is least in γ at 2/(e (2 + δ²)), where it is 1 + e² - 4/(2 + δ²) >= 0. So Federer's quotient |y - x|² / (2 dist(y -
    x, T_x)) is at least A/√2 there, also at the ends of f, where n² is 1 - e² if γ < 0. At A = A₀ only what grows
    counts along A, and A₀ - A'ρ <= A' (1 - ρ) remains of what shrinks: dist² <= 3 A'² (1 - ρ)², and the quotient is at
    least A₀/√3. Pulses of least amplitude and frequencies that approach each other reach that.
    """

    name, topology = "pulses", "solid torus"
    dim, embedding_dim = 3, (3, 3)
    has_boundary, reach_is_exact = True, True

    def __init__(self, samples: int, frequencies: tuple[float, float], amplitudes: tuple[float, float]):
        self.ambient_dim = self.span_dim = samples
        self.frequencies, self.amplitudes = frequencies, amplitudes
        self.width = _WIDTH * samples
        self.times = torch.arange(samples, dtype=torch.float64) - (samples - 1) / 2
        self.window = (-self.times.square() / (2 * self.width**2)).exp()
        self.size = math.sqrt(self.width * math.sqrt(math.pi) / 2)
        self.turn = math.sqrt(2) * math.pi * self.width
        self.unit = self.size * amplitudes[0]
        self.reach = self.unit / math.sqrt(3)
        self.log_volume = self.log_volume_between(*frequencies)
        self.absent = {"span_dim": "the singular values of pulses fall without end: it is an upper bound"}

    def log_volume_between(self, low: float, high: float) -> float:
        least, most = self.amplitudes
        solid = (most**3 - least**3) / 3
        return 3 * math.log(self.size) + math.log(2 * math.pi * self.turn * (high - low) * solid)

    @cached_property
    def scale(self) -> float:
        """c √(mean A²), for A of density ∝ A²; the mean over all phases is the origin."""
        least, most = self.amplitudes
        return self.size * math.sqrt(3 * (most**5 - least**5) / (5 * (most**3 - least**3)))

    def above(self, u: Tensor) -> Tensor:
        """(..., 3) -> (..., D): the pulse of amplitude, phase and frequency u."""
        amplitude, phase, frequency = (u[..., axis, None] for axis in range(3))
        return amplitude * self.window * (2 * math.pi * frequency * self.times + phase).cos()

    def chart(self, x: Tensor) -> Tensor:
        """(n, D) -> (n, 3): amplitude, phase and frequency of the closest pulse.

        ½|x - A h|² = ½|x|² - A |b(f)| cos(φ - arg b) + ½A²c² with b the windowed Fourier transform: |b| decides.
        """
        frequency = self._loudest(x)
        answer = self._transform(x, frequency)[0]
        amplitude = (answer.abs() / self.size**2).clamp(*self.amplitudes)
        return torch.stack([amplitude, answer.angle(), frequency], dim=1)

    def project(self, x: Tensor) -> Tensor:
        return self.above(self.chart(x))

    def tangent(self, m: Tensor) -> Tensor:
        _, phase, frequency = self.chart(m)[:, :, None].unbind(dim=1)
        angle = 2 * math.pi * frequency * self.times + phase
        wave, quarter = self.window * angle.cos(), self.window * angle.sin()
        return torch.linalg.qr(torch.stack([wave, quarter, self.times * quarter], dim=2)).Q.mT

    def normal(self, m: Tensor) -> Tensor:
        return torch.linalg.qr(self.tangent(m).mT, mode="complete").Q.mT[:, self.dim :]

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.sample_between(*self.frequencies, n, generator)

    def sample_between(self, low: float, high: float, n: int, generator: Generator) -> Tensor:
        """(n, D) uniform pulses of these frequencies: the cube of A, φ and f are uniform."""
        share = torch.rand(3, n, generator=generator, dtype=torch.float64)
        least, most = (amplitude**3 for amplitude in self.amplitudes)
        amplitude = (least + (most - least) * share[0]) ** (1 / 3)
        return self.above(torch.stack([amplitude, 2 * math.pi * share[1], low + (high - low) * share[2]], dim=1))

    def distance_to(self, u: Tensor, frequency: float) -> Tensor:
        """(n, 3) -> (n,): along 𝓜 from pulses to those of a frequency.

        On the unrolled cone a straight line at right angles to the ray, or, where that would pass under the least
        amplitude, a tangent to it and the rest along it.
        """
        amplitude, angle = u[:, 0], self.turn * (u[:, 2] - frequency).abs()
        least = self.amplitudes[0]
        grazing = (least / amplitude).clamp(max=1).acos()
        along = (amplitude.square() - least**2).clamp_min(0).sqrt() + least * (angle - grazing)
        straight = amplitude * angle.clamp(max=math.pi / 2).sin()
        return self.size * torch.where(angle <= grazing, straight, along)

    def boundary_distance(self, m: Tensor) -> Tensor:
        u = self.chart(m)
        least, most = self.amplitudes
        ends = [self.distance_to(u, frequency) for frequency in self.frequencies]
        return (
            torch.stack([*ends, self.size * (u[:, 0] - least), self.size * (most - u[:, 0])]).amin(dim=0).clamp_min(0)
        )

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self._all, "low": self._low}

    def _all(self) -> Whole:
        return Whole(self, torch.zeros(self.ambient_dim, dtype=torch.float64), self.scale)

    def _low(self, share: float = 0.6) -> "LowPulses":
        low, high = self.frequencies
        return LowPulses(self, low + positive("share", share, high=1.0) * (high - low))

    def mesh(self, resolution: int = 40) -> Tensor:
        raise Skipped("pulses have no mesh: they are of dim 3, and only d <= 2 is drawn")

    def _transform(self, x: Tensor, frequency: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(n, D), (n,) -> b and its first two derivatives by f, (n,) complex."""
        phase = 2 * math.pi * frequency[:, None] * self.times
        rows = torch.complex(x * self.window * phase.cos(), -x * self.window * phase.sin())
        spin = -2j * math.pi * self.times
        return rows.sum(dim=1), rows @ spin, rows @ spin.square()

    def _loudest(self, x: Tensor) -> Tensor:
        """(n, D) -> (n,): where |b|² is greatest, from the highest tops of a grid eight times as fine as it waves."""
        low, high = self.frequencies
        count = 2 + math.ceil((high - low) * _FINENESS * self.ambient_dim)
        grid = torch.linspace(low, high, count, dtype=torch.float64)
        waves = 2 * math.pi * self.times[:, None] * grid
        loud = (x @ (self.window[:, None] * waves.cos())).square() + (x @ (self.window[:, None] * waves.sin())).square()
        beside = torch.nn.functional.pad(loud, (1, 1), value=-1.0)
        top = (loud >= beside[:, :-2]) & (loud >= beside[:, 2:])
        found = loud.masked_fill(~top, -1.0).topk(min(_TOPS, count), dim=1).indices
        tries = torch.stack([self._climbed(x, grid[place], grid[1] - grid[0]) for place in found.T])
        power = torch.stack([self._transform(x, frequency)[0].abs() for frequency in tries])
        return tries.gather(0, power.argmax(dim=0, keepdim=True)).squeeze(0)

    def _climbed(self, x: Tensor, frequency: Tensor, step: Tensor) -> Tensor:
        """Newton's method for the slope of |b|² within a step of the grid, halving where it leaves the bracket."""
        low, high = ((frequency + side * step).clamp(*self.frequencies) for side in (-1, 1))
        for _ in range(_STEPS):
            answer, first, second = self._transform(x, frequency)
            slope = (answer.conj() * first).real
            bend = first.abs().square() + (answer.conj() * second).real
            low, high = torch.where(slope > 0, frequency, low), torch.where(slope > 0, high, frequency)
            newton = frequency - slope / torch.where(bend < 0, bend, -torch.inf)
            inside = (bend < 0) & (newton >= low) & (newton <= high)
            moved = torch.where(inside, newton, (low + high) / 2)
            if bool((moved == frequency).all()) or bool(((moved - frequency).abs() <= 1e-16).all()):
                break
            frequency = moved
        return frequency


class LowPulses(Support):
    """The pulses up to a frequency."""

    name = "low"
    manifold: Pulses

    def __init__(self, shape: Pulses, high: float):
        self.manifold, self.high = shape, high
        self.embedding_dim, self.scale = shape.embedding_dim, shape.scale
        self.centroid = torch.zeros(shape.ambient_dim, dtype=torch.float64)
        self.log_volume = shape.log_volume_between(shape.frequencies[0], high)
        loudest = torch.tensor([[shape.amplitudes[1], 0.0, shape.frequencies[1]]], dtype=torch.float64)
        self.farthest = shape.distance_to(loudest, high).item()

    def sample(self, n: int, generator: Generator) -> Tensor:
        return self.manifold.sample_between(self.manifold.frequencies[0], self.high, n, generator)

    def log_prob(self, m: Tensor) -> Tensor:
        return within(self.support_distance(m) <= ON * self.manifold.unit, self.log_volume)

    def support_distance(self, m: Tensor) -> Tensor:
        u = self.manifold.chart(m)
        return self.manifold.distance_to(u, self.high).masked_fill(u[:, 2] <= self.high, 0.0)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """Frequencies up to where the quietest pulse is at that distance, and louder ones farther; the rest any."""
        shape = self.manifold
        room = farthest / (shape.size * shape.amplitudes[0])
        most = min(shape.frequencies[1], self.high + room / shape.turn)
        share = 1 - torch.rand(3, n, generator=generator, dtype=torch.float64)
        least, loudest = shape.amplitudes
        amplitude = least + (loudest - least) * share[0]
        frequency = self.high + (most - self.high) * share[2]
        return shape.above(torch.stack([amplitude, 2 * math.pi * share[1], frequency], dim=1))
