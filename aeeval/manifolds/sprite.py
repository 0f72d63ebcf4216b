"""The sprite: one soft asymmetric figure at every place, scale and angle, as pictures."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

from aeeval.manifolds import blobs
from aeeval.manifolds.averages import gauss
from aeeval.manifolds.base import Support
from aeeval.manifolds.pictures import Gap, Pictures
from aeeval.manifolds.pose_box import PoseBox
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.shape import Whole
from aeeval.manifolds.validate import integer, positive, real

LEAST_SIZE, MOST_SCALE = 32, 1.3
WIDTH = 0.05  # of a blob, as a share of the picture
# x, y in widths of a blob, and weight: near a figure chosen by hand, where moves, growth and turns are orthogonal.
FIGURE = (
    (1.6844511293328708, -1.9382446601706194, 0.6001760867289614),
    (2.3189625171471855, -1.0536149127337089, 0.3496495417948227),
    (-0.7243097844010282, 1.6520196931695679, 0.5131124187953197),
    (-0.9463414591920266, 0.22022843810889983, 0.3488162562684149),
    (-1.9130835177956957, 0.9955445189749706, 0.48765999921088143),
)
QUOTIENT = 0.34  # in widths of a blob: the least of |y - x|² / (2 dist(y - x, T_x)) that a search has found is 0.35
_STEP = 1.5  # pixels of 32 between places where the search for the closest picture may start
_TURNS, _SCALES = 25, 2
_NODES, _SCALE_NODES, _ANGLES = 20, 8, 48  # of averages over a coordinate of S


def sprite(*, size: int = 32, half_width: float = 2.0, scale: float = 1.3, seed: int = 0) -> Rendered:
    """One soft figure without symmetry at every place, scale and angle: pictures of true dimension 4, in [0, 1].

    Five Gaussian blobs on size x size pixels, moved by |x|, |y| <= half_width (pixels), grown by 1 <= λ <= scale <= 1.3
    and turned by any θ; what leaves on one side would come in on the other. The blobs are so placed that the metric is
    diagonal, α (dx² + dy²) + γ dλ² + ηλ² dθ²: a plane times a cone, on which lengths are known, up to 1e-8 of them. Its
    constants in closed form. Volume 4 half_width² α √(γη) π (scale²-1). Reach 0.017 size, a numerical lower bound by
    a search over pairs of poses, not a proof; half turns come nearest. embedding_dim 4.
    Supports: "middle" (half_width=0.6 of it): |x|, |y| <= half_width; "small" (scale): λ <= scale, by default 60 % of
    the way. A picture has its own axes: `seed` turns nothing.
    Source: the four factors are those of L. Matthey et al., dSprites, 2017; here with soft edges, without which
    pictures of four factors have no tangent space.
    """
    del seed
    count = integer("size", size, LEAST_SIZE)
    reach = positive("half_width", half_width, high=count / 4)
    return Rendered(Sprite(count, reach, real("scale", scale, math.nextafter(1.0, 2.0), MOST_SCALE)), (1, count, count))


class Sprite(Pictures):
    """{picture of the figure at (x, y), grown by λ, turned by θ} in R^(size²), by the chart (x, y, λ, θ).

    Moves and turns of all of the plane keep products of pictures, growth by λ multiplies them by λ². So the metric is
    what it is at one pose, times λ² along θ, and so are quotients of pairs of poses but for a factor λ.
    """

    name, topology, dim, embedding_dim = "sprite", "box x circle", 4, (4, 4)
    has_boundary, reach_is_exact = True, False
    closed: tuple[bool, ...] = (False, False, False, True)
    unit_axis, parts_dim = 0, (4, 4)

    def __init__(self, size: int, half_width: float, most: float):
        self.pixels, self.half_width, self.most = size, half_width, most
        self.ambient_dim = self.span_dim = size**2
        figure = torch.tensor(FIGURE, dtype=torch.float64)
        self.width, self.weight = WIDTH * size, figure[:, 2]
        self.places = self.width * figure[:, :2]
        self.energy, self.speeds = measures(figure, self.width)
        self.unit = self.width
        self.reach = QUOTIENT * self.width
        self.low = torch.tensor([-half_width, -half_width, 1.0, -math.pi], dtype=torch.float64)
        self.high = torch.tensor([half_width, half_width, most, math.pi], dtype=torch.float64)
        steps = 2 + math.ceil(2 * half_width / (_STEP * size / LEAST_SIZE) - 1e-9)
        self.resolution = (steps - 1, steps - 1, _SCALES, _TURNS)
        self.greatest_area_element = most * self.speeds.prod().item()
        self.log_volume = self.log_volume_between(self.low, self.high)
        self.absent = {
            "span_dim": "the singular values of soft pictures fall without end: it is an upper bound",
            "proof of the reach": "a search over pairs of poses found no smaller quotient",
        }

    def log_volume_between(self, low: Tensor, high: Tensor) -> float:
        sides = high - low
        sides[2] *= (high[2] + low[2]) / 2
        return (self.speeds.prod() * sides.prod()).log().item()

    def point(self, u: Tensor) -> Tensor:
        rows = u.reshape(-1, self.dim)
        return blobs.rendered(self.weight, self.spots(rows)).reshape(*u.shape[:-1], self.ambient_dim)

    def spots(self, u: Tensor) -> blobs.Profiles:
        """(n, 4) -> where the blobs are."""
        centre = u[:, None, :2] + u[:, 2, None, None] * (self.places @ rotation(u[:, 3]).mT)
        return blobs.profiles(self.pixels, centre, (self.width * u[:, 2:3]).expand(-1, len(self.weight)))

    def first(self, u: Tensor) -> Tensor:
        return blobs.slopes(self.weight, self.moves(u)[0], self.spots(u)).flatten(2)

    def gap(self, u: Tensor, target: Tensor) -> Gap:
        shown = self.spots(u)
        picture = blobs.rendered(self.weight, shown) - target.unflatten(1, (self.pixels, self.pixels))
        return Gap(picture, *blobs.pulled(self.weight, picture, shown, *self.moves(u)))

    def moves(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 4) -> (n, 4, J, 3), (n, 4, 4, J, 3): derivatives of (c_x, c_y, log s) of all blobs by the pose."""
        turned = self.places @ rotation(u[:, 3]).mT
        ahead = torch.stack([-turned[..., 1], turned[..., 0]], dim=-1)
        first = u.new_zeros(len(u), 4, len(self.weight), 3)
        second = u.new_zeros(len(u), 4, 4, len(self.weight), 3)
        grown = u[:, 2, None]
        first[:, 0, :, 0] = first[:, 1, :, 1] = 1
        first[:, 2, :, :2], first[:, 2, :, 2] = turned, 1 / grown
        first[:, 3, :, :2] = grown[..., None] * ahead
        second[:, 2, 2, :, 2] = -1 / grown.square()
        second[:, 2, 3, :, :2] = second[:, 3, 2, :, :2] = ahead
        second[:, 3, 3, :, :2] = -grown[..., None] * turned
        return first, second

    def metric(self, u: Tensor) -> Tensor:
        """(n, 4) -> (n, 4, 4): squared speeds along the axes of the chart, which are orthogonal."""
        speeds = self.speeds.expand(len(u), -1).clone()
        speeds[:, 3] *= u[:, 2]
        return torch.diag_embed(speeds.square())

    def area_element(self, u: Tensor) -> Tensor:
        return self.speeds.prod() * u[:, 2]

    def boundary_distance(self, m: Tensor) -> Tensor:
        """Exact: beside an end of an axis it lies straight ahead."""
        u, speeds = self.chart(m)[:, :3], self.speeds[:3]
        return (speeds * torch.minimum(u - self.low[:3], self.high[:3] - u)).amin(dim=1).clamp_min(0)

    def sample_over(self, low: Tensor, high: Tensor, n: int, generator: Generator) -> Tensor:
        """(n, m) uniform points over a box of the chart: x, y, λ² and θ are uniform."""
        share = torch.rand(n, self.dim, generator=generator, dtype=torch.float64)
        u = low + (high - low) * share
        u[:, 2] = (low[2] ** 2 + (high[2] ** 2 - low[2] ** 2) * share[:, 2]).sqrt()
        return self.point(u)

    def centroid_and_scale(self, low: Tensor, high: Tensor) -> tuple[Tensor, float]:
        """Of a box of the chart, all angles: x and y are averaged one by one, as a blob is a product of profiles."""
        along, share = gauss(-1.0, 1.0, _NODES)
        growth, weight = gauss(low[2].item(), high[2].item(), _SCALE_NODES)
        weight = weight * growth / (weight @ growth)
        angle = 2 * math.pi * torch.arange(_ANGLES, dtype=torch.float64) / _ANGLES
        turned = self.places @ rotation(angle).mT  # (a, J, 2)
        steps = (high + low)[:2] / 2 + (high - low)[:2] / 2 * along[:, None]  # (k, 2)
        mean = torch.zeros(self.pixels, self.pixels, dtype=torch.float64)
        for scale, part in zip(growth, weight, strict=True):
            centre = scale * turned[:, :, None] + steps
            bump = (-blobs.places(self.pixels, centre, scale * self.width).square() / 2).exp()
            across, down = torch.einsum("k,ajkcp->cajp", share, bump)
            mean += part * torch.einsum("j,ajy,ajx->yx", self.weight, down, across) / _ANGLES
        squares = self.energy * (high[2] ** 2 + low[2] ** 2) / 2
        return mean.flatten(), math.sqrt(squares - mean.square().sum())

    def whole(self) -> Whole:
        return Whole(self, *self.centroid_and_scale(self.low, self.high))

    def pieces(self) -> Mapping[str, Callable[..., Support]]:
        return {"all": self.whole, "small": self._small, "middle": self._middle}

    def _small(self, scale: float | None = None) -> PoseBox:
        most = 1 + 0.6 * (self.most - 1) if scale is None else real("scale", scale, math.nextafter(1.0, 2.0), self.most)
        return PoseBox(self, "small", (2,), self.low, torch.cat([self.high[:2], torch.tensor([most]), self.high[3:]]))

    def _middle(self, half_width: float | None = None) -> PoseBox:
        inner = (
            0.6 * self.half_width if half_width is None else positive("half_width", half_width, high=self.half_width)
        )
        ends = torch.tensor([inner, inner], dtype=torch.float64)
        return PoseBox(self, "middle", (0, 1), torch.cat([-ends, self.low[2:]]), torch.cat([ends, self.high[2:]]))


