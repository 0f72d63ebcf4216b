"""What every metric says of itself under every change: nothing happens to its number, or what does, and why.

A metric that is named nowhere claims that its value, standard error, null and p stay as they are.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from aeeval.metrics.base import Axis, Value

ROUNDING = 1e-9  # float64, after sums of some thousand terms
WIDE = 4.5  # standard deviations that a right number may be away: 7e-6 a number, of some hundreds
CODE_SAMPLERS = ("prior", "gauss", "gmm10")


class Claim(ABC):
    """What happens to a number."""

    why: str

    @abstractmethod
    def broken(self, before: Value, after: Value, change: float) -> str | None:
        """What is wrong, if anything, with the number after a change of that size."""


@dataclass(frozen=True)
class Same(Claim):
    """Nothing, but for rounding of so much, absolute for numbers below 1; of the named parts."""

    why: str = "it does not see the change"
    rounding: float = ROUNDING
    parts: tuple[str, ...] = ("value", "stderr", "null", "p")

    def broken(self, before: Value, after: Value, change: float) -> str | None:
        for part in self.parts:
            old, new = getattr(before, part), getattr(after, part)
            if (old is None) != (new is None):
                return f"{part} was {old}, is {new}"
            if old is not None and not abs(new - old) <= self.rounding * max(1.0, abs(old)):
                return f"{part} was {old!r}, is {new!r}"
        return None


@dataclass(frozen=True)
class Redrawn(Claim):
    """Its random directions are others: the value is a draw of the same law, of this standard deviation."""

    why: str
    sd: Callable[[Value], float]

    def broken(self, before: Value, after: Value, change: float) -> str | None:
        if before.value is None or after.value is None:
            return None if before.value is after.value else f"was {before.value}, is {after.value}"
        far = WIDE * math.sqrt(2) * self.sd(before)
        return None if abs(after.value - before.value) <= far else f"was {before.value}, is {after.value}, sd by {far}"


@dataclass(frozen=True)
class Becomes(Claim):
    """Its value follows the change by a formula."""

    why: str
    formula: Callable[[float, float], float]

    def broken(self, before: Value, after: Value, change: float) -> str | None:
        expected = None if before.value is None else self.formula(before.value, change)
        return Same(parts=("value",)).broken(Value(expected), after, change)


@dataclass(frozen=True)
class Other(Claim):
    """It is another number: that it is, is tested too, for a claim that is too weak is one as well."""

    why: str

    def broken(self, before: Value, after: Value, change: float) -> str | None:
        return None


def relative(share: float) -> Callable[[Value], float]:
    return lambda value: share * abs(value.value or 0.0)


DRAWN = Other("these codes are drawn by a law of the codes, which is another law by other names")
PCA = Redrawn("local principal values are taken at 50 random rows", lambda v: v.stderr or 0.0)
TANGENTS = Same("secants of step s err by s² J‴, which depends on the axes that they are taken along", 1e-3)

CORRUPTED = ("shift_error", "corruption_error", "corruption_passed")


def _corrupted(claim: Claim, *corruptions: str) -> dict[str, Claim]:
    return {f"{metric}/{name}": claim for metric in CORRUPTED for name in corruptions}


# change -> metric -> claim; `estimated_dim` by its estimator and `shift_error` by its corruption where named so
CLAIMS: Mapping[str, Mapping[str, Claim]] = {
    "motion": {
        # standard deviations measured over 60 motions of each scene, the largest
        "sliced_wasserstein": Redrawn("128 random directions", relative(0.05)),
        "tube_error": Redrawn("one random normal a row", relative(0.025)),
        "pass_through": Redrawn("one random normal a row", relative(0.045)),
        "memorised_noise": Redrawn("ghosts are drawn in R^D: 99 sets", lambda v: (v.stderr or 0.0) / math.sqrt(99)),
        "gradient_gap": Same("random directions; s² of the slope", 1e-3, ("value",)),
        "round_trip_dim": TANGENTS,
        "estimated_dim/local_pca": PCA,
        "ssim": Other("pixels have places and neighbours"),
        **dict.fromkeys(CORRUPTED, Other("columns and pixels are what is changed")),
    },
    "units": {
        "psnr": Becomes("the peak is 1 whatever the unit", lambda value, factor: value - 20 * math.log10(factor)),
        "ssim": Other("its constants are those of pictures in [0, 1]"),
        **_corrupted(Other("levels of grey are in [0, 1]"), "brightness", "noise"),
    },
    "order": {
        "tube_error": Redrawn("one random normal a row", relative(0.025)),
        "pass_through": Redrawn("one random normal a row", relative(0.045)),
        "memorised_noise": Redrawn("ghosts are drawn row by row", lambda v: (v.stderr or 0.0) / math.sqrt(99)),
        "gradient_gap": Same("random directions; s² of the slope", 1e-3, ("value",)),
        "copying": Same("on real data its p is the rank among random splits", parts=("value", "stderr", "null")),
        "reliability": Same("its p is the rank among 999 permutations", parts=("value", "null")),
        "estimated_dim/local_pca": PCA,
        **_corrupted(Redrawn("drawn row by row", relative(0.05)), "translation", "noise", "occlusion"),
        **_corrupted(Redrawn("drawn row by row", relative(0.05)), "jitter", "missing"),
    },
    "codes": {
        "cycle": Other("it is about codes, over their spread"),
        "sampled_cycle": Other("it is about codes, over their spread"),
        "sampled_idempotence": DRAWN,
        "spectrum_count": Other("J_g is measured by the standard deviations of codes"),
        "code_tail": Other("the tail of codes is what it is about"),
        "code_drift": Other("it walks along the axes of Σ_z"),
        "zero_distances": Same(),
        "repeated_samples": Same(),
    },
    "batches": {},
    "digits": {
        "gradient_gap": Same("rounding of x̂ over the step, relative to the slope", 2e-3),
        "round_trip_dim": Same("rounding of x̂ over the step: D u |x| / s = 64 · 6e-8 · 4 / .01", 2e-3),
    },
}
SAMPLED: Mapping[str, Claim] = {"codes": DRAWN}  # of all numbers at a sampler of codes
ELSE: Mapping[str, Claim] = {"digits": Same("single precision, u = 6e-8 and |x| of a few scales", 1e-5)}


def claim_of(change: str, metric: str, axes: Mapping[str, Axis]) -> Claim:
    """The claim of a number at its axes."""
    named = CLAIMS[change]
    for name in (f"{metric}/{axes.get('estimator')}", f"{metric}/{axes.get('corruption')}", metric):
        if name in named:
            return named[name]
    if change in SAMPLED and axes.get("sampler") in CODE_SAMPLERS:
        return SAMPLED[change]
    return ELSE.get(change, Same())


def complaints(change: str, metric: str, before: list[Value], after: list[Value], size: float = 1.0) -> Iterator[str]:
    """What is wrong with the numbers of a metric after a change; the same axes must be there, with or without one."""
    old, new = ({tuple(v.axes.items()): v for v in values} for values in (before, after))
    if old.keys() != new.keys():
        yield f"{metric}: axes {sorted(map(str, old.keys() ^ new.keys()))} are not on both sides"
        return
    for axes, was in old.items():
        claim = claim_of(change, metric, was.axes)
        fault = claim.broken(was, new[axes], size)
        if fault:
            yield f"{metric} {dict(axes)}: {fault}; claims: {claim.why}"


def vacuous(change: str, metric: str, before: list[Value], after: list[Value]) -> bool:
    """Whether a metric claims to be another number after the change, and none of its numbers is (0 may well stay 0)."""
    pairs = [(a.value, b.value) for a, b in zip(before, after, strict=True)]
    claims = [claim_of(change, metric, value.axes) for value in before]
    excused = [pair for pair, claim in zip(pairs, claims, strict=True) if isinstance(claim, Other)]
    known = [(a, b) for a, b in excused if a is not None and b is not None]
    return any(a or b for a, b in known) and all(abs(a - b) < 1e-6 for a, b in known)
