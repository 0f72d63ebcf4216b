"""A suite that runs in a second or two, and submissions that behave well, oddly or badly."""

from pathlib import Path

SUITE = """
name = "tiny"
seeds = 2
samplers = ["native", "gmm10"]
budget = { steps = 20, batch = 32, wall_s = 20 }
counts = { samples = 50, probe_rows = 8 }
throughput = { tasks = ["cap"], batches = [1], min_time_s = 0.001 }

[[task]]
id = "cap"
manifold = "sphere"
params = { dim = 2, ambient_dim = 6 }
support = "cap"
noise = 0.05
rows = { train = 60, val = 20, test = 60, beyond = 60 }
latent_dims = [2]

[[task]]
id = "digits"
dataset = "digits"
rows = { train = 60, val = 20, test = 60 }
latent_dims = [3]
"""

LINEAR = """
import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, size, k):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(size, k), nn.Linear(k, size)

    def encode(self, x):
        self.shape = x.shape[1:]
        return self.encoder(x.flatten(1))

    def decode(self, z):
        return self.decoder(z).reshape(-1, *self.shape_)

{extra}

def build(*, shape, latent_dim, seed):
    torch.manual_seed(seed)
    model = Linear(torch.Size(shape).numel(), latent_dim)
    model.shape_ = shape
    return model
"""


def write_suite(folder: Path, text: str = SUITE) -> str:
    path = folder / "tiny.toml"
    path.write_text(text)
    return str(path)


def write_submission(folder: Path, name: str = "mine", extra: str = "", text: str = LINEAR) -> str:
    """A linear autoencoder; `extra` are further methods of its class, indented."""
    path = folder / f"{name}.py"
    path.write_text(text.replace("{extra}", extra))
    return str(path)
