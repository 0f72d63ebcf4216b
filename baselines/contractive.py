"""A contractive autoencoder: the code moves little when the row does (Rifai et al. 2011).

    mean ‖g(f(x)) − x‖² + λ mean ‖J_f(x)‖_F²,    λ = 1e-4.

J_f is exact, by the chain rule from the code down, k products a layer. Networks as in `mlp`. That of the paper has one
sigmoid layer, whose matrix g uses too, transposed, so that f cannot shrink while g grows; λ = .1, as tutorials have it,
is for that layer on pixels. With two layers a side the tie costs more than it binds: at any λ, 0 too, such a network
stays at PCA's error on half of the suite core. Without it g may grow, but does so slowly: on the suite's surface in 20
axes ‖J_f‖² is 3.9, and 5.2 without the penalty. Ten times this λ makes it 1.4, but gives up some of five uneven
dimensions.
"""

import torch
from torch.nn.functional import silu

from mlp import MLP, seeded

LAMBDA = 1e-4


class Contractive(MLP):
    """The loss of `mlp`, and of the slopes of its encoder."""

    def loss(self, x):
        return self.error(self.encode(x), x) + LAMBDA * self.jacobian(x).square().sum(dim=(1, 2)).mean()

    def jacobian(self, x):
        """(n, k, D) J_f = W₃ diag(s₂) W₂ diag(s₁) W₁ with s the slopes of SiLU."""
        below, middle, above = self.encoder[::2]
        first = below(x.flatten(1))
        second = middle(silu(first))
        upper = (above.weight * slope(second)[:, None]) @ middle.weight
        return (upper * slope(first)[:, None]) @ below.weight


def slope(x):
    """The derivative of SiLU."""
    gate = torch.sigmoid(x)
    return gate * (1 + x * (1 - gate))


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Contractive, shape, latent_dim)
