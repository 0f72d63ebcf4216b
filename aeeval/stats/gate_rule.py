"""The rule of the gate: is the new side worse by more than a margin, with a stated chance of saying so in vain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aeeval.stats.paired import Array, Mean, each_task, holm, over_seeds

ALPHA = 0.05


@dataclass(frozen=True)
class Judged:
    """What the tests say of C headlines: of their means over tasks, and of their single tasks.

    `suite` (..., C) and `suite_p` (..., C); `tasks` and `tasks_p`, C arrays (..., T_c). The p-values are adjusted by
    Holm's rule over all C headlines, and over all tasks of all headlines; each of the two families has half of `alpha`.
    """

    suite: Mean
    suite_p: Array
    tasks: tuple[Mean, ...]
    tasks_p: tuple[Array, ...]
    margins: Array
    alpha: float

    @property
    def suite_worse(self) -> Array:
        """(..., C) whether the mean over tasks is worse than the margin."""
        return self.suite_p <= self.alpha / 2  # NaN is no test, and false

    @property
    def worse_tasks(self) -> tuple[Array, ...]:
        """C arrays (..., T_c): whether a single task is worse than the margin."""
        return tuple(p <= self.alpha / 2 for p in self.tasks_p)

    @property
    def worse(self) -> Array:
        """(..., C) whether a headline fails: by its mean over tasks, or by any single task."""
        single = np.stack([tasks.any(axis=-1) for tasks in self.worse_tasks], axis=-1)
        return self.suite_worse | single

    @property
    def not_worse(self) -> Array:
        """(..., C) whether a headline passes: the upper bound of its mean lies below the margin, and it does not fail.

        No correction for their number is due: the gate passes where all of them do.
        """
        return (self.suite.bound(1 - self.alpha / 2) < self.margins) & ~self.worse


def judge(effects: Sequence[Array], margins: Sequence[float], alpha: float = ALPHA) -> Judged:
    """Judge the effects of C headlines, each (..., tasks, seeds) with positive values where the new side is worse.

    H0 of every test: the mean effect is at most the margin. Under it, however many headlines and tasks there are, any
    test rejects with probability at most `alpha`: half of it is spent on the C means over tasks (`over_seeds`), half on
    the single tasks (`each_task`), each half by Holm's rule. Effects that are all exactly 0 are no test.
    """
    limits = np.asarray(margins, dtype=float)
    means = [over_seeds(one) for one in effects]
    suite = Mean(*(np.stack([getattr(mean, name) for mean in means], axis=-1) for name in ("estimate", "stderr", "df")))
    tasks = tuple(each_task(one) for one in effects)
    moved = [np.any(np.nan_to_num(one) != 0, axis=-1) for one in effects]  # (..., T_c)
    suite_p = np.where(np.stack([one.any(axis=-1) for one in moved], axis=-1), suite.p_above(limits), np.nan)
    parts = [np.where(m, t.p_above(limit), np.nan) for m, t, limit in zip(moved, tasks, limits, strict=True)]
    single = holm(np.concatenate(parts, axis=-1))
    places = np.cumsum([part.shape[-1] for part in parts])[:-1]
    return Judged(suite, holm(suite_p), tasks, tuple(np.split(single, places, axis=-1)), limits, alpha)


def settles(margin: float, alpha: float = ALPHA) -> Callable[[Mean], Array]:
    """Whether the gate would decide on such a mean: its interval lies on one side of the margin."""
    return lambda mean: (mean.bound(alpha / 2) > margin) | (mean.bound(1 - alpha / 2) < margin)
