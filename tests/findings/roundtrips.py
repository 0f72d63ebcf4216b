"""What a round trip leaves behind: beyond the rows, and of their noise."""

import math

import numpy as np

from tests.findings.measure import board, ground, joined
from tests.findings.record import Claim, Finding, Numbers, Size

AUTOENCODERS = ("mlp", "vae", "irmae", "rae_gp", "contractive")


def roll(size: Size) -> list[dict[str, float]]:
    """Error inside the support and in the farthest bin beyond it."""
    where = ground(
        "roll", size, 2, manifold="swiss-roll", params={"ambient_dim": 10}, support="box", noise=0.02, beyond=1000
    )
    rows = board(where, {name: name for name in ("pca", *AUTOENCODERS)}, size, ("fvu", "along_error"))
    return [_ends(row) for row in rows]


def _ends(row: dict[str, float]) -> dict[str, float]:
    kept = {key: value for key, value in row.items() if key.startswith("fvu")}
    for model in ("pca", *AUTOENCODERS):
        bins = {
            float(key.split()[1].removeprefix("bin=")): v
            for key, v in row.items()
            if key.endswith(f" {model}") and "bin=" in key
        }
        kept[f"far {model}"], kept[f"near {model}"] = bins[max(bins)], bins[min(bins)]
    return kept


ROLL = Finding(
    name="roll",
    title="On the roll every autoencoder beats PCA inside the support, and loses far outside",
    source="ours, seen before on one seed",
    setting="the Swiss roll in R^10 (noise .02), k = 2; error in units of scale; `near` and `far`: the bins nearest "
    "to the support and farthest from it along the roll (half a bin and L less half a bin, L = min(scale, farthest))",
    measure=roll,
    claims=(
        *(
            Claim(f"{m} beats PCA inside: log ratio of fvu", lambda n, m=m: math.log(n["fvu pca"] / n[f"fvu {m}"]))
            for m in AUTOENCODERS
        ),
        *(
            Claim(
                f"{m} loses to PCA in the farthest bin: log ratio of the error",
                lambda n, m=m: math.log(n[f"far {m}"] / n["far pca"]),
            )
            for m in AUTOENCODERS
        ),
    ),
    full=Size(5, 2000, 1000),
    small=Size(2, 400, 400),
)

ROWS = (100, 200, 400, 800, 1600)


def memorised(size: Size) -> list[dict[str, float]]:
    """memorised_noise by the number of training rows."""
    parts = []
    for rows in [n for n in ROWS if n <= size.rows]:
        where = ground(
            f"cap-{rows}",
            Size(size.seeds, size.steps, rows),
            2,
            manifold="sphere",
            params={"dim": 2, "ambient_dim": 20},
            support="cap",
            noise=0.05,
        )
        part = board(where, {"mlp": "mlp", "pca": "pca"}, size, ("memorised_noise",))
        parts.append([{f"{key} n={rows}": value for key, value in row.items()} for row in part])
    return joined(*parts)


def _slope(n: Numbers, model: str) -> float:
    """Slope of log memorised_noise over log n; numbers at or below 0 are within the noise of 0 and left out."""
    points = [(int(key.rpartition("=")[2]), value) for key, value in n.items() if f" {model} " in key and value > 0]
    return float(np.polyfit(*np.log(np.array(points).T), 1)[0])


def _last(n: Numbers, model: str) -> float:
    rows = max(int(key.rpartition("=")[2]) for key in n)
    return n[f"memorised_noise {model} n={rows}"]


MEMORISED = Finding(
    name="memorised-noise",
    title="The noise that is memorised falls to 0 with n, like degrees of freedom over n",
    source="Efron, The estimation of prediction error, JASA 2004, for the degrees of freedom; ours for autoencoders",
    setting="the cap of S² in R^20 (noise .05), k = 2, n = 100 to 1600 training rows, early stopping on "
    "200 validation rows",
    measure=memorised,
    claims=(
        Claim(
            "PCA: the slope of log memorised_noise over log n is −1, within .25", lambda n: _slope(n, "pca") + 1, 0.25
        ),
        Claim("mlp: the slope is below −½", lambda n: -0.5 - _slope(n, "mlp")),
        Claim("mlp: the slope is −1, within .25", lambda n: _slope(n, "mlp") + 1, 0.25),
        Claim(
            "mlp: at the largest n less than a twentieth of the noise is memorised", lambda n: 0.05 - _last(n, "mlp")
        ),
    ),
    full=Size(5, 1500, 1600),
    small=Size(3, 200, 400),
    remark="PCA's number at many rows is smaller than its own noise; what comes out at or below 0 has no logarithm and "
    "is left out, which bends its line upwards.",
)
