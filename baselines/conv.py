"""A convolutional autoencoder of images (Masci et al. 2011; the layout of DCGAN, Radford et al. 2016).

Encoder: two 3×3 convolutions with stride 2, to 16 and 32 channels, then a linear layer to k; decoder: its mirror image,
nearest-neighbour upsampling before each convolution in place of transposed ones, which leave a checkerboard (Odena et
al. 2016). SiLU between the layers. Trained by the harness on mean ‖g(f(x)) − x‖². It takes images of any size.
"""

from torch import nn

from mlp import seeded

CHANNELS = (16, 32)
ACCEPTS = "image"


class Conv(nn.Module):
    """Each convolution halves the picture, rounding up; each upsampling goes back to that size."""

    def __init__(self, shape, latent_dim):
        super().__init__()
        depth, *full = shape
        half, quarter = [-(-side // 2) for side in full], [-(-side // 4) for side in full]
        first, second = CHANNELS
        flat = second * quarter[0] * quarter[1]
        self.encoder = nn.Sequential(
            *(nn.Conv2d(depth, first, 3, stride=2, padding=1), nn.SiLU()),
            *(nn.Conv2d(first, second, 3, stride=2, padding=1), nn.SiLU()),
            *(nn.Flatten(), nn.Linear(flat, latent_dim)),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(latent_dim, flat), nn.SiLU(), nn.Unflatten(1, (second, *quarter))),
            *(nn.Upsample(tuple(half)), nn.Conv2d(second, first, 3, padding=1), nn.SiLU()),
            *(nn.Upsample(tuple(full)), nn.Conv2d(first, depth, 3, padding=1)),
        )
        for layer in (*self.encoder, *self.decoder):
            if hasattr(layer, "weight"):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)


def build(*, shape, latent_dim, seed):
    """An untrained network."""
    return seeded(seed, Conv, shape, latent_dim)
