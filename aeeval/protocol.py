"""The contract of a submission, structural: nothing here has to be imported by one.

Letters, used everywhere: n points; D ambient dimension; d true dimension; k latent dimension; f encoder; g decoder;
r = g∘f; M = g(R^k) learned manifold; 𝓜 true manifold; S ⊂ 𝓜 support of the training data; π closest-point projection
onto 𝓜; σ noise; scale = RMS distance of S from its centroid.
"""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Generator, Tensor

CAPABILITIES = ("reconstruction", "dimension", "extrapolation", "overfitting", "sampling", "throughput")
TRACKS = ("recipe", "frozen", "own-k", "reference")  # and "search N": the best of N configurations
SEARCH = "search "


@runtime_checkable
class Autoencoder(Protocol):
    """What `build` returns: (n, *shape) -> (n, k) -> (n, *shape), float32 rows on the device of the run."""

    def encode(self, x: "Tensor") -> "Tensor": ...

    def decode(self, z: "Tensor") -> "Tensor": ...


class Fits(Protocol):
    """Optional: trains on our split; both arguments are (rows, *shape)."""

    def fit(self, train: "Tensor", val: "Tensor") -> Any: ...


class HasLoss(Protocol):
    """Optional: the scalar that the published trainer minimises over a batch (n, *shape)."""

    def loss(self, x: "Tensor") -> "Tensor": ...


class Samples(Protocol):
    """Optional: the model's own sampler, (n, *shape), drawn from the generator it is handed."""

    def sample(self, n: int, generator: "Generator") -> "Tensor": ...


class Build(Protocol):
    """What a submission file defines; may raise NotImplementedError("reason") to decline a task."""

    def __call__(self, *, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any: ...
