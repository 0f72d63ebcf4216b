"""Every law on every line of the table, in float64 and float32; and for each law an instance that breaks it."""

import dataclasses
import itertools
import math
from functools import cache

import pytest
import torch

from aeeval.manifolds import newton, spiral
from aeeval.manifolds.embedded import Embedded
from aeeval.manifolds.roll import swiss_roll
from tests.manifolds import laws
from tests.manifolds.instances import LABELS, SLOW, Instance, instance

built = cache(instance)


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize(
    "label", [pytest.param(one, marks=pytest.mark.slow) if one.partition("/")[0] in SLOW else one for one in LABELS]
)
def test_law(label, law):
    law(built(label))


class Changed:
    """A manifold or support with some of its answers replaced."""

    def __init__(self, base, answers):
        self._base, self._answers = base, answers

    def __getattr__(self, name):
        return self._answers[name] if name in self._answers else getattr(self._base, name)


def changed(i: Instance, manifold=None, support=None) -> Instance:
    wrong = Changed(i.manifold, manifold or {})
    return dataclasses.replace(i, support=Changed(i.support, {**(support or {}), "manifold": wrong}))


def with_projection(i: Instance, project) -> Instance:
    return changed(i, {"project": project, "distance": lambda x: laws.norm(x - project(x))})


def hair(i, share):
    """A share of scale, or what rows of the dtype resolve well, if that is more."""
    return i.support.scale * max(share, 100 * torch.finfo(i.dtype).eps)


def answers_in_float32(i):
    return changed(i, {"tangent": lambda m: i.manifold.tangent(m).float()})


def answers_that_depend_on_the_call(i):
    calls = itertools.count()
    return changed(i, {"distance": lambda x: i.manifold.distance(x) + next(calls) * hair(i, 1e-12)})


def distance_by_squares_in_float32(i):
    """|x|² - 2 ⟨x, p⟩ + |p|², which cancels."""

    def distance(x):
        x, p = x.float(), i.manifold.project(x).float()
        squares = x.square().sum(dim=1) - 2 * (x * p).sum(dim=1) + p.square().sum(dim=1)
        return squares.clamp_min(0).sqrt().double()

    return changed(i, {"distance": distance})


def samples_beside_it(i):
    return changed(i, support={"sample": lambda n, g: i.support.sample(n, g) + hair(i, 1e-8)})


def support_without_its_rim(i):
    """No tolerance, so that rounding takes rows out of the support."""
    cap = i.support.native

    def strict(m):
        inside = cap.manifold.polar_angle(i.manifold.coordinates(m)) <= cap.angle
        return i.support.log_prob(m).masked_fill(~inside, -math.inf)

    return changed(i, support={"log_prob": strict})


def projection_beside_it(i):
    return with_projection(i, lambda x: i.manifold.project(x) + hair(i, 1e-6))


def projection_to_samples(i):
    dense = i.manifold.sample(2000, laws.seeded(0))
    return with_projection(i, lambda x: dense[torch.cdist(x.double(), dense).argmin(dim=1)])


def projection_to_a_local_minimum(i):
    """Downhill on a graph, from the wrong side of the cube."""
    graph: Embedded = i.manifold

    def project(x):
        y = graph.coordinates(x)
        start = -graph.native.chart(y).clamp(-graph.native.half_width, graph.native.half_width)
        return graph.lift(graph.native.above(newton.nearest(graph.native.sines, graph.native.half_width, y, start)))

    return with_projection(i, project)


def reach_too_large(i, by=1.5):
    return changed(i, {"reach": by * i.manifold.reach})


def reach_slightly_too_large(i):
    return reach_too_large(i, by=1.001)


def certificates_for_all(i):
    return changed(i, {"certified": lambda x, m: torch.ones(len(x), dtype=torch.bool)})


def frames_too_long(i):
    return changed(i, {"tangent": lambda m: 1.001 * i.manifold.tangent(m)})


def one_dimension_more(i):
    """A sphere that is labelled as the ball."""
    fuller = {"tangent": lambda m: torch.cat([i.manifold.tangent(m), i.manifold.normal(m)[:, :1]], dim=1)}
    return changed(i, {**fuller, "dim": i.manifold.dim + 1})


def roll_uniform_in_its_angle(i):
    """What the usual generator of this roll draws: denser inside by √(1 + t²)."""

    def sample(n, generator):
        t, h = torch.rand(2, n, generator=generator, dtype=torch.float64)
        curve = spiral.curve(spiral.START + (spiral.END - spiral.START) * t)
        return i.manifold.lift(torch.cat([curve, i.manifold.native.width * h[:, None]], dim=1))

    return changed(i, {"sample": sample})


