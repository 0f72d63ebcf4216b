"""`vae` with a search space: how wide its hidden layers are (`aeeval run vae_search --search 8`).

Without a search, and in the first trial of one, it is `vae` itself: 128 wide. Its own number of the loss, the variance
of the decoder, is learned and not searched for. The best on validation rows is evaluated.
"""

from mlp import WIDTH, seeded
from mlp_search import widened
from vae import VAE

SEARCH = {"width": {"low": 32, "high": 512, "log": True}}


def build(*, shape, latent_dim, seed, width=WIDTH):
    """An untrained network."""
    return widened(seeded(seed, VAE, shape, latent_dim), width, seed, answers=2 * latent_dim)
