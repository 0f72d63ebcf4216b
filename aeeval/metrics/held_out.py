"""Extrapolation of real data to kinds of rows that the training had none of: held-out classes and factors."""

from aeeval.evidence import Evidence, rms
from aeeval.metrics.base import Value, metric
from aeeval.metrics.off_support import errors, share_above
from aeeval.numerics.batches import by_batches
from aeeval.trips import between


@metric(
    capability="extrapolation",
    unit="scale",
    better="lower",
    ideal=0.0,
    range="[0, ∞)",
    needs=("held out",),
    floor=1e-3,
)
def held_out_error(evidence: Evidence) -> Value:
    """RMS ‖r(x) − x‖ / scale on rows of the classes that no model was trained on.

    `extrapolation_error` is its ratio to the mean predictor's. Null: RMS ‖x − x̄_train‖ / scale, the mean predictor's.
    Source: ours.
    """
    error = rms(evidence.held_out_trips.errors)
    of_mean = rms(by_batches(lambda x: between(x, evidence.train_mean), evidence.held_out))
    return Value(error / evidence.scale, null=of_mean / evidence.scale)


@metric(
    capability="extrapolation",
    unit="probability",
    better="none",
    ideal=None,
    range="[0, 1]",
    needs=("held out",),
    effect="difference",
)
def held_out_auroc(evidence: Evidence) -> Value:
    """Whether the error tells held-out classes from test rows: P(error held out > error of a test row), ties ½.

    The area under the ROC curve of ‖r(x) − x‖ as an anomaly score. A fact: a model that extrapolates well reads .5, and
    simple pictures of an unknown kind may read less. Null .5. Source: Mann and Whitney, Ann. Math. Statist. 1947.
    """
    share, _ = share_above(errors(evidence, evidence.held_out_trips), errors(evidence, evidence.test_trips))
    return Value(share, null=0.5)
