"""A metric: a plain function of the evidence, and the one record that says how to read its number."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aeeval.errors import Skipped
from aeeval.evidence import Evidence

Axis = str | int | float


@dataclass(frozen=True)
class Value:
    """One number of a metric, or the reason why there is none.

    `stderr` is the standard error of the measurement on this model; `null` what the number is expected to be when
    nothing is wrong (or nothing is learned: the docstring says); `p` the probability of as large a number under it.
    A number is missing because it does not exist here, or, where `broken`, because the submission broke its contract.
    """

    value: float | None
    stderr: float | None = None
    null: float | None = None
    p: float | None = None
    axes: dict[str, Axis] = field(default_factory=dict)
    reason: str | None = None
    broken: bool = False

    @classmethod
    def skipped(cls, reason: str, **axes: Axis) -> "Value":
        """A number that is ill-posed or impossible at these axes."""
        return cls(None, axes=axes, reason=reason)

    @classmethod
    def failed(cls, reason: str, **axes: Axis) -> "Value":
        """A number that the submission made impossible at these axes, by an answer that is none."""
        return cls(None, axes=axes, reason=reason, broken=True)


Measured = float | Value | Iterable[Value]
Measure = Callable[[Evidence], Measured]


@dataclass(frozen=True)
class Metric:
    """What a number means: its unit, which way is better, the ideal, what it needs, and how effects are formed.

    `effect` is "log" (log((v + c)/(ref + c)) with the floor c) or "difference"; `margin` is the smallest effect worth
    a word; `better` is "lower", "higher", "target" (nearest the ideal) or "none" (a fact).
    """

    id: str
    capability: str
    measure: Measure
    unit: str
    better: str
    ideal: float | None
    range: str
    needs: tuple[str, ...] = ()
    effect: str = "log"
    floor: float = 0.0
    margin: float = 0.05
    headline: bool = False
    version: int = 1

    @property
    def doc(self) -> str:
        """Definition, formula, null and source."""
        return inspect.cleandoc(self.measure.__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the definition."""
        return self.doc.partition("\n")[0]

    def __call__(self, evidence: Evidence) -> list[Value]:
        """The numbers of this metric on the evidence; raises `Skipped` when one of its needs is not met."""
        for need in self.needs:
            if reason := NEEDS[need](evidence):
                raise Skipped(reason)
        measured = self.measure(evidence)
        if isinstance(measured, float | int):
            return [Value(float(measured))]
        return [measured] if isinstance(measured, Value) else list(measured)


def metric(
    *,
    capability: str,
    unit: str,
    better: str,
    ideal: float | None,
    range: str,
    needs: tuple[str, ...] = (),
    effect: str = "log",
    floor: float = 0.0,
    margin: float = 0.05,
    headline: bool = False,
    version: int = 1,
) -> Callable[[Measure], Metric]:
    """Make a metric of a function; its name is the id, its docstring the definition."""

    def register(measure: Measure) -> Metric:
        return Metric(
            id=measure.__name__,
            capability=capability,
            measure=measure,
            unit=unit,
            better=better,
            ideal=ideal,
            range=range,
            needs=needs,
            effect=effect,
            floor=floor,
            margin=margin,
            headline=headline,
            version=version,
        )

    return register


def _unless(holds: Callable[[Evidence], bool], reason: str) -> Callable[[Evidence], str | None]:
    return lambda evidence: None if holds(evidence) else reason


NEEDS: dict[str, Callable[[Evidence], str | None]] = {
    "truth": _unless(lambda e: e.dataset.support is not None, "needs a known manifold"),
    "normals": _unless(lambda e: e.manifold.ambient_dim > e.manifold.dim, "the manifold fills the space: no normals"),
    "beyond": _unless(
        lambda e: e.dataset.beyond is not None, "needs known distances on a manifold larger than the support"
    ),
    "held out": _unless(lambda e: e.dataset.held_out is not None, "needs held-out classes of real rows"),
    "outside": _unless(
        lambda e: e.dataset.beyond is not None or e.dataset.held_out is not None,
        "needs known distances on a manifold larger than the support, or held-out classes of real rows",
    ),
    "real rows": _unless(lambda e: e.dataset.support is None, "of real rows: on a manifold tube_error asks it exactly"),
    "noise": _unless(lambda e: e.dataset.noise is not None, "needs noise of known size"),
    "codes": _unless(lambda e: e.codes_vary, "codes do not vary"),
    "training rows": _unless(lambda e: e.knows_training_rows, "a trained model without its training rows"),
    "image": _unless(lambda e: len(e.dataset.shape) == 3, "needs images"),
}
