"""An implicit rank-minimising autoencoder: linear layers between encoder and code (Jing, Zbontar & LeCun 2020).

f(x) = W_l ··· W_1 h(x), with l = 2 square matrices without bias after the encoder h of `mlp`; the rest is `mlp`, and
the harness trains it on mean ‖g(f(x)) − x‖². The matrices could be one; but gradient steps through a product of many
leave small singular values small, so that the codes end up in fewer axes than they have. The paper takes l = 2 for
shapes and 4 for faces, and its code 8 unless told otherwise, with codes of 128 numbers or more. There torch's own
matrices will do. Here k is small, and a random 2 × 2 matrix may be near to losing an axis that the data need: so they
start orthogonal, times 1/√3, which is the size that torch's own have. A search tries l; it favours few, as depth costs
error.
"""

from torch import nn

from mlp import MLP, seeded

DEPTH = 2
SEARCH = {"depth": [1, 2, 4, 8]}


class IRMAE(MLP):
    """`depth` matrices behind the encoder; 0 of them is `mlp`."""

    def __init__(self, shape, latent_dim, depth=DEPTH):
        super().__init__(shape, latent_dim)
        for _ in range(depth):
            layer = nn.Linear(latent_dim, latent_dim, bias=False)
            nn.init.orthogonal_(layer.weight, gain=3**-0.5)
            self.encoder.append(layer)


def build(*, shape, latent_dim, seed, depth=DEPTH):
    """An untrained network."""
    return seeded(seed, IRMAE, shape, latent_dim, depth)
