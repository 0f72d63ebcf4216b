"""What theory says of samples: those of the model's own sampler, axis `sampler` = native."""

import math

from aeeval.metrics.base import Value
from tests.known_answers.again_sampling import AGAIN
from tests.known_answers.expect import Expectation, absent, between, exact, fair
from tests.known_answers.ground import WIDE, Ground
from tests.known_answers.models import SHRINK, displacement
from tests.known_answers.rules import Rule, constant


def pushed(g: Ground, v: Value) -> Expectation:
    """Every sample is as far off 𝓜 as it was pushed, its reach allowing."""
    length = displacement(g.data) / g.data.scale
    return between(0, length, "≤ δ", 1e-6) if g.is_union else exact(length, 1e-6, "δ")


def shrunk(g: Ground, _: Value) -> Expectation:
    """dist(c + .8 (m − c), 𝓜) ≤ .2 ‖m − c‖."""
    farthest = (g.data.test.clean - g.data.support.centroid).norm(dim=1).max().item()
    return between(0, 1.5 * (1 - SHRINK) * farthest / g.data.scale, "≤ (1 − .8) ‖m − c‖")


def fair_coin(g: Ground, v: Value) -> Expectation:
    """½ for whatever does not know the training rows; the sets, and the samples, are a draw."""
    error = WIDE * math.sqrt(0.25 / g.count.samples) + 2 * WIDE / math.sqrt(12 * g.count.rows)
    return exact(0.5, error, "½ ± chance")


def all_alike(metric: str) -> Rule:
    """Truth against truth: the number itself is computed again, and its p-value is one of those uniform together."""
    return lambda g, v: fair(AGAIN[metric](g, v))


def fair_and_free(g: Ground, v: Value) -> Expectation:
    """½ ± chance, with a p-value that is uniform."""
    return fair(fair_coin(g, v))


def shrunk_law(g: Ground, v: Value) -> Expectation:
    """W₂ of a law from itself shrunk about its mean is (1 − .8) sd on every line: (1 − .8)/√D over all directions.

    Within the distances of both samples from their laws, by the triangle inequality; these are about the null.
    """
    middle = (1 - SHRINK) / math.sqrt(g.data.ambient_dim)
    return between(0.5 * middle - 2.5 * v.null, 1.5 * middle + 2.5 * v.null, "(1 − .8)/√D ± null")


def shrunk_moments(g: Ground, v: Value) -> Expectation:
    """(1 − .8)² tr C / scale² = .04; its root is a distance, within those of both samples from their laws."""
    low, high = (1 - SHRINK + sign * 2.5 * math.sqrt(v.null) for sign in (-1, 1))
    return between(max(0.0, low) ** 2, high**2, "(1 − .8)² ± null")


def half_is_missing(g: Ground, v: Value) -> Expectation:
    """The total variation of a half is ½; in cells at most that, and what the finite sample adds."""
    return between(0, 0.5 + 2 * v.null, "≤ ½ + null")


def nearest_of_all(g: Ground, _: Value) -> Expectation:
    """U = 0: no copy is farther from the training rows than any fresh row; ties only make sd smaller."""
    n = g.count.samples
    return between(-math.inf, -0.95 * math.sqrt(3 * n * n / (2 * n + 1)), "U = 0")


def never_authentic(g: Ground, _: Value) -> Expectation:
    """0 less the share of fresh truth, which is 1 − p_d in the limit: .33 for d = 1 up to ½; rows are few here."""
    return between(-0.75, -0.2, "−(1 − p_d)")


def drawn_again(g: Ground, _: Value) -> Expectation:
    """n draws of N rows hold N (1 − (1 − 1/N)ⁿ) different ones; the sd of that is below .35 √N."""
    n, rows = g.count.samples, g.count.rows
    return exact(1 - rows * (1 - (1 - 1 / rows) ** n) / n, WIDE * 0.35 * math.sqrt(rows) / n, "birthdays")


def in_no_hole(g: Ground, _: Value) -> Expectation:
    """No number where there is no hole; else none of the mass, as the feet are in S."""
    return absent("no hole") if g.data.support.farthest == 0 else exact(0.0)


FAIR = ("sliced_wasserstein", "energy_distance", "mmd", "frechet", "precision", "recall", "density", "coverage")
ON_SUPPORT = ("perfect sampler", "copies", "half", "hidden copies", "off 𝓜")
THEORY: dict[str, dict[str, Rule]] = {
    **{metric: {"perfect sampler": all_alike(metric)} for metric in FAIR},
    "sliced_wasserstein": {"perfect sampler": all_alike("sliced_wasserstein"), "shrunken": shrunk_law},
    "frechet": {"perfect sampler": all_alike("frechet"), "shrunken": shrunk_moments},
    "chart_tv": {**dict.fromkeys(("perfect sampler", "off 𝓜"), all_alike("chart_tv")), "half": half_is_missing},
    "hole_mass": dict.fromkeys(ON_SUPPORT, in_no_hole),
    "z_u": {
        **dict.fromkeys(("perfect sampler", "off 𝓜"), all_alike("z_u")),
        **dict.fromkeys(("copies", "hidden copies"), nearest_of_all),
    },
    "authenticity": {
        **dict.fromkeys(("perfect sampler", "off 𝓜"), all_alike("authenticity")),
        **dict.fromkeys(("copies", "hidden copies"), never_authentic),
    },
    "repeated_samples": {
        **dict.fromkeys(("perfect sampler", "half", "shrunken", "off 𝓜", "hidden copies"), constant(0.0)),
        "copies": drawn_again,
    },
    "sample_distance": {
        **dict.fromkeys(("perfect sampler", "copies", "half"), constant(0.0, 1e-7)),
        **dict.fromkeys(("hidden copies", "off 𝓜"), pushed),
        "shrunken": shrunk,
    },
    "copying": {
        **dict.fromkeys(("copies", "hidden copies"), constant(1.0, 0.02)),
        **dict.fromkeys(("half", "shrunken", "off 𝓜"), fair_coin),
        "perfect sampler": fair_and_free,
    },
}
