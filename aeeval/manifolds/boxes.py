"""Boxes in a chart: the supports of manifolds that are drawn over a cube."""

from abc import abstractmethod

import torch
from torch import Generator, Tensor

from aeeval.manifolds.base import Support
from aeeval.manifolds.shape import Shape, within
from aeeval.manifolds.validate import ON


class Charted(Shape):
    """A shape over the cube [-w, w]^d, one point above each z."""

    half_width: float

    @abstractmethod
    def chart(self, m: Tensor) -> Tensor:
        """(n, m) -> (n, d): the z below points of 𝓜."""

    @abstractmethod
    def above(self, z: Tensor) -> Tensor:
        """(..., d) -> (..., m): the point of 𝓜 above z."""

    def boundary_distance(self, m: Tensor) -> Tensor:
        """Distance to the edge of the cube in the chart; paths on 𝓜 are no shorter than their shadows."""
        return (self.half_width - self.chart(m).abs()).amin(dim=1).clamp_min(0)


class ChartBox(Support):
    """The part of a charted shape over the smaller cube [-b, b]^d; its mean is the origin by odd symmetry."""

    name = "box"

    def __init__(self, shape: Charted, half_width: float, log_volume: float, scale: float):
        self.manifold: Charted = shape
        self.half_width, self.log_volume, self.scale = half_width, log_volume, scale
        self.embedding_dim = (shape.dim, shape.dim)
        self.centroid = torch.zeros(shape.ambient_dim, dtype=torch.float64)

    def log_prob(self, m: Tensor) -> Tensor:
        inside = self.manifold.chart(m).abs().amax(dim=1) <= self.half_width + ON * self.manifold.unit
        return within(inside, self.log_volume)

    def propose_beyond(self, n: int, farthest: float, generator: Generator) -> Tensor:
        """By a number of coordinates outside the box that is as often small as large: faces, edges and corners."""
        dim, room = self.manifold.dim, self.manifold.half_width - self.half_width
        out = torch.rand(n, dim, generator=generator) < torch.rand(n, 1, generator=generator)
        out[torch.arange(n), torch.randint(dim, (n,), generator=generator)] = True
        most = (room * out.sum(dim=1).double().sqrt()).clamp(max=farthest)
        length = most * (1 - torch.rand(n, generator=generator, dtype=torch.float64))
        z = uniform(n, dim, self.half_width, generator)
        step = vector_of_length(out * torch.rand(n, dim, generator=generator, dtype=torch.float64), length, room)
        return self.manifold.above(torch.where(out, z.sign() * (self.half_width + step), z))


def excess(z: Tensor, half_width: float) -> Tensor:
    """(n, d) -> (n, d): the vector from the nearest point of [-b, b]^d to z."""
    return z - z.clamp(-half_width, half_width)


def vector_of_length(weights: Tensor, length: Tensor, most: float) -> Tensor:
    """Multiples of weights >= 0, each entry cut at `most`, so that a row has the given length: (n, d), (n,) -> (n, d).

    The larger weights are cut first: the multiple is that of the first number of cuts after which the next one fits.
    """
    largest_first = weights.sort(dim=1, descending=True).values
    rest = largest_first.square().flip(1).cumsum(dim=1).flip(1).clamp_min(torch.finfo(weights.dtype).tiny)
    cut = most**2 * torch.arange(weights.shape[1])
    multiple = ((length.square()[:, None] - cut).clamp_min(0) / rest).sqrt()
    first = (multiple * largest_first <= most).int().argmax(dim=1, keepdim=True)
    return (multiple.gather(1, first) * weights).clamp(max=most)


def uniform(n: int, dim: int, half_width: float, generator: Generator) -> Tensor:
    """(n, d) points, uniform in [-w, w]^d."""
    return half_width * (2 * torch.rand(n, dim, generator=generator, dtype=torch.float64) - 1)
