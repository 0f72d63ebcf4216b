"""Time series and spectra from files in the .ts format of the UCR archive, read from wheels that are not installed."""

from collections.abc import Mapping

import numpy as np
import torch

from aeeval.datasets.asset import Asset, combined_sha256
from aeeval.datasets.base import Source
from aeeval.datasets.carried import fifths, first_of_each
from aeeval.datasets.resolver import resolve
from aeeval.errors import DataError, message


def _file(dataset: str, wheel: str, name: str, sha256: str, size: int) -> Asset:
    package = wheel.partition("==")[0]
    folder = name.rpartition("_")[0]
    return Asset(dataset, name, sha256, size, package=f"{package}/datasets/data/{folder}/{name}", wheel=wheel)


_AEON, _SKTIME = "aeon==1.6.0", "sktime==1.2.0"
# file -> (sha256, size)
_ITALY = {
    "ItalyPowerDemand_TRAIN.ts": ("341269cb7e6cef96846b30e774580beec79addb93848ba360145219115a74b7c", 18_300),
    "ItalyPowerDemand_TEST.ts": ("26122451f87dd0387ef90b18bc8a86c041371b8a1c068004922b939971247144", 274_054),
}
_GUN_POINT = {
    "GunPoint_TRAIN.ts": ("f842401779fd9800d247d8b33121a1a4643710a19b24917dbdd9a060ca8630d5", 84_188),
    "GunPoint_TEST.ts": ("79332750788a6227b325b96bd0d70130c8eb707b9731f8d7dec62b7a7d36017e", 252_305),
}
_TECATOR = {
    "Tecator_TRAIN.ts": ("e38de03007d2d6f29181b07a972fb2048c19ea67fe92df8cf43818f1dcb45f95", 137_455),
    "Tecator_TEST.ts": ("3d06319c07274e6236d4b4d39e2d2a31e172a8a86510ab72ff50724463a22698", 34_978),
}
ASSETS: Mapping[str, tuple[Asset, ...]] = {
    "italy-power": tuple(_file("italy-power", _AEON, name, *known) for name, known in _ITALY.items()),
    "gun-point": tuple(_file("gun-point", _AEON, name, *known) for name, known in _GUN_POINT.items()),
    "tecator": tuple(_file("tecator", _SKTIME, name, *known) for name, known in _TECATOR.items()),
}


def italy_power() -> Source:
    """1,096 days of electricity demand in Italy, one number an hour; from the wheel of aeon.

    Shape (24,); every day has mean 0 and standard deviation 1, as in the archive; its two parts (67 and 1,029 days) are
    joined and shuffled. Licence: none stated for the data, the package is BSD-3. Source: Keogh et al., Intelligent
    Icons, ICDM 2006, as ItalyPowerDemand of the UCR archive.
    """
    return _classed("italy-power", "aeon 1.6.0 ItalyPowerDemand (UCR archive)", "half of the year, as in the archive")


def gun_point() -> Source:
    """200 tracks of a hand that draws a gun or points, 150 steps of one coordinate; from the wheel of aeon.

    Shape (150,); every track has mean 0 and standard deviation 1, as in the archive; its two parts (50 and 150 tracks)
    are joined and shuffled. Licence: none stated for the data, the package is BSD-3. Source: Ratanamahatana and Keogh,
    2004, as GunPoint of the UCR archive.
    """
    return _classed("gun-point", "aeon 1.6.0 GunPoint (UCR archive)", "1 a gun is drawn, 2 a finger points")


def tecator() -> Source:
    """193 near-infrared absorbance spectra of meat, 100 wavelengths from 850 to 1050 nm; from the wheel of sktime.

    Shape (100,); standardised by the training rows; 22 of the 215 spectra repeat another one exactly and are left out,
    so that no test row is a training row. Licence: public domain; its note asks to name the instrument, a Tecator
    Infratec Food and Feed Analyzer. Source: Borggaard and Thodberg, Analytical Chemistry 64, 1992.
    """
    rows, fat = _joined("tecator")
    return Source(
        rows=torch.from_numpy(rows),
        origin="sktime 1.2.0 Tecator (StatLib)",
        licence="public domain; measured on a Tecator Infratec Food and Feed Analyzer",
        preprocessing="the two parts joined; the fat content and 22 repeated spectra left out",
        sha256=combined_sha256(ASSETS["tecator"]),
        standardise=True,
        labels=fifths(fat),
        label="fifth of the fat content, 0 the leanest",
    )


def _classed(name: str, origin: str, label: str) -> Source:
    rows, classes = _joined(name)
    return Source(
        rows=torch.from_numpy(rows),
        origin=origin,
        licence="none stated for the data; the package is BSD-3",
        preprocessing="the two parts joined; labels left out; each series has mean 0 and sd 1 as in the archive",
        sha256=combined_sha256(ASSETS[name]),
        labels=torch.from_numpy(classes).long(),
        label=label,
    )


def _joined(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The series (n, length) of both parts and their labels (n,), each series once."""
    parts = [parse_ts(resolve(asset).decode(), asset.name) for asset in ASSETS[name]]
    rows, labels = (np.concatenate(both) for both in zip(*parts, strict=True))
    once = first_of_each(rows)
    return rows[once], labels[once]


def parse_ts(text: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    """(n, length) the univariate series of equal length in a .ts file, and (n,) the numbers behind their colons.

    Raises `DataError` on several channels, unequal lengths, gaps, labels that are words, and where there is no `@data`
    line.
    """
    _, mark, data = text.partition("@data")
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    if not mark or not lines:
        raise _unfit("a line @data and series after it", "none", where)
    if {line.count(":") for line in lines} != {1}:
        raise _unfit("one channel and a label a line", "another number of colons", where)
    series, labels = zip(*(line.split(":") for line in lines), strict=True)
    try:
        return np.array([[float(value) for value in row.split(",")] for row in series]), np.array(labels, dtype=float)
    except ValueError as error:
        raise _unfit("series of one length without gaps, and labels that are numbers", str(error), where) from error


def _unfit(expected: str, got: str, where: str) -> DataError:
    return DataError(message(expected, f"{got} in {where}", "use a univariate .ts file of equal lengths"))
