"""The photo patch: a piece of a photograph, softly cut out, at every place and angle, as pictures."""

import math

import torch

from aeeval.manifolds.affine import ANGLE, AffineOrbit, Axis, Pattern, X, Y
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.validate import integer, positive

LEAST_SIZE, ORDER = 32, 9
WIDTH = 2.1 / 32  # of a unit of the pattern, as a share of the picture
GREY = 0.57  # of what lies around the patch
QUOTIENT = (
    0.48  # in units of the pattern: the least of |y - x|² / (2 dist(y - x, T_x)) that a search has found is 0.4995
)
# Hermite coefficients of the luminance of scikit-learn's china.jpg, see `photo_patch`.
PATCH = (
    -0.1873161515,
    0.0034709021,
    0.8494593954,
    -0.5265926526,
    -0.1187640133,
    0.1182939292,
    -0.2858319043,
    0.3441510519,
    -0.0532044084,
    0.2789671357,
    0.1659109763,
    -0.0279056209,
    0.1215986498,
    0.0453799801,
    0.1047671722,
    -0.2262429840,
    0.1870870273,
    0.0723513645,
    0.2451581766,
    0.0628284358,
    0.2366736922,
    -0.0042825150,
    0.0994995424,
    0.0021274531,
    0.0082931340,
    0.0406817760,
    -0.0305524001,
    0.0535706142,
    -0.1096577252,
    0.0988636931,
    0.0237812409,
    0.1010446345,
    -0.0331407955,
    0.0319046639,
    -0.0480400614,
    0.0801214029,
    -0.0498550015,
    0.0478514229,
    0.0850185905,
    0.0166399357,
    0.0170261863,
    0.0055440053,
    0.0137807155,
    0.0124511649,
    0.0888882106,
    -0.0866716301,
    -0.0056008340,
    -0.0676150728,
    0.0468198824,
    -0.0679914586,
    0.0582045026,
    -0.0003100849,
    0.1108558649,
    0.0175133693,
    0.0962525340,
)


def photo_patch(*, size: int = 32, half_width: float = 2.0, seed: int = 0) -> Rendered:
    """A piece of a photograph, softly cut out, at every place and angle: pictures of true dimension 3, in [0, 1].

    {grey + Σ c_mn φ_m(q_1) φ_n(q_2) : |x|, |y| <= half_width pixels, any θ}, q = the pixel less (x, y), turned back by
    θ, in units of 0.066 size; φ_m Hermite functions, m + n <= 9. c are those of the photograph china.jpg of
    scikit-learn (a roof at column 320, row 150), where A = Σ ∇h ∇hᵀ is round and moves are at right angles to turns
    once the patch is shifted and stretched by 11 %: so the metric is flat, α (dx² + dy²) + η dθ², on which lengths are
    known, up to 1e-8 of them. Volume 8π half_width² α √η. Reach 0.031 size, a numerical lower bound by a search over
    pairs of poses, not a proof. embedding_dim 3. Support "middle" (half_width=0.6 of it): |x|, |y| <= half_width. A
    picture has its own axes: `seed` turns nothing.
    Source: the factors are those of patches in P. Y. Simard et al., Transformation invariance in pattern recognition,
    1998; the photograph as credited by scikit-learn's load_sample_images.
    """
    del seed
    count = integer("size", size, LEAST_SIZE)
    far, width = positive("half_width", half_width, high=count / 16), WIDTH * count
    pattern = Pattern(torch.tensor(PATCH, dtype=torch.float64), ORDER, width)
    steps = 2 + math.ceil(2 * far / (0.75 * width))
    axes = (Axis(X, -far, far, steps), Axis(Y, -far, far, steps), Axis(ANGLE, -math.pi, math.pi, 29))
    shape = AffineOrbit("photo-patch", pattern, count, axes, QUOTIENT * width)
    return Rendered(shape, (1, count, count), torch.full((count**2,), GREY, dtype=torch.float64))