def rotation(angle: Tensor) -> Tensor:
    """(n,) -> (n, 2, 2)."""
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([cosine, -sine, sine, cosine], dim=-1).unflatten(-1, (2, 2))


def measures(figure: Tensor, width: float) -> tuple[float, Tensor]:
    """|picture|² at λ = 1, and the speeds (4,) along x, y, λ and θ, by integrals of products of two blobs.

    ∫ b_j b_k = π exp(-|p|²/4), p = c_j - c_k, in widths; its derivatives by the two poses follow.
    """
    place, weight = figure[:, :2], figure[:, 2]
    apart = place[:, None] - place[None]
    gap = apart.square().sum(dim=2)
    product = math.pi * weight[:, None] * weight * (-gap / 4).exp()
    across = (product * (0.5 - apart[..., 0].square() / 4)).sum()
    turned = torch.stack([-place[:, 1], place[:, 0]], dim=1)
    inner = turned @ turned.T / 2
    leans = (apart[:, :, None] @ turned[:, None, :, None]).reshape_as(gap)  # p · turn of j
    turn = (product * (inner - leans * (apart * turned[None]).sum(dim=2) / 4)).sum()
    energy = product.sum()
    growth = _growth(place, weight)
    speeds = torch.stack([across.sqrt(), across.sqrt(), width * growth.sqrt(), width * turn.sqrt()])
    return width**2 * energy.item(), speeds


def _growth(place: Tensor, weight: Tensor) -> Tensor:
    """∂²/∂λ∂μ at 1 of Σ w_j w_k 2πλ²μ²/(λ²+μ²) exp(-|λc_j - μc_k|²/2(λ²+μ²))."""

    def product(scale: Tensor, other: Tensor) -> Tensor:
        total = scale.square() + other.square()
        gap = (scale * place[:, None] - other * place[None]).square().sum(dim=2)
        pairs = weight[:, None] * weight * (-gap / (2 * total)).exp()
        return (2 * math.pi * (scale * other).square() / total * pairs).sum()

    one = torch.ones((), dtype=torch.float64)
    mixed: Tensor = torch.func.grad(lambda mu: torch.func.grad(product)(one, mu))(one)
    return mixed
