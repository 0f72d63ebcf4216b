"""A topological autoencoder: what is connected at some distance stays so in the code (Moor et al. 2020).

    mean ‖g(f(x)) − x‖² + λ/n · (½ ‖A(π_x) − c B(π_x)‖² + ½ ‖A(π_z) − c B(π_z)‖²),    λ = .4,

where A and B are the distances within a batch of rows and of their codes, and π_x, π_z the n − 1 edges at which two
pieces of the rows, or of the codes, meet as the distance grows (persistent homology of dimension 0: the edges of the
minimum spanning tree, which `scipy` finds). c is a learned unit of length, as in the paper's code, which also divides
the distances of rows by the largest of the batch, has the mean over axes for the error, and no ½. The paper's best λ
for its spheres, .43, is in those units, in which this one would be five to ten times smaller; ten times larger it keeps
the edges no better, at four times the error. Networks as in `mlp`.
"""

from functools import cache

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from torch import nn

from mlp import MLP, seeded

LAMBDA = 0.4


class Topological(MLP):
    """The trees are chosen without gradients; the lengths of their edges have them."""

    def __init__(self, shape, latent_dim):
        super().__init__(shape, latent_dim)
        self.unit = nn.Parameter(torch.ones(()))

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + LAMBDA / len(x) * self.mismatch(x.flatten(1), z)

    def mismatch(self, x, z):
        """Both sums: over the edges of the tree of x (n, D), and over those of the tree of z (n, k)."""
        total = 0
        for first, second in (edges(x), edges(z)):
            far, near = length(x[first] - x[second]), length(z[first] - z[second])
            total = total + 0.5 * (far - self.unit * near).square().sum()
        return total


def edges(points):
    """(n − 1,), (n − 1,) the ends of the edges of the minimum spanning tree."""
    distances = torch.cdist(points.detach(), points.detach()).double().cpu().numpy() + 1e-9  # scipy drops edges of 0
    rows, columns, starts = upper(len(points))
    tree = minimum_spanning_tree(csr_array((distances[rows, columns], columns, starts), distances.shape)).tocoo()
    return (torch.from_numpy(ends).long().to(points.device) for ends in (tree.row, tree.col))


@cache
def upper(n):
    """The places above the diagonal of an (n, n) matrix in compressed rows: each edge once, which is half the work."""
    starts = np.concatenate([[0], np.cumsum(np.arange(n - 1, -1, -1))])
    return *np.triu_indices(n, 1), starts


def length(difference):
    """(n,) lengths, with a gradient at 0 too."""
    return (difference.square().sum(dim=1) + 1e-12).sqrt()


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Topological, shape, latent_dim)