def support_too_large(i):
    return changed(i, support={"log_volume": i.support.log_volume + math.log(1.1)})


def volume_too_large(i):
    log_prob = {"log_prob": lambda m: i.manifold.log_prob(m) - math.log(1.1)}
    return changed(
        i, {**log_prob, "log_volume": i.manifold.log_volume + math.log(1.1), "volume": 1.1 * i.manifold.volume}
    )


def thin_roll(i):
    return dataclasses.replace(i, support=swiss_roll(width=1.0).support())


def span_too_large(i):
    return changed(i, {"span_dim": i.manifold.span_dim + 1})


def scale_too_large(i):
    return changed(i, support={"scale": 1.05 * i.support.scale})


def centroid_moved(i):
    return changed(i, support={"centroid": i.support.centroid + 0.02 * i.support.scale})


def hidden_randomness(i):
    seeds = itertools.count()
    return changed(i, {"sample": lambda n, _: i.manifold.sample(n, laws.seeded(next(seeds)))})


def always_the_same_draw(i):
    return changed(i, {"sample": lambda n, _: i.manifold.sample(n, laws.seeded(24))})


def support_distance_times(factor, offset=0.0):
    def change(i):
        answer = lambda m: factor * i.support.support_distance(m) + offset * hair(i, 1e-6)  # noqa: E731
        return changed(i, support={"support_distance": answer})

    return change


def boundary_too_far(i):
    return changed(i, {"boundary_distance": lambda m: i.manifold.boundary_distance(m) + 0.01 * i.support.scale})


def boundary_distance_too_steep(i):
    return changed(i, {"boundary_distance": lambda m: 2 * i.manifold.boundary_distance(m)})


def mesh_beside_it(i):
    return changed(i, {"mesh": lambda resolution: i.manifold.mesh(resolution) + hair(i, 1e-6)})


WRONG = [
    (laws.answers_are_float64_and_those_of_the_rows, "sphere-2-in-20", answers_in_float32),
    (laws.answers_are_float64_and_those_of_the_rows, "sphere-2-in-20", answers_that_depend_on_the_call),
    (laws.samples_lie_on_it, "graph-2-in-20", samples_beside_it),
    (laws.samples_lie_on_it, "sphere-2-in-20", support_without_its_rim),
    (laws.projection_is_idempotent, "graph-2-in-20", projection_beside_it),
    (laws.projection_is_idempotent, "sphere-2-in-20", distance_by_squares_in_float32),
    (laws.projection_is_first_order_optimal, "sphere-2-in-20", projection_to_samples),
    (laws.projection_is_never_beaten, "graph-2-in-3", projection_to_a_local_minimum),
    (laws.tube_projects_back, "roll-2-in-3", reach_too_large),
    (laws.certificates_are_true, "sphere-2-in-20", certificates_for_all),
    (laws.frames_are_orthonormal, "plane-5-in-12", frames_too_long),
    (laws.tangents_are_displacements, "sphere-2-in-20", one_dimension_more),
    (laws.sampler_has_the_exact_law, "roll-2-in-3", roll_uniform_in_its_angle),
    (laws.sampler_follows_the_area, "roll-2-in-15", roll_uniform_in_its_angle),
    (laws.support_holds_its_share, "sphere-2-in-20", support_too_large),
    (laws.densities_integrate_to_one, "sphere-2-in-20", volume_too_large),
    (laws.densities_integrate_to_one, "graph-2-in-20", volume_too_large),
    (laws.support_is_not_thin, "roll-2-in-3", thin_roll),
    (laws.span_is_what_it_says, "graph-2-in-20", span_too_large),
    (laws.centroid_and_scale_are_those_of_samples, "sphere-2-in-20", scale_too_large),
    (laws.centroid_and_scale_are_those_of_samples, "sphere-2-in-20", centroid_moved),
    (laws.draws_are_reproducible, "plane-1-in-2", hidden_randomness),
    (laws.draws_are_reproducible, "plane-1-in-2", always_the_same_draw),
    (laws.support_distance_is_zero_on_it, "graph-2-in-20", support_distance_times(1, offset=1)),
    (laws.lengths_are_lipschitz, "graph-2-in-20", support_distance_times(1.2)),
    (laws.lengths_are_lipschitz, "graph-2-in-20", boundary_distance_too_steep),
    (laws.support_distance_grows_at_unit_speed, "graph-2-in-20", support_distance_times(0.99)),
    (laws.boundary_is_where_projections_stop, "roll-2-in-3", boundary_too_far),
    (laws.reach_obeys_federer, "sphere-2-in-20", reach_slightly_too_large),
    (laws.mesh_lies_on_it, "sphere-2-in-20", mesh_beside_it),
]


