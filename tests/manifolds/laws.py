"""What must hold for every manifold; a law takes an instance and asserts.

Laws that draw compare with a threshold that a right instance passes with probability 1 - 1e-4 or more.
"""

import math

import pytest
import torch
from scipy import stats

from aeeval.errors import Skipped
from aeeval.manifolds.base import GEODESICS
from tests.manifolds.instances import instance

EXACT = 1e-9  # of scale: what float64 must reach
ALARM = 1e-4  # probability that a right instance fails a test that draws


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def gaussian(like, seed):
    return torch.randn(like.shape, generator=seeded(seed), dtype=torch.float64)


def unit(vectors):
    return torch.nn.functional.normalize(vectors, dim=-1)


def norm(vectors):
    return torch.linalg.vector_norm(vectors, dim=-1)


def along(frames, vectors):
    """(n, k, D), (n, D) -> (n, k)."""
    return torch.einsum("nkd,nd->nk", frames, vectors)


def near(i, n, seed, size=0.5):
    """Points around 𝓜: samples moved by `size` scale, in all directions."""
    m = i.manifold.sample(n, seeded(seed))
    return m + size * i.support.scale * unit(gaussian(m, seed + 1))


def is_union(i):
    return len(i.manifold.components) > 1


def by_component(i, m):
    """What has frames of one size, with the rows that lie on it."""
    return i.manifold.by_component(m) if is_union(i) else [(i.manifold, torch.arange(len(m)))]


def dims(i, m):
    return i.manifold.local_dim(m) if is_union(i) else torch.full((len(m),), i.manifold.dim)


def room(i, m):
    """The reach at points of 𝓜, at most the scale."""
    return (i.manifold.local_reach(m) if is_union(i) else torch.full((len(m),), i.manifold.reach)).clamp(
        max=i.support.scale
    )


def tangents(i, m):
    """(n, d, D) tangent frames; on a union d is the largest, and rows of zeros fill up the smaller frames."""
    return padded(m, [(rows, component.tangent(m[rows])) for component, rows in by_component(i, m)])


def normals(i, m):
    return padded(m, [(rows, component.normal(m[rows])) for component, rows in by_component(i, m)])


def padded(m, frames):
    full = torch.zeros(len(m), max(frame.shape[1] for _, frame in frames), m.shape[1], dtype=torch.float64)
    for rows, frame in frames:
        full[rows, : frame.shape[1]] = frame
    return full


def bounds(i, m):
    """What the support distance lies between: twice the same number where it is known."""
    if GEODESICS in i.manifold.absent:
        return i.support.distance_bounds(m)
    return (i.support.support_distance(m),) * 2


def interior(i, points, margin):
    """The points farther than `margin` from the boundary, and from where components meet."""
    far = (i.manifold.boundary_distance(points) > margin) & (i.manifold.local_reach(points) > margin)
    return points[far]


def charted(i, n, seed):
    """Points of the chart with the area that each stands for: their sum is the volume, up to chance."""
    points, areas = [], []
    for dim, chart in i.components():
        u = torch.rand(n, dim, generator=seeded(seed), dtype=torch.float64)
        steps = 1e-5 * torch.eye(dim, dtype=torch.float64)
        columns = (chart(u[:, None] + steps) - chart(u[:, None] - steps)) / 2e-5
        points.append(chart(u))
        areas.append(torch.linalg.det(columns @ columns.mT).clamp_min(0).sqrt() / n)
    return torch.cat(points), torch.cat(areas)


def within_errors(draws, truth):
    """Whether the mean of draws is the truth, two-sided at ALARM; what central differences lose is no deviation."""
    error = draws.std() / math.sqrt(len(draws))
    return abs(draws.mean() - truth) <= stats.norm.isf(ALARM / 2) * error + 1e-8 * abs(truth)


def samples_lie_on_it(i):
    for source in (i.manifold, i.support):
        x = source.sample(300, seeded(1))
        assert i.manifold.distance(x).max() <= EXACT * i.support.scale
        # 1 part in 2^24 for each of D coordinates, of the size of the coordinates
        resolved = 6e-8 * norm(x).max()
        assert i.manifold.distance(x.float()).max() <= resolved + EXACT * i.support.scale
        assert bounds(i, x.float())[1].isfinite().all()


