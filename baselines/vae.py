"""A variational autoencoder whose decoder learns its own variance (Kingma & Welling 2014; Dai & Wipf 2019).

q(z|x) = N(μ(x), diag s²(x)), p(x|z) = N(g(z), γ I), p(z) = N(0, I); minimised is the negative evidence bound in nats,

    E_q ‖x − g(z)‖² / 2γ + (D/2) log 2πγ + KL(q(z|x) ‖ p(z))    with KL = ½ Σ (μ² + s² − log s² − 1).

γ is one number for all rows and axes. Gradient steps would be too slow for it (log γ has to fall by about 6, and Adam
moves by the learning rate): each batch takes the γ that is best for it, E ‖x − g(z)‖² / D ("optimal σ", Rybkin et al.
2021). Axes of the code that the data does not need then switch themselves off: q equals the prior there. Networks as
in `mlp`: D-128-128-2k and k-128-128-D, SiLU. A search tries the width of the hidden layers; γ needs none.
"""

import math

import torch

from mlp import MLP, WIDTH, seeded

SEARCH = {"width": {"low": 32, "high": 512, "log": True}}
LEAST_VARIANCE = 1e-6  # rows without noise would drive log γ to −∞


class VAE(MLP):
    """The code of a row is the mean of its posterior."""

    def __init__(self, shape, latent_dim, width=WIDTH):
        super().__init__(shape, latent_dim, width, answers=2 * latent_dim)

    def encode(self, x):
        return self.posterior(x)[0]

    def loss(self, x):
        z, divergence = self.drawn(x)
        return self.distortion(z, x) + divergence

    def sample(self, n, generator):
        """Means of p(x|z) at codes drawn from the prior: points of the learned surface, without the noise γ."""
        return self.decode(prior(self, n, generator))

    def posterior(self, x):
        """(n, k) means and (n, k) log variances of q(z|x)."""
        return self.encoder(x.flatten(1)).chunk(2, dim=1)

    def drawn(self, x):
        """(n, k) codes drawn from q(z|x), and the mean over rows of KL(q(z|x) ‖ p(z))."""
        mean, log_variance = self.posterior(x)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return z, 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(dim=1).mean()

    def distortion(self, z, x):
        """−log p(x|z), the mean over rows, at the best γ."""
        size = math.prod(self.shape)
        error = self.error(z, x) / size
        gamma = error.detach().clamp(min=LEAST_VARIANCE)
        return 0.5 * size * (error / gamma + torch.log(2 * math.pi * gamma))


def prior(model, n, generator):
    """(n, k) codes drawn from N(0, I), as the model's weights are stored."""
    codes = torch.randn(n, model.latent_dim, generator=generator, device=generator.device)
    return codes.to(next(model.parameters()))


def build(*, shape, latent_dim, seed, width=WIDTH):
    """An untrained network."""
    return seeded(seed, VAE, shape, latent_dim, width)
