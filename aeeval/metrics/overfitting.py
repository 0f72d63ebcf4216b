"""Overfitting: what a model knows of its training rows that it does not know of others of the same law."""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, mean_square
from aeeval.metrics.base import Value, metric
from aeeval.numerics.batches import NUMBERS

GHOST_SETS = 99
GAP_FLOOR = 1e-6
IN_CACHE = 2**16  # numbers: fresh memory costs more than the sums
SHARED_NUMBERS = 4 * NUMBERS  # 128 MB: 99 sets of 1,000 rows in 160 dimensions


def leak(answers: Tensor, rows: Tensor, truth: Tensor) -> float:
    """How much of the noise of rows a model passes through: Σ⟨r(x) − π(x), x − π(x)⟩ / Σ‖x − π(x)‖², all (n, D)."""
    return _share(_passed(answers, rows, truth))


def _passed(answers: Tensor, rows: Tensor, truth: Tensor) -> Tensor:
    """(1, 2) the two sums of `leak`, of a batch of rows."""
    sums, size = torch.zeros(1, 2, dtype=torch.float64), max(1, IN_CACHE // max(1, rows.shape[1]))
    for answer, row, true in zip(answers.split(size), rows.split(size), truth.split(size), strict=True):
        noise = row - true
        sums += torch.stack([(answer - true).mul_(noise).sum(), noise.square_().sum()])
    return sums


def _share(sums: Tensor) -> float:
    """The leak of the sums (batches, 2) of all batches."""
    passed, all_of_it = sums.sum(dim=0).tolist()
    return passed / all_of_it


def _truth_of(evidence: Evidence, rows: Tensor, clean: Tensor) -> Tensor:
    """π of noisy rows: the clean row itself under tube noise and on real data, a projection under Gaussian noise."""
    dataset = evidence.dataset
    if dataset.manifold is None or dataset.noise is None or dataset.noise.kind == "tube":
        return clean
    return dataset.manifold.project(rows)


def _own_leak(evidence: Evidence) -> float:
    train = evidence.dataset.train

    def passed(answers: Tensor, rows: Tensor, clean: Tensor) -> Tensor:
        return _passed(answers, rows, _truth_of(evidence, rows, clean))

    return _share(evidence.train_trips.each(passed, train.x, train.clean))


def _ghost_leaks(evidence: Evidence) -> Tensor:
    """(99,) the leak of every ghost set."""
    sums = torch.zeros(GHOST_SETS, 2, dtype=torch.float64)
    for ghost, rows, truth in _ghosts(evidence):
        sums[ghost] += _passed(evidence.model.reconstruct(rows), rows, truth)[0]
    return sums[:, 0] / sums[:, 1]


def _ghosts(evidence: Evidence) -> Iterable[tuple[int, Tensor, Tensor]]:
    """Batches of the ghost sets and π of them; drawn once for all models where they fit into 128 MB, else by each."""
    if GHOST_SETS * evidence.dataset.train.clean.numel() > SHARED_NUMBERS:
        return _drawn_ghosts(evidence)
    return evidence.shared.get("ghosts", lambda: list(_drawn_ghosts(evidence)))


def _drawn_ghosts(evidence: Evidence) -> Iterator[tuple[int, Tensor, Tensor]]:
    """All ghosts of one batch of rows, then those of the next: tangent frames are those of one batch."""
    clean, generator = evidence.dataset.train.clean, evidence.generator("metric/ghosts")
    for part in evidence.dataset.noise_batches(clean):
        for ghost in range(GHOST_SETS):
            rows = evidence.dataset.perturb(clean[part], generator)
            yield ghost, rows, _truth_of(evidence, rows, clean[part])


@metric(
    capability="overfitting",
    unit="1",
    better="lower",
    ideal=0.0,
    range="(−∞, ∞)",
    needs=("noise", "training rows"),
    effect="difference",
    margin=0.02,
    headline=True,
)
def memorised_noise(evidence: Evidence) -> Value:
    """Share of the training rows' own noise that M has learned by heart: 1 when M passes through every training row.

    (leak(train) − mean leak(ghosts)) / (1 − mean leak(ghosts)), where ghosts are the training rows' clean points with
    fresh noise and leak(X) = Σ⟨r(x) − π(x), x − π(x)⟩ / Σ‖x − π(x)‖². It is Efron's effective degrees of freedom over
    n: a correct model is not at 0 ((d + 1)/n for PCA at k = d on a plane). A longer code adds to it in PCA; the degrees
    of freedom of a trained network need not grow with k. `p` is the exact rank of the training rows
    among 99 ghost sets; `stderr` is the standard deviation of one ghost set. Above 1 for a model that enlarges
    the noise of its training rows. Skipped if leak(ghosts) > .95, and if `stderr` > 1, as nothing and all then read
    alike: rows are few, or the model errs by much more than the noise. Null 0.
    Source: Efron, J. Am. Stat. Assoc. 2004, for the degrees of freedom; the ghosts are ours.
    """
    own, ghosts = _own_leak(evidence), _ghost_leaks(evidence)
    mean = ghosts.mean().item()
    if mean > 0.95:
        raise Skipped(f"the model passes {mean:.0%} of any noise through, so none of it is memorised")
    p, stderr = (1 + int((ghosts >= own).sum())) / (GHOST_SETS + 1), ghosts.std().item() / (1 - mean)
    if stderr > 1:
        raise Skipped(f"too few rows, or too large an error, to tell: its standard error is {stderr:.2g}, and 1 is all")
    return Value((own - mean) / (1 - mean), stderr=stderr, null=0.0, p=p)


@metric(
    capability="overfitting",
    unit="log ratio",
    better="target",
    ideal=0.0,
    range="(−∞, ∞)",
    needs=("training rows",),
    effect="difference",
    margin=0.1,
)
def gap(evidence: Evidence) -> float:
    """How much worse the model is on rows it has not seen: log((test + c) / (train + c)) of fvu, c = 1e-6.

    Both on rows as a model sees them, noise included, over one denominator. Null 0: as good on fresh rows as on its
    own. Source: ours.
    """
    seen, unseen = (
        mean_square(trips.errors) / evidence.scale**2 for trips in (evidence.train_trips, evidence.noisy_test_trips)
    )
    return math.log((unseen + GAP_FLOOR) / (seen + GAP_FLOOR))


@metric(
    capability="overfitting",
    unit="probability",
    better="target",
    ideal=0.5,
    range="[0, 1]",
    needs=("training rows",),
    effect="difference",
    margin=0.05,
)
def membership_auc(evidence: Evidence) -> Value:
    """Whether the error tells training rows from others: P(error of a test row > error of a training row), ties ½.

    .5 when the training rows are nothing special; `p` is one-sided Mann–Whitney. Every learner that has seen them is
    above .5, so read it with its margin: after an honest fit to 30, 100 and 1,000 rows (PCA, k = 3, noisy 2-sphere in
    R²⁰, 100 test rows) p ≤ .05 in .98, .49 and .09 of all cases; for a model that has not, in .05. Null .5.
    Source: Mann and Whitney, Ann. Math. Statist. 1947.
    """
    from scipy.stats import mannwhitneyu

    seen, unseen = evidence.train_trips.errors, evidence.noisy_test_trips.errors
    result = mannwhitneyu(unseen.numpy(), seen.numpy(), alternative="greater")
    p = float(result.pvalue)
    return Value(float(result.statistic) / (len(seen) * len(unseen)), null=0.5, p=p if math.isfinite(p) else 1.0)
