"""Extrapolation: along the manifold beyond the training support, and off it. Two questions, never one number."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, rms, unit_normals
from aeeval.metrics.base import Value, metric
from aeeval.numerics.batches import NUMBERS, batches, by_batches
from aeeval.trips import between

DELTAS = (0.05, 0.1, 0.25)
REACH_LEVEL = 0.1


def _held_out_ratio(evidence: Evidence) -> float:
    of_mean = rms(_of_mean(evidence, evidence.held_out))
    if of_mean == 0:
        raise Skipped("all held-out rows are the mean of the training rows")
    return rms(evidence.held_out_trips.errors) / of_mean


def _of_mean(evidence: Evidence, rows: Tensor) -> Tensor:
    """(n,) ‖x̄_train − x‖ of rows (n, D)."""
    return by_batches(lambda x: between(evidence.train_mean, x), rows)


def _bin_errors(evidence: Evidence, errors: Tensor) -> Tensor:
    """(bins,) RMS error / scale of the points beyond the support, whose errors are (n,), by distance."""
    beyond, squares = evidence.beyond, errors.square()
    bins = len(beyond.edges) - 1
    sums = torch.zeros(bins, dtype=squares.dtype).index_add_(0, beyond.bin_index(), squares)
    counts = torch.bincount(beyond.bin_index(), minlength=bins)
    return (sums / counts).sqrt() / evidence.scale


@metric(
    capability="extrapolation",
    unit="1",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("outside",),
    floor=1e-3,
    headline=True,
)
def extrapolation_error(evidence: Evidence) -> float:
    """Error outside what was trained on, relative to the mean predictor on the same points: 0 perfect, 1 as the mean.

    On 𝓜 mean_b e_b / mean_b ē_b over the ten bins of `along_error`, which end at L = min(scale, farthest), ē_b that
    of a model that always answers the training mean; on real data RMS ‖r(x) − x‖ / RMS ‖x − x̄_train‖ over the rows of
    held-out classes. A ratio to the error *inside* would reward a poor fit. Null: 1, the mean predictor. Source: ours.
    """
    if evidence.dataset.held_out is not None:
        return _held_out_ratio(evidence)
    answered = _bin_errors(evidence, evidence.beyond_trips.errors)
    return (answered.mean() / _bin_errors(evidence, _of_mean(evidence, evidence.beyond.x)).mean()).item()


@metric(
    capability="extrapolation", unit="scale", better="lower", ideal=0.0, range="[0, ∞)", needs=("beyond",), floor=1e-3
)
def along_error(evidence: Evidence) -> Iterator[Value]:
    """RMS ‖r(x) − x‖ / scale on clean points of 𝓜 by geodesic distance from S, in bins of equal distance.

    Axis `bin` is the middle of the bin in units of scale; the distances run to L = min(scale, farthest). Null: none;
    read it beside the reference rows mean and pca. Source: ours.
    """
    edges = evidence.beyond.edges / evidence.scale
    errors = _bin_errors(evidence, evidence.beyond_trips.errors)
    for middle, error in zip((edges[1:] + edges[:-1]) / 2, errors, strict=True):
        yield Value(error.item(), axes={"bin": round(middle.item(), 4)})


@metric(
    capability="extrapolation",
    unit="scale",
    better="higher",
    ideal=None,
    range="[0, L]",
    needs=("beyond",),
    effect="difference",
)
def extrapolation_reach(evidence: Evidence) -> Value:
    """Distance along 𝓜 where the error first crosses 10 % of scale, interpolated.

    L, with the remark "censored", where it never does; 0 where the error inside the support is above 10 % already.
    min{s: e(s) > .1} with e = `along_error`, from the error inside S at s = 0. Null: none. Source: ours.
    """
    edges = evidence.beyond.edges / evidence.scale
    inside = rms(evidence.test_trips.errors) / evidence.scale
    errors = [inside, *_bin_errors(evidence, evidence.beyond_trips.errors).tolist()]
    places = [0.0, *((edges[1:] + edges[:-1]) / 2).tolist()]
    if inside > REACH_LEVEL:
        return Value(0.0)
    for i in range(1, len(errors)):
        if errors[i] > REACH_LEVEL:
            share = (REACH_LEVEL - errors[i - 1]) / (errors[i] - errors[i - 1])
            return Value(places[i - 1] + share * (places[i] - places[i - 1]))
    return Value(edges[-1].item(), reason="censored: the error stays under 10 % of scale as far as it is measured")


Pushed = tuple[float, Tensor]


def _off_manifold(evidence: Evidence) -> list[Pushed]:
    """For every δ: δ/scale, and of clean points m where half the reach allows it and of ν, a random unit normal there,
    (p, 2) ‖r(m + δν) − m‖ and ‖r(m + δν) − r(m)‖.

    On a union the local reach decides, point by point; elsewhere there are all points or none.
    """
    return evidence.memo.get("tube", lambda: _pushed(evidence))


def _pushed(evidence: Evidence) -> list[Pushed]:
    rows, found = evidence.dataset.test.clean, {share: [torch.empty(0, 2)] for share in DELTAS}
    for part, normals in _normals(evidence):
        points, answers = rows[part], evidence.test_trips.of(part)
        room = evidence.manifold.local_reach(points) / 2
        for share, moved in found.items():
            if (on := (share * evidence.scale <= room).nonzero()[:, 0]).numel():
                back = evidence.model.reconstruct(points[on] + share * evidence.scale * normals[on])
                moved.append(torch.stack([between(back, points[on]), between(back, answers[on])], dim=1))
    return [(share, torch.cat(moved)) for share, moved in found.items()]


def _normals(evidence: Evidence) -> Iterable[tuple[slice, Tensor]]:
    """Batches of clean test rows, and a unit normal at each: drawn once for all models, or by each where many."""
    rows = evidence.dataset.test.clean
    if rows.numel() > NUMBERS:
        return _drawn_normals(evidence)
    return evidence.shared.get("tube normals", lambda: list(_drawn_normals(evidence)))


def _drawn_normals(evidence: Evidence) -> Iterator[tuple[slice, Tensor]]:
    rows, generator = evidence.dataset.test.clean, evidence.generator("metric/tube")
    for part in batches(*rows.shape):
        yield part, unit_normals(evidence.manifold, rows[part], generator)


def _beyond_reach(evidence: Evidence, share: float) -> Value:
    return Value.skipped(f"δ = {share:g} scale is more than half the reach {evidence.manifold.reach:.3g}", delta=share)


@metric(
    capability="extrapolation",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("truth", "normals"),
    floor=1e-3,
)
def tube_error(evidence: Evidence) -> Iterator[Value]:
    """Whether a point pushed off 𝓜 comes back to where it was: RMS ‖r(m + δν) − m‖ / scale.

    ν is a random unit normal, δ ∈ {.05, .1, .25} · scale where that is at most reach/2. The identity reads δ / scale,
    its null; the projector reads 0. Source: ours.
    """
    for share, moved in _off_manifold(evidence):
        if len(moved) == 0:
            yield _beyond_reach(evidence, share)
        else:
            yield Value(rms(moved[:, 0]) / evidence.scale, null=share, axes={"delta": share})


@metric(
    capability="extrapolation",
    unit="1",
    better="none",
    ideal=None,
    range="[0, ∞)",
    needs=("truth", "normals"),
    floor=1e-3,
)
def pass_through(evidence: Evidence) -> Iterator[Value]:
    """How much of a normal displacement M passes on: RMS ‖r(m + δν) − r(m)‖ / δ; 0 projector, 1 identity.

    A fact: a constant reads 0 too. √((k − 2)/18) for PCA, k ≥ 3, on a 2-sphere in R²⁰. Of a trained network it falls
    with the rows and with their noise, as that is what teaches it to pass less; it moves with the density too.
    Null: 1, the identity. Source: ours.
    """
    for share, moved in _off_manifold(evidence):
        if len(moved) == 0:
            yield _beyond_reach(evidence, share)
        else:
            yield Value(rms(moved[:, 1]) / (share * evidence.scale), axes={"delta": share})
