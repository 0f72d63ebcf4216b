"""How many dimensions a model keeps: VAEs, implicit rank, and what a decoder's rank says."""

import torch

from aeeval.bundled import resolve
from aeeval.submissions.objects import from_object
from aeeval.submissions.python_file import import_file
from tests.findings.measure import board, fitted, ground, joined, numbers, rank_of_codes
from tests.findings.record import Claim, Finding, Numbers, Size

DIMS = (1, 2, 4)
WIDE = 10
DEPTHS = (0, 2, 4, 8)


def _graph(size: Size, dim: int, k: int):
    params = {"dim": dim, "ambient_dim": 20}
    return ground(f"graph{dim}", size, k, manifold="graph", params=params, support="box", noise=0.02)


def active(size: Size) -> list[dict[str, float]]:
    """Axes that the VAE's posterior uses, and the rank of an autoencoder's codes, at k = 10."""
    rows: list[dict[str, float]] = [{} for _ in range(size.seeds)]
    for dim in DIMS:
        where = _graph(size, dim, WIDE)
        for seed, fit in fitted(where, "vae", size).items():
            vae, test = fit.model.adapted.raw, where.datasets[seed].test.x
            with torch.no_grad():
                variance = vae.posterior(fit.model.torch_rows(test))[1].exp().mean(dim=0)
            rows[seed][f"vae d={dim}"] = float((variance < 0.5).sum())
        for seed, fit in fitted(where, "mlp", size).items():
            rows[seed][f"mlp d={dim}"] = float(rank_of_codes(fit.model.encode(where.datasets[seed].test.clean)))
    return rows


def _counts(model: str, dim: int):
    return lambda n: n[f"{model} d={dim}"] - dim


ACTIVE = Finding(
    name="active-dimensions",
    title="A VAE that learns its variance keeps d dimensions, a plain autoencoder does not",
    source="Dai and Wipf, Diagnosing and enhancing VAE models, ICLR 2019; Zheng et al. 2022",
    setting="graphs of dimension 1, 2 and 4 in R^20 (noise .02 of scale), codes of length 10; VAE: axes of the code "
    "whose mean posterior variance is below .5; autoencoder: singular values of its codes above 1 % of the largest",
    measure=active,
    claims=(
        *(Claim(f"d = {dim}: the VAE's axes are d, within a half", _counts("vae", dim), within=0.5) for dim in DIMS),
        *(
            Claim(
                f"d = {dim}: the codes of the autoencoder have more than d + ½",
                lambda n, d=dim: n[f"mlp d={d}"] - d - 0.5,
            )
            for dim in DIMS
        ),
    ),
    full=Size(5, 4000, 4000),
    small=Size(2, 500, 400),
)


def _irmae(depth: int):
    module, _ = import_file(resolve("baselines", "irmae"))

    def build(*, shape, latent_dim, seed):
        return module.seeded(seed, module.IRMAE, shape, latent_dim, depth)

    return from_object(build, name=f"irmae-{depth}")


def implicit_rank(size: Size) -> list[dict[str, float]]:
    """Rank of the codes and error of the sheet, by the number of linear layers."""
    rows: list[dict[str, float]] = [{} for _ in range(size.seeds)]
    where = _graph(size, 2, WIDE)
    for depth in DEPTHS:
        for seed, fit in fitted(where, _irmae(depth), size).items():
            own = numbers(where, seed, fit, ("fvu", "round_trip_dim", "decoder_rank"))
            own["rank"] = float(rank_of_codes(fit.model.encode(where.datasets[seed].test.clean)))
            rows[seed] |= {f"{name} l={depth}": value for name, value in own.items()}
    return rows