def projection_is_idempotent(i):
    x = near(i, 300, 2)
    p = i.manifold.project(x)
    assert norm(i.manifold.project(p) - p).max() <= EXACT * i.support.scale
    assert (i.manifold.distance(x) - norm(x - p)).abs().max() <= EXACT * i.support.scale


def projection_is_first_order_optimal(i):
    x = near(i, 400, 3)
    p = i.manifold.project(x)
    slack = norm(along(tangents(i, p), x - p)) / i.support.scale
    inside = i.manifold.boundary_distance(p) > 1e-6 * i.support.scale
    assert inside.sum() >= 20
    assert slack[inside].max() <= 1e-8


def projection_is_never_beaten(i):
    x = torch.cat([near(i, 200, 4, size) for size in (0.1, 0.5, 1.0)])
    closest = torch.cdist(x, i.manifold.sample(20_000, seeded(5))).amin(dim=1)
    assert (i.manifold.distance(x) - closest).max() <= EXACT * i.support.scale


def tube_projects_back(i):
    m = i.manifold.sample(300, seeded(6))
    frame = normals(i, m)
    if i.manifold.ambient_dim == dims(i, m).min():
        assert frame.shape == (300, 0, i.manifold.ambient_dim)
        return
    directions = unit(torch.einsum("nkd,nk->nd", frame, gaussian(frame[:, :, 0], 7)))
    x = m + 0.9 * room(i, m)[:, None] * directions
    p = i.manifold.project(x)
    assert norm(p - m).max() <= 1e-8 * i.support.scale
    assert i.manifold.certified(x, p).all()
    half = m + 0.5 * room(i, m)[:, None] * directions
    assert i.manifold.certified(half.float(), m.float()).all()


def certificates_are_true(i):
    """No certificate for a point that dense samples beat, nor for one that is not on 𝓜."""
    x, dense = near(i, 200, 8), i.manifold.sample(5000, seeded(9))
    gap = torch.cdist(x, dense)
    second = dense[gap.argsort(dim=1)[:, 40]]
    assert not i.manifold.certified(x, second).any()
    off = i.manifold.project(x) + 0.01 * i.support.scale * unit(gaussian(x, 10))
    assert not i.manifold.certified(x, off).any()


def frames_are_orthonormal(i):
    m = i.support.sample(100, seeded(11))
    for component, rows in by_component(i, m):
        tangent, normal = component.tangent(m[rows]), component.normal(m[rows])
        assert tangent.shape == (len(rows), component.dim, i.manifold.ambient_dim)
        frame = torch.cat([tangent, normal], dim=1)
        assert (frame @ frame.mT - torch.eye(i.manifold.ambient_dim)).abs().max() <= 1e-12


def tangents_are_displacements(i):
    """Central differences of π at m, in 2 D random directions: their rank is d, and the tangent frame spans them."""
    size = 1e-5 * i.support.scale
    m = interior(i, i.manifold.sample(30, seeded(12)), 10 * size)
    step = size * torch.randn(len(m), 2 * i.manifold.ambient_dim, m.shape[1], generator=seeded(13), dtype=torch.float64)
    ahead, behind = (i.manifold.project((m[:, None] + s * step).flatten(0, 1)) for s in (1, -1))
    moves = ((ahead - behind) / (2 * size)).reshape(step.shape)
    values = torch.linalg.svdvals(moves)
    assert torch.equal((values > 1e-3 * values[:, :1]).sum(dim=1), dims(i, m))
    tangent = tangents(i, m)
    rest = moves - moves @ tangent.mT @ tangent
    assert torch.linalg.matrix_norm(rest).max() <= 1e-4 * torch.linalg.matrix_norm(moves).min()


def sampler_has_the_exact_law(i):
    """Kolmogorov and Smirnov on a coordinate whose distribution is known; the area law where none is."""
    if i.share is None:
        return
    shares = i.share(i.manifold.native, i.manifold.coordinates(i.manifold.sample(20_000, seeded(14))))
    assert stats.kstest(shares.numpy(), "uniform").pvalue > ALARM


