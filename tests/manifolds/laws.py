"""What must hold for every manifold; a law takes an instance and asserts.

An instance has a dtype, the one in which a model holds its rows: `i.given` rounds to it. What an oracle answers to rows
that may lie anywhere is exact in either dtype, as a rounded row is a point like any other. What it answers to rows on
𝓜 is that of a point of 𝓜 as near as `astray`. Laws that draw compare with a threshold that a right instance passes with
probability 1 - 1e-4 or more.
"""

import math

import pytest
import torch
from scipy import stats

from aeeval.errors import Skipped
from aeeval.manifolds.base import GEODESICS
from tests.manifolds.instances import twin
from tests.manifolds.views import (
    ALARM,
    EXACT,
    HEAVY,
    STEP,
    along,
    around,
    astray,
    bounds,
    by_component,
    charted,
    dims,
    few,
    gaussian,
    interior,
    is_union,
    norm,
    normals,
    outside,
    room,
    rounding,
    rows_of,
    seeded,
    tangents,
    turned,
    unit,
    within_errors,
)


def answers_are_float64_and_those_of_the_rows(i):
    """Every oracle: as exact for rows of float32 as for the same numbers in float64."""
    for oracle, rows in oracles(i):
        answer, again = oracle(rows), oracle(rows.double())
        assert answer.dtype == torch.float64
        assert torch.equal(answer, again)


def oracles(i):
    """What is asked about rows, with rows to ask about."""
    m, (x, _) = rows_of(i, i.manifold, 40), around(i)
    framed = m[: few(i, 40)]
    for component, rows in by_component(i, framed):
        yield from ((component.tangent, framed[rows]), (component.normal, framed[rows]))
    yield from ((i.manifold.project, x), (i.manifold.distance, x))
    yield from ((i.manifold.log_prob, m), (i.support.log_prob, m), (i.manifold.boundary_distance, m))
    yield lambda rows: torch.stack(bounds(i, rows)), m
    yield lambda rows: i.manifold.certified(rows, m.to(rows.dtype)).double(), x[: len(m)]


def samples_lie_on_it(i):
    """What lies beyond S by less than rounding can tell still counts as of it."""
    for source in (i.manifold, i.support):
        x = rows_of(i, source, 200)
        assert (i.manifold.distance(x) - rounding(i, x)).max() <= EXACT * i.support.scale
        assert source.log_prob(rows_of(i, source, 2000)).isfinite().all()
    if i.support.farthest > 0:
        rim = i.support.propose_beyond(200, EXACT * i.support.scale, seeded(3))
        rim = rim[bounds(i, rim)[1] <= 10 * EXACT * i.support.scale]
        assert len(rim) >= 50
        assert i.support.log_prob(i.given(rim)).isfinite().all()


def projection_is_idempotent(i):
    """The row of p is no farther from 𝓜 than from p, and so is its closest point from the row."""
    x, p = around(i)
    moved = norm(i.manifold.project(i.given(p)) - p) - 2 * rounding(i, p)
    assert moved.max() <= EXACT * i.support.scale
    assert (i.manifold.distance(x) - norm(x - p)).abs().max() <= EXACT * i.support.scale


def projection_is_first_order_optimal(i):
    x, p = around(i)
    slack = norm(along(tangents(i, i.given(p)), x - p)) - turned(i, p) * norm(x - p)
    inside = i.manifold.boundary_distance(p) > 1e-6 * i.support.scale
    assert inside.sum() >= 20
    assert slack[inside].max() <= 1e-8 * i.support.scale


def projection_is_never_beaten(i):
    x, _ = around(i)
    closest = torch.cdist(x.double(), i.manifold.sample(5000, seeded(5))).amin(dim=1)
    assert (i.manifold.distance(x) - closest).max() <= EXACT * i.support.scale


def tube_projects_back(i):
    """At 0.9 reach π stretches lengths by 1 / (1 - 0.9) at most (H. Federer, Curvature measures, 1959, 4.8)."""
    m = i.manifold.sample(few(i, 200), seeded(6))
    frame = normals(i, m)
    if i.manifold.ambient_dim == dims(i, m).min():
        assert frame.shape == (len(m), 0, i.manifold.ambient_dim)
        return
    directions = unit(torch.einsum("nkd,nk->nd", frame, gaussian(frame[:, :, 0], 7)))
    x = i.given(m + 0.9 * room(i, m)[:, None] * directions)
    p = i.manifold.project(x)
    assert (norm(p - m) - 10 * rounding(i, x)).max() <= 1e-8 * i.support.scale
    assert i.manifold.certified(x, p).all()
    half = i.given(m + 0.5 * room(i, m)[:, None] * directions)
    assert i.manifold.certified(half, i.given(m)).all()


