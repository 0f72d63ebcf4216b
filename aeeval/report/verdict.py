"""The word for a headline: what can be said of it beside PCA at the same code length, seed by seed."""

from collections.abc import Iterable, Mapping

from aeeval.record import Record
from aeeval.report.facts import MetricFacts
from aeeval.stats.intervals import EFFECTS, Key, paired_effect, suite_interval

BETTER, ON_TARGET, WORSE, LITTLE = "better than PCA", "on target", "worse", "little"
Values = Mapping[Key, float]


def keyed(records: Iterable[Record]) -> dict[Key, float]:
    """The numbers of one entrant by ((task, k), seed): what pairs them with those of another."""
    return {((r.task, r.latent_dim), r.seed): r.value for r in records if r.value is not None}


def verdict(values: Values, reference: Values, metric: MetricFacts) -> str:
    """One of the four words; "little" where nothing can be said: one seed, or an interval that contains 0.

    on target: the 95 % interval over seeds of the distance to the ideal stays within the margin.
    better than PCA, worse: the 95 % interval over seeds of the mean paired effect, log((v+c)/(ref+c)) or v − ref, does
    not contain 0. Of a target the distances to the ideal are compared. A fact gets no word.
    """
    if metric.better == "none":
        return ""
    if metric.ideal is not None and _on_target(values, metric.ideal, metric):
        return ON_TARGET
    if metric.better == "target" and metric.ideal is not None:
        values, reference = _distances(values, metric.ideal), _distances(reference, metric.ideal)
    effects = paired_effect(values, reference, metric.effect, metric.floor)
    interval = suite_interval(effects) if effects else None
    if interval is None or not interval.excludes_zero:
        return LITTLE
    return BETTER if (interval.mean > 0) == (metric.better == "higher") else WORSE


def _on_target(values: Values, ideal: float, metric: MetricFacts) -> bool:
    """The distance is measured as the effect is, since the margin is one of effects: on the log scale for a log."""
    effect = EFFECTS[metric.effect]
    high = suite_interval({key: abs(effect(value, ideal, metric.floor)) for key, value in values.items()}).high
    return high is not None and high <= metric.margin


def _distances(values: Values, ideal: float) -> dict[Key, float]:
    return {key: abs(value - ideal) for key, value in values.items()}
