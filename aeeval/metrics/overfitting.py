"""Overfitting: what a model knows of its training rows that it does not know of others of the same law."""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence, mean_square_rows
from aeeval.metrics.base import Value, metric

GHOST_SETS = 99
GAP_FLOOR = 1e-6
SHARED_NUMBERS = 2**24  # 128 MB: 99 sets of 1,000 rows in 160 dimensions


def leak(answers: Tensor, rows: Tensor, truth: Tensor) -> float:
    """How much of the noise of rows a model passes through: Σ⟨r(x) − π(x), x − π(x)⟩ / Σ‖x − π(x)‖², all (n, D)."""
    noise = rows - truth
    return ((answers - truth) * noise).sum().item() / noise.square().sum().item()


def _truth_of(evidence: Evidence, rows: Tensor, clean: Tensor) -> Tensor:
    """π of noisy rows: the clean row itself under tube noise and on real data, a projection under Gaussian noise."""
    dataset = evidence.dataset
    if dataset.manifold is None or dataset.noise is None or dataset.noise.kind == "tube":
        return clean
    return dataset.manifold.project(rows)


def _ghosts(evidence: Evidence) -> Iterable[tuple[Tensor, Tensor]]:
    """The ghost sets and π of them; drawn once for all models where they fit into 128 MB, else again for each."""
    if GHOST_SETS * evidence.dataset.train.clean.numel() > SHARED_NUMBERS:
        return _drawn_ghosts(evidence)
    return evidence.shared.get("ghosts", lambda: list(_drawn_ghosts(evidence)))


def _drawn_ghosts(evidence: Evidence) -> Iterator[tuple[Tensor, Tensor]]:
    clean, generator = evidence.dataset.train.clean, evidence.generator("metric/ghosts")
    for _ in range(GHOST_SETS):
        rows = evidence.dataset.perturb(clean, generator)
        yield rows, _truth_of(evidence, rows, clean)


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
    train = evidence.dataset.train
    own = leak(evidence.train_hat, train.x, _truth_of(evidence, train.x, train.clean))
    leaks = [leak(evidence.model.reconstruct(rows), rows, truth) for rows, truth in _ghosts(evidence)]
    ghosts = torch.tensor(leaks, dtype=torch.float64)
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
    train, test, unit = evidence.dataset.train, evidence.dataset.test, evidence.scale**2
    seen = mean_square_rows(evidence.train_hat - train.x) / unit
    unseen = mean_square_rows(evidence.noisy_test_hat - test.x) / unit
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

    train, test = evidence.dataset.train, evidence.dataset.test
    seen = (evidence.train_hat - train.x).square().sum(dim=1)
    unseen = (evidence.noisy_test_hat - test.x).square().sum(dim=1)
    result = mannwhitneyu(unseen.numpy(), seen.numpy(), alternative="greater")
    p = float(result.pvalue)
    return Value(float(result.statistic) / (len(seen) * len(unseen)), null=0.5, p=p if math.isfinite(p) else 1.0)
