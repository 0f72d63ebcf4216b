"""What every data set is once it is made: splits, their truth where it is known, and the noise that was added."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from aeeval.datasets.noise import Noise, perturb
from aeeval.manifolds.base import Manifold, Support
from aeeval.numerics.batches import NUMBERS


@dataclass(frozen=True)
class Rows:
    """A split, as flat float64 rows: what a model sees, and the clean rows behind it."""

    x: Tensor
    """(n, D) rows as a model sees them, noise included."""
    clean: Tensor
    """(n, D) the same rows without noise; the same tensor where no noise was added."""

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Beyond:
    """Clean points of 𝓜 outside the support, by geodesic distance from it."""

    x: Tensor
    """(n, D) points of 𝓜."""
    distance: Tensor
    """(n,) distance along 𝓜 to S, in (0, edges[-1]]."""
    edges: Tensor
    """(bins + 1,) edges of bins of equal distance, from 0 to L = min(scale, farthest)."""

    def bin_index(self) -> Tensor:
        """(n,) the bin of every point, 0-based."""
        return torch.bucketize(self.distance, self.edges[1:-1])


@dataclass(frozen=True)
class Source:
    """Real rows before they are split, with their card."""

    rows: Tensor
    """(n, *shape) numbers of any type; only what is split off is made float64, so that bytes stay bytes until then."""
    origin: str
    licence: str
    preprocessing: str
    sha256: str
    version: int = 1
    test: Tensor | None = None
    """(m, *shape) the set's own test rows, where it has them; else the split cuts them from `rows`."""
    unit: float = 1.0
    """Rows are divided by it: 255 for images that are kept as bytes."""
    standardise: bool = False
    """Whether every column is centred and divided by its standard deviation over the training rows."""
    labels: Tensor | None = None
    """(n,) whole numbers: the class of every row, or the part of a factor's range that it lies in; never shown to a
    model, but whole classes may be held out."""
    test_labels: Tensor | None = None
    """(m,) the same of the test rows."""
    label: str = ""
    """What a label says: `"digit"`, `"fifth of the fat content, 0 the leanest"`."""


@dataclass(frozen=True)
class Dataset:
    """Splits of one task at one seed, all (rows, D) float64; models see them reshaped to (rows, *shape) in float32.

    On manifold data the unit of length is the scale of the support, and its centroid is the origin; but rendered
    pictures stay in [0, 1], and scale is that of their support. On real data the unit is that of the rows, and scale is
    the RMS distance of the clean training rows from their mean.
    """

    name: str
    shape: tuple[int, ...]
    train: Rows
    val: Rows
    test: Rows
    scale: float
    sha256: str
    version: int = 1
    noise: Noise | None = None
    support: Support | None = None
    beyond: Beyond | None = None
    held_out: Tensor | None = None
    """(m, D) clean real rows of classes that no other split has a row of."""
    train_known: bool = True
    """False where a trained model came without the rows it was trained on."""
    card: dict[str, str] = field(default_factory=dict)

    @property
    def ambient_dim(self) -> int:
        """D, the number of coordinates of a row."""
        return math.prod(self.shape)

    @property
    def manifold(self) -> Manifold | None:
        """The true manifold 𝓜, in the units of the rows; None on real data."""
        return self.support.manifold if self.support is not None else None

    def perturb(self, clean: Tensor, generator: Generator) -> Tensor:
        """The same clean rows under a fresh draw of the task's noise; unchanged where it has none."""
        if self.noise is None:
            return clean
        parts = list(self.noise_batches(clean))
        if len(parts) == 1:
            return perturb(clean, self.noise, self.scale, self.manifold, generator)
        noised = torch.empty_like(clean)
        for part in parts:
            noised[part] = perturb(clean[part], self.noise, self.scale, self.manifold, generator)
        return noised

    def noise_batches(self, rows: Tensor) -> Iterator[slice]:
        """The rows in parts of a batch of numbers, or of two with their tangent frames where noise is normal to 𝓜.

        A part is a whole number of sixteens of rows, so that the draws are those for all rows at once.
        """
        tube = self.manifold is not None and self.noise is not None and self.noise.kind == "tube"
        frames = max(part.dim for part in self.manifold.components) if tube and self.manifold is not None else 0
        numbers = 2 * NUMBERS // (1 + frames) if frames else NUMBERS
        size = max(16, numbers // self.ambient_dim // 16 * 16)
        for start in range(0, len(rows), size):
            yield slice(start, min(start + size, len(rows)))
