"""A variational autoencoder with a fixed decoder variance (Kingma & Welling 2014).

As `vae`, but with γ = .01 (a standard deviation of .1 in the unit of the rows: their scale, or the range of a pixel):

    E_q ‖x − g(z)‖² / 2γ + KL(q(z|x) ‖ N(0, I)),

constants left out. What it answers is blurred by about √γ per axis of a row however long it trains; that is the
difference to `vae`, and why the two are two rows. γ sets its rank: along a main axis of variance v the best linear one
answers (1 − γ/v) x, and nothing where v < γ (Tipping & Bishop 1999).
"""

from mlp import seeded
from vae import VAE

VARIANCE = 0.01


class FixedVAE(VAE):
    """The weight of the divergence beside the error is 2γ."""

    def distortion(self, z, x):
        return self.error(z, x) / (2 * VARIANCE)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, FixedVAE, shape, latent_dim)