IRMAE = Finding(
    name="implicit-rank",
    title="The rank of IRMAE falls with its depth, at a price in error",
    source="Jing, Zbontar and LeCun, Implicit rank-minimizing autoencoder, NeurIPS 2020",
    setting="the graph of dimension 2 in R^20 (noise .02), codes of length 10, l = 0, 2, 4, 8 square matrices "
    "after the encoder; rank: singular values of the codes above 1 % of the largest",
    measure=implicit_rank,
    claims=(
        *(
            Claim(f"rank at l = {a} above that at l = {b}", lambda n, a=a, b=b: n[f"rank l={a}"] - n[f"rank l={b}"])
            for a, b in ((0, 2), (2, 4), (4, 8), (0, 8))
        ),
        *(
            Claim(
                f"error (fvu) at l = {b} above that at l = 0, as a logarithm of the ratio",
                lambda n, b=b: torch.tensor(n[f"fvu l={b}"] / n["fvu l=0"]).log().item(),
            )
            for b in (4, 8)
        ),
        Claim(
            "the rank of the decoder's Jacobian stays at k for l = 8 too", lambda n: n["decoder_rank l=8"] - WIDE, 0.5
        ),
    ),
    full=Size(5, 3000, 2000),
    small=Size(2, 400, 400),
    remark="From l = 4 on the codes have rank 2, the d of the data. The error is a sixth higher then, less than "
    "seeds differ by: no price is shown. decoder_rank weighs the Jacobian by the spread of the codes, so it follows "
    "them, to 2.9 at l = 8: that it would stay at k was our own claim.",
)

PLAIN = ("mlp", "rae_l2", "denoising", "sparse")
K = 6


def decoder_rank(size: Size) -> list[dict[str, float]]:
    """Four readings of dimension at k = 6, of plain autoencoders, PCA and two VAEs."""
    metrics = ("decoder_rank", "kept_dim", "excess_dim", "round_trip_dim")
    models = {name: name for name in ("pca", *PLAIN, "vae", "irmae")}
    parts = []
    for dim in DIMS:
        part = board(_graph(size, dim, K), models, size, metrics)
        parts.append([{f"{key} d={dim}": value for key, value in row.items()} for row in part])
    return joined(*parts)


def _mean(n: Numbers, metric: str, dim: int) -> float:
    return sum(n[f"{metric} {model} d={dim}"] for model in PLAIN) / len(PLAIN)


RANK = Finding(
    name="decoder-rank",
    title="The rank of a plain decoder is k whatever d is; the round trip knows better",
    source="ours; that M has the dimension of the code is said by Crane",
    setting="graphs of dimension 1, 2 and 4 in R^20 (noise .02), codes of length 6; mlp, rae_l2, denoising and sparse; "
    "beside them pca, vae and irmae (no claim)",
    measure=decoder_rank,
    claims=(
        *(
            Claim(
                f"decoder_rank of {model} is k at d = {dim}, within .1",
                lambda n, m=model, d=dim: n[f"decoder_rank {m} d={d}"] - K,
                0.1,
            )
            for model in PLAIN
            for dim in DIMS
        ),
        *(
            Claim(
                f"kept_dim is d at d = {dim}, within .1 (mean of the four)",
                lambda n, d=dim: _mean(n, "kept_dim", d) - d,
                0.1,
            )
            for dim in DIMS
        ),
        Claim(
            "round_trip_dim grows from d = 1 to d = 2",
            lambda n: _mean(n, "round_trip_dim", 2) - _mean(n, "round_trip_dim", 1),
        ),
        Claim(
            "round_trip_dim grows from d = 2 to d = 4",
            lambda n: _mean(n, "round_trip_dim", 4) - _mean(n, "round_trip_dim", 2),
        ),
        *(
            Claim(
                f"excess_dim is above 0 at d = {dim}: M adds directions off 𝓜",
                lambda n, d=dim: _mean(n, "excess_dim", d),
            )
            for dim in DIMS
        ),
        *(
            Claim(
                f"round_trip_dim is below k by more than ½ at d = {dim}",
                lambda n, d=dim: K - 0.5 - _mean(n, "round_trip_dim", d),
            )
            for dim in DIMS
        ),
        *(
            Claim(f"excess_dim of the VAE is below ½ at d = {dim}", lambda n, d=dim: 0.5 - n[f"excess_dim vae d={d}"])
            for dim in DIMS
        ),
    ),
    full=Size(5, 2000, 1000),
    small=Size(2, 200, 300),
    remark="The rank is the k of the decoder on surfaces of dimension 2 and 4, and does not tell them apart. On a "
    "curve it is 3.3 (`rae_l2`) to 6 (`sparse`): some singular values of J_g Σ_z^½ are below 1e-4 of the largest. "
    "kept_dim reads d, or at d = 4 a little less, 3.80 (`denoising`) to 3.93 (`mlp`); excess_dim is "
    "what M has beside it, least for the VAE; and round_trip_dim is about their sum, neither k nor d.",
)
