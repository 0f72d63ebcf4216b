"""Densities of codes, fitted to the codes of training rows, to draw new codes from."""

import warnings

import numpy as np
import torch
from torch import Generator, Tensor

_ROWS_PER_PARAMETER = 5


def gaussian(codes: Tensor, n: int, generator: Generator) -> Tensor:
    """(n, k) draws from one Gaussian with the mean and covariance of the codes (m, k), m ≥ 2; else ValueError."""
    if len(codes) < 2:
        raise ValueError(f"expected two codes or more; got {len(codes)}; one code has no covariance")
    return codes.mean(dim=0) + _draw(_factor(torch.cov(codes.T).reshape(codes.shape[1], -1)), n, generator)


def mixture(codes: Tensor, n: int, generator: Generator, components: int = 10) -> Tensor:
    """(n, k) draws from a full-covariance Gaussian mixture fitted to the codes (m, k) by EM from k-means.

    Components are capped so that each of a component's 1 + k + k(k+1)/2 parameters has five rows. The fit is made on
    codes of unit spread, so that its regulariser means the same in any unit. Source: Ghosh et al., ICLR 2020.

    Raises:
        ValueError: codes that are all equal, or a single one.
    """
    if not (codes != codes[:1]).any():
        raise ValueError(f"expected codes that vary; got {len(codes)} equal ones; one code has no law")
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    centre, spread = codes.mean(dim=0), codes.std()
    seed = int(torch.randint(2**31, (1,), generator=generator))
    codes = codes[np.lexsort(codes.T.numpy()).copy()]  # k-means starts at rows by their place: not by that of the file
    model = GaussianMixture(components_for(len(codes), codes.shape[1], components), random_state=seed, reg_covar=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a hundred steps of EM are part of the definition
        model.fit(((codes - centre) / spread).numpy())
    counts = torch.multinomial(torch.from_numpy(model.weights_), n, replacement=True, generator=generator)
    factors = torch.stack([_factor(torch.from_numpy(covariance)) for covariance in model.covariances_])
    noise = torch.randn(n, codes.shape[1], generator=generator, dtype=torch.float64)
    drawn = torch.from_numpy(model.means_)[counts] + torch.einsum("nij,nj->ni", factors[counts], noise)
    return centre + spread * drawn


def components_for(rows: int, code_length: int, most: int = 10) -> int:
    """The number of components that `rows` codes can carry, between 1 and `most`.

    >>> components_for(1000, 2), components_for(1000, 20)
    (10, 1)
    """
    parameters = 1 + code_length + code_length * (code_length + 1) // 2
    return max(1, min(most, rows // (_ROWS_PER_PARAMETER * parameters)))


def _factor(covariance: Tensor) -> Tensor:
    """A square root A of a covariance A Aᵀ that may be singular: idle code units have no variance."""
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp(min=0).sqrt()


def _draw(factor: Tensor, n: int, generator: Generator) -> Tensor:
    return torch.randn(n, len(factor), generator=generator, dtype=factor.dtype) @ factor.T
