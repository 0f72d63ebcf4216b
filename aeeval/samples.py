"""Samples of a model under each sampler, and the fresh truth they are held against."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from aeeval.errors import Skipped, UnknownName
from aeeval.evidence import Evidence, Memo
from aeeval.numerics.batches import NUMBERS
from aeeval.numerics.latent_samplers import gaussian, mixture
from aeeval.numerics.neighbours import Neighbours, k_nearest
from aeeval.numerics.two_sample import random_directions, sorted_distance, sorted_projections

TRUTH = "truth"
REFERENCE_ROWS = ("train_recon", "test_recon", TRUTH)
DIRECTIONS = 128
NULL_SETS = 39
TRUTH_SETS = 19


def _native(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    rows = evidence.model.sample(n, generator)
    if rows is None:
        raise Skipped("the model has no sampler of its own")
    return rows


def _prior(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    length = _varying(evidence).shape[1]
    return evidence.model.decode(torch.randn(n, length, generator=generator, dtype=torch.float64))


def _gauss(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    return evidence.model.decode(gaussian(_varying(evidence), n, generator))


def _gmm10(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    return evidence.model.decode(mixture(_varying(evidence), n, generator))


def _varying(evidence: Evidence) -> Tensor:
    """(n, k) training codes that are not all one: to one code there is no law to fit."""
    if not evidence.codes_vary:
        raise Skipped("codes do not vary")
    return evidence.train_codes


def _train_recon(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    return evidence.train_trips.of(slice(n))


def _test_recon(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    return evidence.noisy_test_trips.of(slice(n))


def _truth(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    return truth_draw(evidence, n, generator)


_SAMPLERS: dict[str, Callable[[Evidence, int, Generator], Tensor]] = {
    "native": _native,
    "prior": _prior,
    "gauss": _gauss,
    "gmm10": _gmm10,
    "train_recon": _train_recon,
    "test_recon": _test_recon,
    TRUTH: _truth,
}


def check_sampler(name: str) -> str:
    """The name itself; raises `UnknownName` when no sampler has it."""
    if name not in _SAMPLERS:
        raise UnknownName("sampler", name, _SAMPLERS)
    return name


def sample_size(evidence: Evidence) -> int:
    """The number of rows in every sample: the task's count, as far as the splits of real data go."""
    return min(evidence.counts.samples, len(evidence.dataset.train), len(evidence.dataset.test))


def truth_draw(evidence: Evidence, n: int, generator: Generator) -> Tensor:
    """(n, D) rows of the true law that no model has seen used: fresh from S, or training rows where S is unknown."""
    if evidence.dataset.support is not None:
        return evidence.dataset.support.sample(n, generator)
    rows = evidence.dataset.train.clean
    return rows[torch.randperm(len(rows), generator=generator)[:n]]


def memo_of(evidence: Evidence, sampler: str) -> Memo:
    """Where results of a sampler are kept: those of truth are the same for all submissions."""
    return evidence.shared if sampler == TRUTH else evidence.memo


def draw(evidence: Evidence, sampler: str) -> Tensor:
    """(n, D) rows of one sampler, drawn once; raises `Skipped` where the model cannot be sampled so."""
    generator = evidence.generator(f"sampler/{sampler}")
    return memo_of(evidence, sampler).get(
        f"sample {sampler}", lambda: _SAMPLERS[sampler](evidence, sample_size(evidence), generator)
    )


def projected(evidence: Evidence, sampler: str) -> Tensor:
    """(n, D) the closest points of 𝓜 to the rows of a sampler; the rows themselves on real data."""
    rows = draw(evidence, sampler)
    if evidence.dataset.support is None:
        return rows
    return memo_of(evidence, sampler).get(f"projected {sampler}", lambda: evidence.manifold.project(rows))


@dataclass(frozen=True)
class Truth:
    """What sliced distances are measured against: one truth sample, fixed directions, and the null of the distance."""

    directions: Tensor
    """(p, D) unit vectors."""
    projections: Tensor
    """(p, n) a fresh truth sample, or clean test rows, along each direction, sorted."""
    null: Tensor
    """(39,) distances of further truth samples from that one."""

    def distance(self, rows: Tensor) -> Tensor:
        """Sliced distance of a sample (n, D) from the truth sample."""
        return sorted_distance(sorted_projections(rows, self.directions), self.projections)


def truth(evidence: Evidence) -> Truth:
    """The truth of the data set, shared by all submissions."""
    return evidence.shared.get("truth", lambda: _truth_of(evidence))


def _truth_of(evidence: Evidence) -> Truth:
    generator, n = evidence.generator("metric/truth"), sample_size(evidence)
    known = evidence.dataset.support is not None
    rows = truth_draw(evidence, n, generator) if known else evidence.dataset.test.clean[:n]
    directions = random_directions(DIRECTIONS, rows.shape[1], generator)
    reference = Truth(directions, sorted_projections(rows, directions), torch.empty(0))
    others = (truth_draw(evidence, n, generator) for _ in range(NULL_SETS))
    return replace(reference, null=torch.stack([reference.distance(other) for other in others]))


def fresh_rows(evidence: Evidence, n: int, generator: Generator) -> Iterator[Tensor]:
    """n rows drawn from S, in parts of a batch of numbers."""
    size = max(1, NUMBERS // evidence.dataset.ambient_dim)
    for start in range(0, n, size):
        yield evidence.support.sample(min(size, n - start), generator)


def fresh_sets(evidence: Evidence) -> Iterator[Iterator[Tensor]]:
    """19 draws of S, each as large as the training split, in parts."""
    generator, n = evidence.generator("metric/copying"), len(evidence.dataset.train)
    return (fresh_rows(evidence, n, generator) for _ in range(TRUTH_SETS))


def nearest_in_train(evidence: Evidence, sampler: str) -> Neighbours:
    """The clean training row nearest to each row of a sampler, which is projected first."""
    return memo_of(evidence, sampler).get(
        f"nearest to {sampler}", lambda: k_nearest(projected(evidence, sampler), evidence.dataset.train.clean, 1)
    )
