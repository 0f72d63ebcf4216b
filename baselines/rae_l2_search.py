"""`rae_l2` with a search space: the weights of its two penalties (`aeeval run rae_l2_search --search 8`).

    mean ‖g(f(x)) − x‖² + β/2 mean ‖f(x)‖² + λ ‖weights of g‖²,    β in [1e-5, 1e-2], λ in [1e-7, 1e-3], log-uniform.

Without a search, and in the first trial of one, it is `rae_l2` itself: β = 1e-3, λ = 1e-4 (Ghosh et al. 2020, whose
own numbers lie in these ranges). The best on validation rows is evaluated.
"""

from mlp import seeded
from rae_l2 import BETA, LAMBDA, RAE

SEARCH = {
    "beta": {"low": 1e-5, "high": 1e-2, "log": True},
    "strength": {"low": 1e-7, "high": 1e-3, "log": True},
}


class WeighedRAE(RAE):
    """`RAE` with both weights its own."""

    def __init__(self, shape, latent_dim, beta, strength):
        super().__init__(shape, latent_dim)
        self.beta, self.strength = beta, strength

    def loss(self, x):
        z = self.encode(x)
        return self.error(z, x) + 0.5 * self.beta * z.square().sum(dim=1).mean() + self.strength * self.penalty(z)


def build(*, shape, latent_dim, seed, beta=BETA, strength=LAMBDA):
    """An untrained network."""
    return seeded(seed, WeighedRAE, shape, latent_dim, beta, strength)
