"""Infrared spectra of a fermentation, from the wheel of chemotools, which is not installed."""

import io
from collections.abc import Mapping

import numpy as np
import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.carried import fifths, first_of_each
from aeeval.datasets.resolver import resolve

LOWEST, HIGHEST = 950, 1500  # cm⁻¹

ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "fermentation": (
        Asset(
            "fermentation",
            "fermentation_spectra.csv",
            "31a68d3103f49728098056c4a145f4394a9d03e89df261792e5bdffef8fdb499",
            15_237_508,
            package="chemotools/datasets/data/fermentation_spectra.csv",
            wheel="chemotools==0.5.0",
        ),
    ),
}


def fermentation() -> Source:
    """1,627 mid-infrared spectra of an ethanol fermentation, 410 wavenumbers; from the wheel of chemotools.

    Shape (410,); 950 to 1500 cm⁻¹, where sugars and ethanol absorb: beyond it the detector's ends, up to 3,000 times
    larger, hold 99 % of the variance. Two repeated spectra are left out. Standardised by the training rows. One was
    measured every minute, neighbours in time are alike, and the shuffled split sets them on both sides: a test error
    says how well spectra of the same run are filled in; to hold out the last fifth of the run, `held_out = [4]`, asks
    for more. Licence MIT. Source: Cabaneros Lopez et al., Transforming data to information, Biotechnology and
    Bioengineering, 2020.
    """
    names, _, numbers = resolve(ASSETS["fermentation"][0]).decode().partition("\n")
    wavenumber = np.array(names.split(","), dtype=np.float64)
    spectra = np.loadtxt(io.StringIO(numbers), delimiter=",")
    spectra = spectra[:, (wavenumber >= LOWEST) & (wavenumber <= HIGHEST)]
    minute = first_of_each(spectra)
    return Source(
        rows=torch.from_numpy(spectra[minute]),
        origin="chemotools 0.5.0 fermentation_spectra.csv",
        licence="MIT",
        preprocessing=f"wavenumbers {LOWEST} to {HIGHEST} cm⁻¹; 2 repeated spectra left out",
        sha256=combined_sha256(ASSETS["fermentation"]),
        standardise=True,
        labels=fifths(minute),
        label="fifth of the run, 0 its beginning",
    )
