"""Tables of measurements: every column in its own unit, hence standardised by the training rows."""

import io
from collections.abc import Mapping

import numpy as np
import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.carried import rows_sha256
from aeeval.datasets.resolver import resolve

ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "shuttle": (
        Asset(
            "shuttle",
            "shuttle.csv",
            "8bee3239f80b6549cbf0bc69c07bdcad8bb33fb968329c0678328a8ca971784b",
            1_346_412,
            package="river/datasets/shuttle.csv",
            wheel="river==0.26.1",
        ),
    ),
}


def breast_cancer() -> Source:
    """569 cell nuclei of breast tissue, 30 measurements of shape; carried by scikit-learn, no download.

    Shape (30,); standardised by the training rows; the diagnosis is left out. Licence CC BY 4.0.
    Source: Wolberg, Mangasarian, Street and Street, Breast Cancer Wisconsin (Diagnostic), UCI 1995.
    """
    from sklearn.datasets import load_breast_cancer

    carried = load_breast_cancer()
    rows = carried.data
    return Source(
        rows=torch.from_numpy(rows),
        origin="scikit-learn load_breast_cancer (UCI Breast Cancer Wisconsin, Diagnostic)",
        licence="CC BY 4.0",
        preprocessing="the diagnosis left out",
        sha256=rows_sha256(rows),
        standardise=True,
        labels=torch.from_numpy(carried.target),
        label="diagnosis: 0 malignant, 1 benign",
    )


def shuttle() -> Source:
    """49,097 readings of 9 sensors of a space shuttle, 7 % of them anomalous; from the wheel of river.

    Shape (9,); standardised by the training rows; the label is left out. A few readings lie a hundred deviations away:
    they are in the data. Licence CC BY 4.0. Source: Statlog (Shuttle), UCI, as the anomaly benchmark of ODDS, which
    leaves out its second largest class.
    """
    table = np.loadtxt(io.BytesIO(resolve(ASSETS["shuttle"][0])), delimiter=",", skiprows=1)
    return Source(
        rows=torch.from_numpy(table[:, :-1]),
        origin="river 0.26.1 shuttle.csv (UCI Statlog Shuttle as in ODDS)",
        licence="CC BY 4.0",
        preprocessing="the label left out",
        sha256=combined_sha256(ASSETS["shuttle"]),
        standardise=True,
        labels=torch.from_numpy(table[:, -1]).long(),
        label="0 normal, 1 anomalous",
    )