def certificates_are_true(i):
    """No certificate for a point that others beat, nor for one that is not on 𝓜."""
    x, p = around(i)
    others = i.manifold.sample(500, seeded(9))
    second = others[torch.cdist(x.double(), others).topk(5, dim=1, largest=False).indices[:, 4]]
    assert not i.manifold.certified(x, i.given(second)).any()
    off = p + 0.01 * i.support.scale * unit(gaussian(p, 10))
    assert not i.manifold.certified(x, i.given(off)).any()


def frames_are_orthonormal(i):
    m = rows_of(i, i.support, few(i, 100))
    for component, rows in by_component(i, m):
        tangent, normal = component.tangent(m[rows]), component.normal(m[rows])
        assert tangent.shape == (len(rows), component.dim, i.manifold.ambient_dim)
        frame = torch.cat([tangent, normal], dim=1)
        assert (frame @ frame.mT - torch.eye(i.manifold.ambient_dim)).abs().max() <= 1e-12


def tangents_are_displacements(i):
    """Central differences of π at m, in d + 3 random directions: their rank is d, and the tangent frame spans them.

    Where rounding moves the ends of a step they are other points of R^D, whose closest points tell as much.
    """
    size = 1e-5 * i.support.scale
    m = interior(i, i.manifold.sample(20, seeded(12)), 10 * size)
    shape = (len(m), i.manifold.dim + 3, m.shape[1])
    step = size * torch.randn(shape, generator=seeded(13), dtype=torch.float64)
    ahead, behind = (i.manifold.project(i.given((m[:, None] + s * step).flatten(0, 1))) for s in (1, -1))
    moves = ((ahead - behind) / (2 * size)).reshape(step.shape)
    values = torch.linalg.svdvals(moves)
    assert torch.equal((values > 1e-3 * values[:, :1]).sum(dim=1), dims(i, m))
    tangent = tangents(i, i.given(m))
    rest = moves - moves @ tangent.mT @ tangent
    assert torch.linalg.matrix_norm(rest).max() <= 1e-4 * torch.linalg.matrix_norm(moves).min()


def sampler_has_the_exact_law(i):
    """Kolmogorov and Smirnov on a coordinate whose distribution is known; the area law where none is."""
    if i.share is None:
        return
    shares = i.share(i.manifold.native, i.manifold.coordinates(rows_of(i, i.manifold)))
    assert stats.kstest(shares.numpy(), "uniform").pvalue > ALARM


def sampler_follows_the_area(i):
    """Means of 32 waves over samples against the same means over the chart, weighted by its area and the density."""
    x, area = charted(i)
    waves = gaussian(torch.empty(32, x.shape[1]), 16) / i.support.scale
    values = (x.double() @ waves.T + 1).cos()
    for source in (i.manifold, i.support):
        drawn = (rows_of(i, source, len(x)).double() @ waves.T + 1).cos()
        weight = area * source.log_prob(x).exp()
        mean = weight @ values / weight.sum()
        error = (drawn.var(dim=0) / len(drawn) + weight.square() @ (values - mean).square() / weight.sum() ** 2).sqrt()
        assert ((drawn.mean(dim=0) - mean).abs() <= stats.norm.isf(ALARM / 64) * error + EXACT).all()


def support_holds_its_share(i):
    """The number of samples of 𝓜 in S is binomial with the ratio of volumes; of densities, as weights may differ."""
    x = rows_of(i, i.manifold)
    hits = int(i.support.log_prob(x).isfinite().sum())
    share = math.exp(i.support.log_volume - i.manifold.log_volume)
    if is_union(i):
        inside = rows_of(i, i.support, 100)
        ratio = (i.manifold.log_prob(inside) - i.support.log_prob(inside)).exp()
        assert ratio.std() <= 1e-9
        share = ratio[0].item()
    assert stats.binomtest(hits, len(x), min(1.0, share)).pvalue > ALARM


def densities_integrate_to_one(i):
    """The density times the area element of the chart sums to 1; where it is uniform, it is 1 / volume."""
    x, area = charted(i)
    for source in (i.manifold, i.support):
        inside = rows_of(i, source, 200)
        if getattr(source, "density", "uniform") == "uniform" and not is_union(i):
            assert (source.log_prob(inside) + source.log_volume).abs().max() <= 1e-9
        assert source.volume == pytest.approx(math.exp(source.log_volume), rel=1e-12)
        assert within_errors(len(x) * area * source.log_prob(x).exp(), 1.0)


def support_is_not_thin(i):
    """S spreads by at least 10 % of its scale along every direction that is tangent to it somewhere."""
    m = rows_of(i, i.support, 1000)
    offset = m - i.support.centroid
    for component, rows in by_component(i, m):
        frame = component.tangent(m[rows])
        spread = torch.linalg.eigvalsh(frame @ (offset.T @ offset / len(m)) @ frame.mT)
        assert spread.min() >= (0.1 * i.support.scale) ** 2


