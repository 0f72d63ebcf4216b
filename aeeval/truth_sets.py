"""Distances of samples to the training rows and to sets of fresh truth as large, of which few or none are kept."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from aeeval.errors import AeevalError, TimeLimit
from aeeval.evidence import Evidence
from aeeval.numerics.batches import NUMBERS
from aeeval.numerics.neighbours import nearest_distance
from aeeval.samples import REFERENCE_ROWS, TRUTH_SETS, fresh_sets, projected

if TYPE_CHECKING:
    from scipy.spatial import KDTree

TREE_DIM = 4
KEPT = 8 * NUMBERS
"""Numbers in all sets of fresh truth up to which they are kept for all models: 256 MB, 1,600 pictures of 32 × 32 each;
of more, every model has them drawn again."""


def to_sets(evidence: Evidence, sampler: str) -> Tensor:
    """(20, n) distances of the samples, projected onto 𝓜, to the nearest row of T and of each fresh set T′."""
    samples = projected(evidence, sampler)
    if TRUTH_SETS * evidence.dataset.train.clean.numel() > KEPT:
        return evidence.memo.get("distances to sets", lambda: _streamed(evidence))[sampler]
    searches = evidence.shared.get("copying searches", lambda: list(_searches(evidence)))
    return torch.stack([search(samples) for search in searches])


def _searches(evidence: Evidence) -> Iterator[Callable[[Tensor], Tensor]]:
    """Nearest distances to T and to each T′: by trees where d is so small that most of a set is never looked at."""
    from scipy.spatial import KDTree

    for rows in (evidence.dataset.train.clean, *(torch.cat(list(parts)) for parts in fresh_sets(evidence))):
        if evidence.manifold.dim > TREE_DIM:
            yield partial(nearest_distance, y=rows)
        else:
            yield partial(_by_tree, KDTree(rows.numpy()))


def _by_tree(tree: "KDTree", samples: Tensor) -> Tensor:
    return torch.from_numpy(tree.query(samples.numpy())[0])


def _streamed(evidence: Evidence) -> dict[str, Tensor]:
    """Sampler -> (20, n), all samplers at once while a part of a set is there."""
    samples = dict(_samples(evidence))
    rows = torch.cat(list(samples.values()))
    distances = [nearest_distance(rows, evidence.dataset.train.clean)]
    for parts in fresh_sets(evidence):
        nearest = torch.full((len(rows),), torch.inf, dtype=rows.dtype)
        for part in parts:
            nearest = torch.minimum(nearest, nearest_distance(rows, part))
        distances.append(nearest)
    apart = torch.stack(distances).split([len(own) for own in samples.values()], dim=1)
    return dict(zip(samples, apart, strict=True))


def _samples(evidence: Evidence) -> Iterator[tuple[str, Tensor]]:
    """What samplers there are; why there is no other is told where it is asked for alone."""
    for sampler in (*evidence.samplers, *REFERENCE_ROWS):
        try:
            yield sampler, projected(evidence, sampler)
        except TimeLimit:
            raise
        except AeevalError:
            continue
