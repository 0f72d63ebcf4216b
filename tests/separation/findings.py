"""What is known of the places where numbers and theory part, and what the card of the metric says of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Why a number does not do what theory said, and the words on its card; none where the theory was at fault."""

    words: str
    on_card: str = ""


_ASKED = Finding(
    "By its definition only min(k, d) directions are asked for: one lost of one is less than two lost of two.",
    "only min(k, d) directions are asked for",
)
_TAUGHT = Finding(
    "A trained encoder learns from rows and noise which directions to ignore: a fact of training, not of k alone.",
    "it falls with the rows and with their noise",
)
_LEANS = Finding(
    "The mixture itself leans to the codes it was fitted to where they are few: .53 to .54 at the base point, where it "
    "has 59 parameters for 400 codes, .51 at 1,600 rows; why less so with longer codes is not shown.",
    "leans to codes that are few",
)
_FREEDOM = Finding(
    "PCA gains an axis of noise with each k; the network, after so few steps, was not seen to use them for noise.",
    "need not grow with k",
)
_THIRD = Finding(
    "The number is right and the theory of the model was not: the roll spans three directions, and after so few steps "
    "the network takes a third axis of its code instead of unrolling."
)
FINDINGS: dict[tuple[str, str], Finding] = {
    ("dimension_mismatch", "k to d"): _ASKED,
    **{("pass_through@delta=0.1", cause): _TAUGHT for cause in ("rows", "noise", "slope", "gap", "k past d")},
    **{("copying", cause): _LEANS for cause in ("rows", "k to d", "k past d", "noise", "slope", "gap")},
    **{(metric, "k past d"): _THIRD for metric in ("dimension_mismatch", "excess_dim", "kept_dim", "round_trip_dim")},
    ("memorised_noise", "k past d"): _FREEDOM,
}