@pytest.mark.parametrize("form", ["", "/float32"])
@pytest.mark.parametrize(
    ("law", "label", "change"), WRONG, ids=[f"{law.__name__}-{change.__name__}" for law, _, change in WRONG]
)
def test_law_sees_what_is_wrong(law, label, change, form):
    with pytest.raises(AssertionError):
        law(change(built(label + form)))


# The same laws on pictures, whose errors are others: one pixel, one factor, a pose that is not the closest.


def projection_a_pixel_beside_it(i):
    pixel = torch.zeros(i.manifold.ambient_dim, dtype=torch.float64)
    pixel[500] = hair(i, 1e-6)
    return with_projection(i, lambda x: i.manifold.project(x) + pixel)


def projection_to_few_poses(i):
    few = i.manifold.sample(50, laws.seeded(0))
    return with_projection(i, lambda x: few[torch.cdist(x.double(), few).argmin(dim=1)])


def poses_crowded_at_an_edge(i):
    """All as it should be but x, which goes by u² from its low end."""

    def sample(n, generator):
        shape = i.native
        share = torch.rand(n, shape.dim, generator=generator, dtype=torch.float64)
        share[:, 0] = share[:, 0].square()
        return i.manifold.lift(shape.point(shape.low + (shape.high - shape.low) * share))

    return changed(i, {"sample": sample})


def hardly_any_growth(i):
    return dataclasses.replace(i, support=i.manifold.support("small", scale=1.002))


def span_too_small(i):
    return changed(i, {"span_dim": i.manifold.dim})


PLAIN, TURNED = "digit-2-in-1024", "digit-4-in-1024"
WRONG_PICTURES = [
    (laws.answers_are_float64_and_those_of_the_rows, PLAIN, answers_in_float32),
    (laws.samples_lie_on_it, PLAIN, samples_beside_it),
    (laws.projection_is_idempotent, PLAIN, projection_a_pixel_beside_it),
    (laws.projection_is_first_order_optimal, PLAIN, projection_to_few_poses),
    (laws.projection_is_never_beaten, TURNED, projection_to_few_poses),
    (laws.tube_projects_back, TURNED, reach_too_large),
    (laws.certificates_are_true, PLAIN, certificates_for_all),
    (laws.frames_are_orthonormal, PLAIN, frames_too_long),
    (laws.tangents_are_displacements, PLAIN, one_dimension_more),
    (laws.sampler_has_the_exact_law, PLAIN, poses_crowded_at_an_edge),
    (laws.sampler_follows_the_area, PLAIN, poses_crowded_at_an_edge),
    (laws.support_holds_its_share, PLAIN, support_too_large),
    (laws.densities_integrate_to_one, PLAIN, volume_too_large),
    (laws.support_is_not_thin, TURNED, hardly_any_growth),
    (laws.span_is_what_it_says, PLAIN, span_too_small),
    (laws.centroid_and_scale_are_those_of_samples, PLAIN, scale_too_large),
    (laws.draws_are_reproducible, PLAIN, hidden_randomness),
    (laws.support_distance_is_zero_on_it, PLAIN, support_distance_times(1, offset=1)),
    (laws.lengths_are_lipschitz, PLAIN, support_distance_times(1.2)),
    (laws.support_distance_grows_at_unit_speed, PLAIN, support_distance_times(0.99)),
    (laws.boundary_is_where_projections_stop, PLAIN, boundary_too_far),
    (laws.reach_obeys_federer, PLAIN, reach_too_large),
    (laws.mesh_lies_on_it, PLAIN, mesh_beside_it),
]


@pytest.mark.parametrize(
    ("law", "label", "change"), WRONG_PICTURES, ids=[f"{law.__name__}-{label}" for law, label, _ in WRONG_PICTURES]
)
def test_law_sees_what_is_wrong_with_pictures(law, label, change):
    with pytest.raises(AssertionError):
        law(change(built(label)))


def test_rows_that_are_rounded_within_an_oracle_are_seen_in_float64_alone():
    """In float32 there is nothing to round: what is wrong must differ from the same numbers in float64."""
    i = built("sphere-2-in-20")
    rounded = {"project": lambda x: i.manifold.project(x.float()), "distance": lambda x: i.manifold.distance(x.float())}
    with pytest.raises(AssertionError):
        laws.projection_is_idempotent(changed(i, rounded))


def test_every_law_has_been_seen_to_fail():
    assert {law for law, _, _ in WRONG} == {law for law, _, _ in WRONG_PICTURES} == set(laws.LAWS)
