"""A neighbourhood-reconstructing autoencoder: the decoder's tangents answer the neighbours (Lee, Kwon & Park 2021).

    mean over x of mean over neighbours y of w ‖y − g(z) − J_g(z) (f(y) − z)‖²,    z = f(x),

where x is a neighbour of itself, with w = 1, and the others have w = .5 (NRAE-L: g is replaced by its first-order
Taylor polynomial about z). A surface whose tangents have to fit the rows around cannot wiggle from noisy row to noisy
row. Neighbours are the 2 nearest rows of the batch: of 1000 rows in batches of 128, two of about the 16 nearest, drawn
anew each time, where the paper draws 2 of the 10 nearest. Networks as in `mlp`.
"""

import torch

from mlp import MLP, pushed, seeded

NEIGHBOURS, WEIGHT = 2, 0.5


class NRAE(MLP):
    """The loss of `mlp`, and of the tangents at each code."""

    def loss(self, x):
        z = self.encode(x)
        near = neighbours(x.flatten(1))
        step = z[near] - z[:, None]
        answer = self.decoder(z)[:, None] + pushed(self.decoder, z, step)
        errors = (answer - x.flatten(1)[near]).square().sum(dim=2)
        return (self.error(z, x) + WEIGHT * errors.sum(dim=1).mean()) / (1 + NEIGHBOURS)


def neighbours(x):
    """(n, 2) the numbers of the rows of the batch nearest to each, not itself; fewer in a batch of two."""
    rows = x.detach()
    squares = rows.square().sum(dim=1)
    distances = squares[:, None] + squares - 2 * rows @ rows.T
    count = min(NEIGHBOURS, len(x) - 1)
    return (distances + torch.diag_embed(torch.full_like(squares, torch.inf))).topk(count, largest=False).indices


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, NRAE, shape, latent_dim)
