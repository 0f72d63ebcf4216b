"""What theory says should move, written down before any number was looked at; where it is silent there is no entry.

A linear map knows neither the size nor the law of the noise: for `pca` only k moves what is read off its Jacobian.
Trained networks are held to the claim that a metric makes by its name: dimension moves with k alone, memorised noise
with the degrees of freedom for each row, copying with nothing, as a mixture of ten normals copies no row. A variational
autoencoder switches idle axes of its code off, so nothing moves beyond d.
"""

from collections.abc import Iterator

UP, DOWN, STILL = "up", "down", "still"
ON_JACOBIAN = "dimension_mismatch kept_dim excess_dim round_trip_dim"
OFF = "pass_through@delta=0.1"
SHOWN = (
    "fvu", "truth_error", "dimension_mismatch", "kept_dim", "excess_dim", "round_trip_dim", "tangent_error",
    "extrapolation_error", OFF, "tube_error@delta=0.1", "memorised_noise", "gap", "membership_auc",
    "sliced_wasserstein", "energy_distance", "sample_distance@q=0.5", "chart_tv", "hole_mass", "copying",
)  # fmt: skip
RIGID = f"fvu {ON_JACOBIAN} tangent_error extrapolation_error {OFF} tube_error@delta=0.1"
ALL = (
    f"{RIGID} truth_error gap membership_auc sliced_wasserstein energy_distance sample_distance@q=0.5 chart_tv copying"
)

_CLAIMS: dict[str, dict[str, dict[str, str]]] = {
    "identity": {
        "rows": {STILL: f"{RIGID} truth_error gap membership_auc copying"},
        "k to d": {STILL: ALL},
        "k past d": {STILL: ALL},
        "noise": {UP: "truth_error sample_distance@q=0.5", STILL: f"{RIGID} gap membership_auc copying"},
        "slope": {STILL: f"fvu {ON_JACOBIAN} {OFF} truth_error gap membership_auc copying"},
        "gap": {STILL: f"fvu {ON_JACOBIAN} {OFF} truth_error gap membership_auc copying"},
    },
    "memoriser": {
        "rows": {DOWN: "fvu truth_error gap", STILL: "memorised_noise copying"},
        "k to d": {STILL: f"{RIGID} truth_error memorised_noise gap membership_auc copying"},
        "k past d": {STILL: f"{RIGID} truth_error memorised_noise gap membership_auc copying"},
        "noise": {UP: "fvu truth_error", STILL: "memorised_noise copying"},
        "slope": {STILL: "memorised_noise copying"},
        "gap": {STILL: "memorised_noise copying"},
    },
    "pca": {
        "rows": {DOWN: "memorised_noise", STILL: f"{RIGID} truth_error copying"},
        "k to d": {
            UP: "kept_dim round_trip_dim memorised_noise",
            DOWN: "fvu dimension_mismatch tangent_error truth_error sliced_wasserstein energy_distance",
            STILL: "copying",
        },
        "k past d": {
            UP: f"excess_dim dimension_mismatch round_trip_dim {OFF} memorised_noise",
            DOWN: "fvu",
            STILL: "copying",
        },
        "noise": {UP: "truth_error", STILL: f"{RIGID} memorised_noise copying"},
        "slope": {STILL: "round_trip_dim memorised_noise copying"},
        "gap": {STILL: "round_trip_dim memorised_noise copying"},
    },
    "mlp": {
        "rows": {
            DOWN: "fvu truth_error memorised_noise gap membership_auc sliced_wasserstein",
            STILL: f"{ON_JACOBIAN} {OFF} copying",
        },
        "k to d": {
            UP: "kept_dim round_trip_dim",
            DOWN: "fvu dimension_mismatch tangent_error truth_error sliced_wasserstein energy_distance",
            STILL: "copying",
        },
        "k past d": {
            UP: f"excess_dim dimension_mismatch round_trip_dim {OFF} memorised_noise",
            STILL: "kept_dim copying",
        },
        "noise": {UP: "truth_error fvu", STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
        "slope": {STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
        "gap": {UP: "hole_mass chart_tv", STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
    },
    "vae": {
        "rows": {
            DOWN: "fvu truth_error memorised_noise gap membership_auc sliced_wasserstein",
            STILL: f"{ON_JACOBIAN} {OFF} copying",
        },
        "k to d": {
            UP: "kept_dim round_trip_dim",
            DOWN: "fvu dimension_mismatch tangent_error truth_error sliced_wasserstein energy_distance",
            STILL: "copying",
        },
        "k past d": {STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
        "noise": {UP: "truth_error fvu", STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
        "slope": {STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
        "gap": {UP: "hole_mass chart_tv", STILL: f"{ON_JACOBIAN} {OFF} memorised_noise copying"},
    },
}


def expected() -> dict[tuple[str, str, str], str]:
    """(model, cause, metric) -> up, down or still."""
    return dict(_claims())


def _claims() -> Iterator[tuple[tuple[str, str, str], str]]:
    for model, by_cause in _CLAIMS.items():
        for cause, by_move in by_cause.items():
            for move, metrics in by_move.items():
                yield from (((model, cause, metric), move) for metric in metrics.split())
