"""`irmae` with a search space: its number of linear layers (`aeeval run irmae_search --search 5`).

Without a search, and in the first trial of one, it is `irmae` itself, with 2 of them. The paper takes 2 to 8 (Jing,
Zbontar & LeCun 2020). The best on validation rows is evaluated; as depth costs error, that judge favours shallow ones.
"""

from irmae import DEPTH, IRMAE
from mlp import seeded

SEARCH = {"depth": [1, 2, 4, 8]}


def build(*, shape, latent_dim, seed, depth=DEPTH):
    """An untrained network."""
    return seeded(seed, IRMAE, shape, latent_dim, depth)