def span_is_what_it_says(i):
    """Rounding moves no singular value by more than the norm of what it adds (H. Weyl, 1912)."""
    x = i.manifold.sample(3000, seeded(22))
    rows = i.given(x).double()
    values = torch.linalg.svdvals(rows - rows.mean(dim=0))
    added = torch.linalg.matrix_norm(rows - x, 2)
    rank = (values > 1e-10 * values[0] + added).sum()
    assert rank <= i.manifold.span_dim if "span_dim" in i.manifold.absent else rank == i.manifold.span_dim
    for low, high in (i.manifold.embedding_dim, i.support.embedding_dim):
        assert i.manifold.dim <= low <= high <= i.manifold.ambient_dim
    assert i.support.embedding_dim[1] <= i.manifold.embedding_dim[1]


def centroid_and_scale_are_those_of_samples(i):
    x = rows_of(i, i.support).double()
    assert norm(x.mean(dim=0) - i.support.centroid) <= 5 * i.support.scale / math.sqrt(len(x))
    assert within_errors(norm(x - i.support.centroid).square(), i.support.scale**2)


def draws_are_reproducible(i):
    again = twin(i.label)
    for source, other in ((i.manifold, again.manifold), (i.support, again.support)):
        x = i.given(source.sample(50, seeded(24)))
        assert x.numpy().tobytes() == i.given(other.sample(50, seeded(24))).numpy().tobytes()
        assert norm(x - i.given(source.sample(50, seeded(25)))).min() > 0


def support_distance_is_zero_on_it(i):
    x = rows_of(i, i.support, 300)
    assert (bounds(i, x)[1] - astray(i, x)).max() <= EXACT * i.support.scale
    if i.support.farthest > 0:
        beyond = outside(i, 300, 27)
        assert bounds(i, beyond)[0].min() > 0
        assert (i.support.log_prob(beyond) == -math.inf).double().mean() > 0.99  # up to its tolerance


def lengths_are_lipschitz(i):
    """Along a set of reach ρ, points a chord c < 2ρ apart are at most 2ρ asin(c/2ρ) apart (Boissonnat et al. 2019)."""
    m = torch.cat([rows_of(i, i.support, 100), outside(i, 100, 29)])
    twice = 2 * min(i.manifold.reach, 1e6 * i.support.scale)
    chord = torch.cdist(m.double(), m.double()) + 2 * astray(i, m).max()
    arc = torch.where(chord < twice, twice * torch.asin((chord / twice).clamp(max=1)), torch.inf)
    for length in (bounds(i, m)[0], i.manifold.boundary_distance(m)):
        if length.isfinite().all():
            assert ((length[:, None] - length[None, :]) - arc).max() <= 1e-7 * i.support.scale


def support_distance_grows_at_unit_speed(i):
    """|∇ distance| = 1 outside S, by central differences; kinks (corners of boxes, the far pole) are rare.

    A step loses its square to curvature, and the unit roundoff over the step to rounding.
    """
    if i.support.farthest == 0 or GEODESICS in i.manifold.absent:
        return
    size = STEP[i.dtype] * i.support.scale
    m = interior(i, outside(i, 150, 30).double(), 5 * size)
    m = i.manifold.project(m[i.support.support_distance(m) > 5 * size])
    tangent = tangents(i, m)
    ends = [i.given(i.manifold.project((m[:, None] + s * size * tangent).flatten(0, 1))) for s in (1, -1)]
    ahead, behind = (i.support.support_distance(rows) for rows in ends)
    rise, run = ahead - behind, norm((ends[0] - ends[1]).double())
    slope = norm(torch.where(run > 0, rise / run, 0.0).reshape(len(m), -1))
    assert len(m) >= 50
    assert ((slope - 1).abs() <= 1e-3).double().mean() >= 0.95


def boundary_is_where_projections_stop(i):
    """A closest point that is not first-order optimal is on the boundary; a closed manifold has none."""
    x, p = around(i)
    slack = norm(along(tangents(i, i.given(p)), x - p)) - turned(i, p) * norm(x - p)
    stopped = slack > 1e-6 * i.support.scale
    assert stopped.any() == i.manifold.has_boundary
    ends = i.given(p[stopped])
    assert (i.manifold.boundary_distance(ends) <= 1e-6 * i.support.scale + astray(i, ends)).all()


def reach_obeys_federer(i):
    """reach = inf |y - x|² / (2 dist(y - x, T_x)) over all pairs, so no pair may come below."""
    x = i.manifold.sample(250, seeded(32))
    tangent, turn = tangents(i, i.given(x)), turned(i, x)
    for rows in torch.arange(len(x)).split(max(1, HEAVY // x.numel())):
        offset = x[None, :] - x[rows, None]
        lost = 1e-14 * norm(x).max() + turn[rows, None] * norm(offset)
        off = norm(offset - offset @ tangent[rows].mT @ tangent[rows]) - lost
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
        rows = i.given(mesh.reshape(-1, i.manifold.ambient_dim))
        assert (i.manifold.distance(rows) - rounding(i, rows)).max() <= EXACT * i.support.scale


LAWS = [
    answers_are_float64_and_those_of_the_rows,
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
