"""What a scene shows, in words: for readers who do not see it."""

from collections.abc import Iterator

import numpy as np

from aeeval.report.figures.space import Arrays, components
from aeeval.report.figures.style import SAMPLERS, WORDS


def told(arrays: Arrays) -> str:
    """A paragraph with the numbers that the picture shows; lengths in units of the task's scale."""
    return " ".join(_sentences(arrays))


def _sentences(arrays: Arrays) -> Iterator[str]:
    known = list(components(arrays))
    if known:
        parts = "" if len(known) == 1 else f" in {len(known)} parts"
        dim = f" of dimension {int(arrays['dim'])}" if "dim" in arrays else ""
        yield f"The true manifold{dim}{parts} is drawn faintly."
    if "mesh" in arrays:
        held = float((arrays["mesh_trust"] >= 0.5).mean())
        what = "curve" if arrays["mesh"].ndim == 2 else "surface"
        yield f"Over it lies the learned {what} M, opaque where training codes hold it: {held:.0%} of what is drawn."
    else:
        yield "There is no learned surface: the codes do not vary."
    if "error" in arrays:
        yield f"{len(arrays['x'])} training rows and their reconstructions are {_spread(arrays['error'])} apart."
    if "beyond" in arrays:
        far = float(np.nanmax(arrays["beyond_distance"]))
        off = f"are reconstructed {_spread(arrays['beyond_error'])} off"
        yield f"{len(arrays['beyond'])} points beyond the support, up to {far:.3g} from it, {off}."
    names = [WORDS[name] for name in SAMPLERS if f"samples_{name}" in arrays]
    if names:
        yield f"Samples are drawn by: {'; '.join(names)}."
    yield "Lengths are in units of the scale of the data."


def _spread(errors: np.ndarray) -> str:
    """The median and the ninetieth percentile of lengths."""
    finite = errors[np.isfinite(errors)]
    if not len(finite):
        return "infinitely far"
    return f"{np.median(finite):.3g} (median; nine in ten at most {np.quantile(finite, 0.9):.3g})"
