"""A regularised autoencoder: a deterministic VAE, with weight decay on the decoder (Ghosh et al. 2020, RAE-L2).

    mean ‖g(f(x)) − x‖² + β/2 mean ‖f(x)‖² + λ ‖weights of g‖²,    β = 1e-3, λ = 1e-4.

The first term keeps the code small, the second keeps the decoder from growing to make up for it: what the noise of a
VAE does, without noise. It has no sampler of its own; the paper fits a mixture to the codes of the training rows. The
paper's repository has β = 1e-4 and λ = 1e-7 for images whose squared errors are in the tens. Networks as in `mlp`.
"""

from mlp import MLP, seeded

BETA, LAMBDA = 1e-3, 1e-4


class RAE(MLP):
    """`penalty`, and how much it weighs, is what the variants of the paper differ in."""

    strength = LAMBDA

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + 0.5 * BETA * z.square().sum(dim=1).mean() + self.strength * self.penalty(z)

    def penalty(self, z):
        """‖weights‖² of the decoder."""
        return sum(weight.square().sum() for weight in self.decoder.parameters())


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, RAE, shape, latent_dim)
