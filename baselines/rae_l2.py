"""A regularised autoencoder: a deterministic VAE, with weight decay on the decoder (Ghosh et al. 2020, RAE-L2).

    mean ‖g(f(x)) − x‖² + β/2 mean ‖f(x)‖² + λ ‖parameters of g‖²,    β = 1e-3, λ = 1e-4.

The first term keeps the code small, the second keeps the decoder from growing to make up for it: what the noise of a
VAE does, without noise. It has no sampler of its own; the paper fits a mixture to the codes of the training rows. The
authors' code for MNIST has the means over pixels and over axes of the code in place of the sums, and there 1e-4 and
1e-7. Networks as in `mlp`; a search tries both weights.
"""

from mlp import MLP, seeded

BETA, LAMBDA = 1e-3, 1e-4
SEARCH = {
    "beta": {"low": 1e-5, "high": 1e-2, "log": True},
    "strength": {"low": 1e-7, "high": 1e-3, "log": True},
}


class RAE(MLP):
    """`penalty`, and how much it weighs, is what the variants of the paper differ in."""

    def __init__(self, shape, latent_dim, beta=BETA, strength=LAMBDA):
        super().__init__(shape, latent_dim)
        self.beta, self.strength = beta, strength

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + 0.5 * self.beta * z.square().sum(dim=1).mean() + self.strength * self.penalty(z)

    def penalty(self, z):
        """‖weights and biases‖² of the decoder."""
        return sum(weight.square().sum() for weight in self.decoder.parameters())


def build(*, shape, latent_dim, seed, beta=BETA, strength=LAMBDA):
    """An untrained network."""
    return seeded(seed, RAE, shape, latent_dim, beta, strength)
