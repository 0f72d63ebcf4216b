"""`mlp` with a search space: how wide its hidden layers are (`aeeval run mlp_search --search 8`).

Without a search, and in the first trial of one, it is `mlp` itself: 128 wide. Loss, data and budget are those of `mlp`
in every trial; the best on validation rows is evaluated.
"""

import math

from torch import nn

from mlp import MLP, WIDTH, seeded

SEARCH = {"width": {"low": 32, "high": 512, "log": True}}


def widened(model, width, seed, answers=None):
    """The same network with hidden layers of another width, drawn from the seed; itself at the width of `mlp`."""
    if width != WIDTH:
        size = math.prod(model.shape)
        model.encoder = seeded(seed, layers, size, answers or model.latent_dim, width)
        model.decoder = seeded(seed + 1, layers, model.latent_dim, size, width)
    return model


def layers(inputs, outputs, width):
    """inputs-width-width-outputs, as those of `mlp`."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
    )


def build(*, shape, latent_dim, seed, width=WIDTH):
    """An untrained network."""
    return widened(seeded(seed, MLP, shape, latent_dim), width, seed)
