"""A β-VAE: a variational autoencoder that pays β times for its code (Higgins et al. 2017).

    E_q ‖x − g(z)‖² / 2γ + β KL(q(z|x) ‖ N(0, I))    with β = 4, as in the paper, and γ = .01 as in `vae_fixed`.

With γ learned, as in `vae`, β would only rescale γ on Gaussian rows of more than βk axes, and mean something else on
shorter ones; so γ is fixed. A larger β leaves fewer nats in the code and fewer axes on, at a price in error: along a
main axis of variance v the best linear one answers (1 − βγ/v) x, and nothing where v < βγ = .04 (Lucas et al. 2019).
"""

from mlp import seeded
from vae_fixed import FixedVAE

BETA = 4.0


class BetaVAE(FixedVAE):
    """`vae_fixed` is the case β = 1."""

    def loss(self, x):
        z, divergence = self.drawn(x)
        return self.distortion(z, x) + BETA * divergence


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, BetaVAE, shape, latent_dim)
