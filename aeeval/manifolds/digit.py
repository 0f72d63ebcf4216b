"""The digit: a written four, moved, grown, turned, stretched and sheared, as pictures of any dimension up to 6."""

import math

import torch

from aeeval.errors import GeometryError, message
from aeeval.manifolds.affine import ANGLE, SCALE, SHEAR, STRETCH, AffineOrbit, Axis, Pattern, X, Y
from aeeval.manifolds.rendered import Rendered
from aeeval.manifolds.validate import integer, positive, real

LEAST_SIZE, ORDER, MOST_SCALE, MOST_LEAN = 32, 8, 1.2, 0.1
WIDTH = 2.08 / 32  # of a unit of the pattern, as a share of the picture
BLACK = 0.025  # of what lies around the digit
# Of orbits of dim 1 to 6, in units of the pattern: under the least of |y - x|² / (2 dist(y - x, T_x)) that searches
# have found, by 3 %, for dim 5 by 6 and for dim 6 by 7 %, as they came to less even ends there.
QUOTIENTS = (1.17, 0.96, 0.915, 0.324, 0.31, 0.28)
# Hermite coefficients of row 134 of scikit-learn's digits, see `digit`.
FOUR = (
    2.3518199499,
    -0.0319004142,
    0.0563476461,
    0.5556902760,
    0.1301299043,
    0.5188964790,
    0.0147752751,
    0.3123056600,
    0.1406072863,
    -0.0398454841,
    0.2872507270,
    0.0668879801,
    -0.3350303569,
    0.0120029984,
    0.1103740635,
    0.1636915779,
    0.1210554426,
    -0.0780766471,
    -0.1227359718,
    0.0201460026,
    0.0699392688,
    -0.0077481919,
    0.0790930997,
    0.0636678404,
    -0.0238456687,
    -0.0644346241,
    -0.0000510982,
    -0.0247372996,
    -0.0304488658,
    0.0020765422,
    0.0557573968,
    -0.0436789029,
    -0.0175526088,
    0.0198004876,
    -0.0102406877,
    -0.0161619675,
    -0.0235226007,
    0.0360779369,
    -0.0203235182,
    -0.0251910780,
    0.0268269691,
    -0.0013818184,
    0.0371718503,
    0.0114867497,
    -0.0518222458,
)


def digit(
    *, dim: int = 4, size: int = 32, half_width: float = 1.0, scale: float = 1.2, lean: float = 0.1, seed: int = 0
) -> Rendered:
    """A written four under 1 to 6 affine maps: place, scale, angle, stretch, shear; pictures in [0, 1].

    {Σ c_mn φ_m(q_1) φ_n(q_2)}, q = R(-θ) L⁻¹ (pixel - (x, y)) in units of 0.065 size, L = λ [[e^a, 0], [b, e^-a]];
    φ_m Hermite functions, m + n <= 8. The first `dim` of x, y, λ, θ, a, b vary: |x|, |y| <= half_width pixels,
    1 <= λ <= scale <= 1.2, any θ, |a|, |b| <= lean <= 0.1. c are those of row 134 of scikit-learn's digits, changed by
    5 % so that growth is at right angles to all else, and moves to each other: λ grows along geodesics at constant
    speed. Lengths are known up to 1e-7 of them, 1e-5 for dim >= 5, where corners lie near the edge of the picture.
    Volume in closed form but for an integral over θ. Reach of dim 1 to 6: 0.076, 0.062, 0.059, 0.021, 0.02, 0.018
    size, numerical lower bounds by a search over pairs of poses, not proofs. embedding_dim dim. Supports: from dim 3 on
    "small" (scale): λ <= scale, by default 60 % of the way; up to dim 3 "middle" (half_width=0.6 of it): |x|, |y| <=
    half_width. A picture has its own axes: `seed` turns nothing.
    Source: affine orbits of digits as in P. Y. Simard et al., Transformation invariance in pattern recognition, 1998;
    the digit is UCI's, E. Alpaydin and C. Kaynak, 1998.
    """
    del seed
    number, count = integer("dim", dim, 1), integer("size", size, LEAST_SIZE)
    if number > len(QUOTIENTS):
        raise GeometryError(message("dim in 1 to 6", str(dim), "there are six affine maps of the plane"))
    far, width = positive("half_width", half_width, high=count / 32), WIDTH * count
    most, lean = real("scale", scale, math.nextafter(1.0, 2.0), MOST_SCALE), positive("lean", lean, high=MOST_LEAN)
    steps = 2 + math.ceil(2 * far / (0.75 * width))
    axes = (
        Axis(X, -far, far, steps),
        Axis(Y, -far, far, steps),
        Axis(SCALE, 1.0, most, 2),
        Axis(ANGLE, -math.pi, math.pi, 25),
        Axis(STRETCH, -lean, lean, 2),
        Axis(SHEAR, -lean, lean, 2),
    )
    pattern = Pattern(torch.tensor(FOUR, dtype=torch.float64), ORDER, width)
    shape = AffineOrbit("digit", pattern, count, axes[:number], QUOTIENTS[number - 1] * width)
    return Rendered(shape, (1, count, count), torch.full((count**2,), BLACK, dtype=torch.float64))