def sampler_follows_the_area(i):
    """Means of 32 waves over samples against the same means over the chart, weighted by its area and the density."""
    x, area = charted(i, 10_000, 15)
    waves = gaussian(torch.empty(32, x.shape[1]), 16) / i.support.scale
    for source in (i.manifold, i.support):
        drawn = (source.sample(10_000, seeded(17)) @ waves.T + 1).cos()
        weight = area * source.log_prob(x).exp()
        values = (x @ waves.T + 1).cos()
        mean = weight @ values / weight.sum()
        error = (drawn.var(dim=0) / len(drawn) + weight.square() @ (values - mean).square() / weight.sum() ** 2).sqrt()
        assert ((drawn.mean(dim=0) - mean).abs() <= stats.norm.isf(ALARM / 64) * error + EXACT).all()


def support_holds_its_share(i):
    """The number of samples of 𝓜 in S is binomial with the ratio of volumes; of densities, as weights may differ."""
    x = i.manifold.sample(20_000, seeded(18))
    hits = int(i.support.log_prob(x).isfinite().sum())
    share = math.exp(i.support.log_volume - i.manifold.log_volume)
    if is_union(i):
        inside = i.support.sample(100, seeded(19))
        ratio = (i.manifold.log_prob(inside) - i.support.log_prob(inside)).exp()
        assert ratio.std() <= 1e-9
        share = ratio[0].item()
    assert stats.binomtest(hits, len(x), min(1.0, share)).pvalue > ALARM


def densities_integrate_to_one(i):
    """The density times the area element of the chart sums to 1; where it is uniform, it is 1 / volume."""
    x, area = charted(i, 10_000, 19)
    for source in (i.manifold, i.support):
        inside = source.sample(200, seeded(20))
        if getattr(source, "density", "uniform") == "uniform" and not is_union(i):
            assert (source.log_prob(inside) + source.log_volume).abs().max() <= 1e-9
        assert source.volume == pytest.approx(math.exp(source.log_volume), rel=1e-12)
        assert within_errors(len(x) * area * source.log_prob(x).exp(), 1.0)


def support_is_not_thin(i):
    """S spreads by at least 10 % of its scale along every direction that is tangent to it somewhere."""
    m = i.support.sample(1000, seeded(21))
    spread = torch.linalg.svdvals(tangents(i, m) @ (m - i.support.centroid).T)
    least = spread.gather(1, dims(i, m)[:, None] - 1)
    assert least.min() / math.sqrt(len(m)) >= 0.1 * i.support.scale


def span_is_what_it_says(i):
    x = i.manifold.sample(3000, seeded(22))
    assert torch.linalg.matrix_rank(x - x.mean(dim=0), rtol=1e-10) == i.manifold.span_dim
    for low, high in (i.manifold.embedding_dim, i.support.embedding_dim):
        assert i.manifold.dim <= low <= high <= i.manifold.ambient_dim
    assert i.support.embedding_dim[1] <= i.manifold.embedding_dim[1]


def centroid_and_scale_are_those_of_samples(i):
    x = i.support.sample(20_000, seeded(23))
    assert norm(x.mean(dim=0) - i.support.centroid) <= 5 * i.support.scale / math.sqrt(len(x))
    assert within_errors(norm(x - i.support.centroid).square(), i.support.scale**2)


def draws_are_reproducible(i):
    again = instance(i.label)
    for source, twin in ((i.manifold, again.manifold), (i.support, again.support)):
        x = source.sample(50, seeded(24))
        assert x.numpy().tobytes() == twin.sample(50, seeded(24)).numpy().tobytes()
        assert norm(x - source.sample(50, seeded(25))).min() > 0


def outside(i, n, seed):
    if i.support.farthest == 0:
        return i.manifold.sample(n, seeded(seed))
    return i.support.propose_beyond(n, min(i.support.scale, i.support.farthest), seeded(seed))


def support_distance_is_zero_on_it(i):
    assert bounds(i, i.support.sample(300, seeded(26)))[1].max() <= EXACT * i.support.scale
    if i.support.farthest > 0:
        assert bounds(i, outside(i, 300, 27))[0].min() > 0
        assert (i.support.log_prob(outside(i, 300, 27)) == -math.inf).double().mean() > 0.99  # up to its tolerance


