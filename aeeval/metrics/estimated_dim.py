"""Intrinsic dimension as nearest neighbours see it: of the data, of reconstructions and of samples."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Axis, Value, metric
from aeeval.metrics.samplers import alone
from aeeval.numerics.intrinsic_dim import Estimate, mle, two_nn
from aeeval.numerics.local_pca import local_pca
from aeeval.numerics.neighbours import Neighbours, k_nearest
from aeeval.numerics.plateau import OVERLAP, gride_curve, plateau, refuse_near_duplicates, scales_for
from aeeval.samples import draw, sample_size

ANCHORS = 1000
PCA_ANCHORS = 50
FEWEST_ANCHORS = 100
MLE_NEIGHBOURS = 20
LOWER_BOUND = 15
_FEWEST = 24  # rows of which an eighth is 3 neighbours
_WORK = 20_000_000  # coordinates of differences between anchors and their neighbours


@dataclass(frozen=True)
class _Cloud:
    """Distinct rows, and the neighbours of random ones of them among all."""

    rows: Tensor
    repeated: float
    near: Neighbours | None
    """None where there are too few distinct rows."""


@metric(capability="dimension", unit="dimensions", better="none", ideal=None, range="[0, ∞)", effect="difference")
def estimated_dim(evidence: Evidence) -> Iterator[Value]:
    """Intrinsic dimension estimated from nearest neighbours, by scale: of the data, reconstructions and samples.

    Axis `of`: data (clean test rows), reconstructions of them, samples (axis `sampler`). Axis `estimator`: twonn
    (N − 1)/Σ ln(r₂/r₁); mle, MacKay and Ghahramani's over k = 20 neighbours; gride, a curve over the scale `n1` from
    r_{2 n1} / r_{n1}; plateau, the d on which the longest run of at least three scales agrees (χ² at 1 %), or the
    reason why there is none; local_pca by `gap` and by `participation`. Equal rows count once (`zero_distances` says
    how many there are); neighbourhoods hold at most an eighth of the rows, of at most 1,000 anchors.

    A fact, not a score: reconstructions inherit the d of the data whatever the d of M, and cannot show a mismatch;
    samples follow M, at the distance between samples. Noise raises small scales, boundary and curvature lower large
    ones, and above 15 all k-NN estimates are lower bounds. Null: none; read it beside that of the data. The standard
    error is 1.6 times that of independent neighbourhoods, as these overlap. Source: Facco et al., Sci. Rep. 2017;
    MacKay and Ghahramani 2005; Denti et al., Sci. Rep. 2022.
    """
    return _each_set(evidence, _estimates)


@metric(capability="dimension", unit="1", better="none", ideal=None, range="[0, 1)", effect="difference")
def zero_distances(evidence: Evidence) -> Iterator[Value]:
    """Share of rows at distance 0 from an earlier one: 1 − #{distinct rows} / n; axes as `estimated_dim`.

    Such rows have no dimension and `estimated_dim` leaves them out. Null: 0 for a continuous law; real data have their
    own, at of = data. Source: none needed.
    """
    return _each_set(evidence, lambda cloud: [Value(cloud.repeated)])


def _each_set(evidence: Evidence, measure: Callable[[_Cloud], Iterable[Value]]) -> Iterator[Value]:
    """The values of every set of rows with its axes; a set that there is not is skipped alone."""

    def measured(axes: dict[str, Axis], make: Callable[[], _Cloud]) -> Iterator[Value]:
        yield from (replace(value, axes={**axes, **value.axes}) for value in measure(make()))

    for axes, make in _sets(evidence):
        yield from alone(partial(measured, axes, make), **axes)


def _sets(evidence: Evidence) -> Iterator[tuple[dict[str, Axis], Callable[[], _Cloud]]]:
    yield {"of": "data"}, partial(_data, evidence)
    yield {"of": "reconstructions"}, partial(_reconstructions, evidence)
    for sampler in evidence.samplers:
        yield {"of": "samples", "sampler": sampler}, partial(_samples, evidence, sampler)


def _data(evidence: Evidence) -> _Cloud:
    rows = evidence.dataset.test.clean[: sample_size(evidence)]
    return evidence.shared.get("estimated dim of data", lambda: _cloud(evidence, rows))


def _reconstructions(evidence: Evidence) -> _Cloud:
    rows = evidence.test_trips.of(slice(sample_size(evidence)))
    return evidence.memo.get("estimated dim of reconstructions", lambda: _cloud(evidence, rows))


def _samples(evidence: Evidence, sampler: str) -> _Cloud:
    return evidence.memo.get(f"estimated dim of {sampler}", lambda: _cloud(evidence, draw(evidence, sampler)))


def _cloud(evidence: Evidence, rows: Tensor) -> _Cloud:
    if not rows.isfinite().all():
        raise Skipped("rows are not finite")
    distinct = torch.unique(rows, dim=0)
    repeated = 1 - len(distinct) / len(rows)
    if len(distinct) < _FEWEST:
        return _Cloud(distinct, repeated, None)
    # unique sorts the rows: these anchors are random ones again
    order = torch.randperm(len(distinct), generator=evidence.generator("metric/estimated_dim"))
    k = max(MLE_NEIGHBOURS, 2 * max(scales_for(len(distinct))))
    k = min(k, len(distinct) // 8)
    most = min(ANCHORS, max(FEWEST_ANCHORS, _WORK // (k * rows.shape[1])))
    anchors = order[:most]
    return _Cloud(distinct, repeated, k_nearest(distinct[anchors], distinct, k, own=anchors))


def _estimates(cloud: _Cloud) -> Iterator[Value]:
    near = cloud.near
    if near is None:
        raise Skipped(f"{len(cloud.rows)} distinct rows; {_FEWEST} are needed")
    yield from _pca(cloud.rows, near)
    try:
        yield from _from_radii(near.distance)
    except Skipped as skip:
        yield from (Value.skipped(str(skip), estimator=name) for name in ("twonn", "mle", "gride", "plateau"))


def _from_radii(radii: Tensor) -> list[Value]:
    refuse_near_duplicates(radii)
    k = min(MLE_NEIGHBOURS, radii.shape[1])
    curve = gride_curve(radii)
    values = [_value(two_nn(radii), estimator="twonn"), _value(mle(radii, k), estimator="mle", k=k)]
    values += [_value(one, estimator="gride", n1=n1) for n1, one in curve.items()]
    return [*values, _plateau(curve)]


def _value(estimate: Estimate, **axes: Axis) -> Value:
    return Value(estimate.value, OVERLAP * estimate.stderr, axes=axes)


def _plateau(curve: dict[int, Estimate]) -> Value:
    try:
        flat = plateau(curve)
    except Skipped as skip:
        return Value.skipped(str(skip), estimator="plateau")
    low = f"k-NN estimates above {LOWER_BOUND} are lower bounds" if flat.value > LOWER_BOUND else None
    return Value(flat.value, flat.stderr, axes={"estimator": "plateau"}, reason=low)


def _pca(rows: Tensor, near: Neighbours) -> Iterator[Value]:
    for by, numbers in zip(("gap", "participation"), local_pca(rows, near.index[:PCA_ANCHORS]), strict=True):
        stderr = (numbers.std() / len(numbers) ** 0.5).item()
        yield Value(numbers.mean().item(), stderr, axes={"estimator": "local_pca", "by": by})
