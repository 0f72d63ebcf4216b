"""An implicit rank-minimising autoencoder: linear layers between encoder and code (Jing, Zbontar & LeCun 2020).

f(x) = W_l ··· W_1 h(x), with l = 2 square matrices without bias after the encoder h of `mlp`; the rest is `mlp`, and
the harness trains it on mean ‖g(f(x)) − x‖². The matrices could be one; but gradient steps through a product of many
leave small singular values small, so that the codes end up in fewer axes than they have. The paper takes l = 2 for
shapes, 4 for faces and 8 for digits, with codes of 128 numbers or more; the matrices start as torch's own.
"""

from torch import nn

from mlp import MLP, seeded

DEPTH = 2


class IRMAE(MLP):
    """`depth` matrices behind the encoder; 0 of them is `mlp`."""

    def __init__(self, shape, latent_dim, depth=DEPTH):
        super().__init__(shape, latent_dim)
        self.encoder.extend(nn.Linear(latent_dim, latent_dim, bias=False) for _ in range(depth))


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, IRMAE, shape, latent_dim)