def lengths_are_lipschitz(i):
    """Along a set of reach ρ, points a chord c < 2ρ apart are at most 2ρ asin(c/2ρ) apart (Boissonnat et al. 2019)."""
    m = torch.cat([i.support.sample(100, seeded(28)), outside(i, 100, 29)])
    chord = torch.cdist(m, m)
    twice = 2 * min(i.manifold.reach, 1e6 * i.support.scale)
    arc = torch.where(chord < twice, twice * torch.asin((chord / twice).clamp(max=1)), torch.inf)
    for length in (bounds(i, m)[0], i.manifold.boundary_distance(m)):
        if length.isfinite().all():
            assert ((length[:, None] - length[None, :]) - arc).max() <= 1e-7 * i.support.scale


def support_distance_grows_at_unit_speed(i):
    """|∇ distance| = 1 outside S, by central differences; kinks (corners of boxes, the far pole) are rare."""
    if i.support.farthest == 0 or GEODESICS in i.manifold.absent:
        return
    size = 1e-4 * i.support.scale
    m = interior(i, outside(i, 150, 30), 10 * size)
    m = m[i.support.support_distance(m) > 10 * size]
    tangent = tangents(i, m)
    ahead, behind = (i.manifold.project((m[:, None] + s * size * tangent).flatten(0, 1)) for s in (1, -1))
    rise, run = i.support.support_distance(ahead) - i.support.support_distance(behind), norm(ahead - behind)
    slope = norm(torch.where(run > 0, rise / run, 0.0).reshape(len(m), -1))
    assert len(m) >= 50
    assert ((slope - 1).abs() <= 1e-3).double().mean() >= 0.95


def boundary_is_where_projections_stop(i):
    """A closest point that is not first-order optimal is on the boundary; a closed manifold has none."""
    x = near(i, 300, 31)
    p = i.manifold.project(x)
    stopped = norm(along(tangents(i, p), x - p)) > 1e-6 * i.support.scale
    assert stopped.any() == i.manifold.has_boundary
    assert (i.manifold.boundary_distance(p)[stopped] <= 1e-6 * i.support.scale).all()


def reach_obeys_federer(i):
    """reach = inf |y - x|² / (2 dist(y - x, T_x)) over all pairs, so no pair may come below."""
    x = i.manifold.sample(500, seeded(32))
    tangent = tangents(i, x)
    offset = x[None, :] - x[:, None]
    rounding = 1e-14 * norm(x).max()
    off = norm(offset - offset @ tangent.mT @ tangent) - rounding
    quotient = torch.where(off > 0, norm(offset).square() / (2 * off), math.inf)
    assert i.manifold.reach <= quotient.min() * (1 + 1e-6)


def mesh_lies_on_it(i):
    for component in i.manifold.components if is_union(i) else (i.manifold,):
        if component.dim > 2:
            with pytest.raises(Skipped, match="d <= 2"):
                component.mesh()
            continue
        mesh = component.mesh(9)
        assert mesh.shape == (9,) * component.dim + (i.manifold.ambient_dim,)
        assert i.manifold.distance(mesh.reshape(-1, i.manifold.ambient_dim)).max() <= EXACT * i.support.scale


LAWS = [
    samples_lie_on_it,
    projection_is_idempotent,
    projection_is_first_order_optimal,
    projection_is_never_beaten,
    tube_projects_back,
    certificates_are_true,
    frames_are_orthonormal,
    tangents_are_displacements,
    sampler_has_the_exact_law,
    sampler_follows_the_area,
    support_holds_its_share,
    densities_integrate_to_one,
    support_is_not_thin,
    span_is_what_it_says,
    centroid_and_scale_are_those_of_samples,
    draws_are_reproducible,
    support_distance_is_zero_on_it,
    lengths_are_lipschitz,
    support_distance_grows_at_unit_speed,
    boundary_is_where_projections_stop,
    reach_obeys_federer,
    mesh_lies_on_it,
]
