"""Data sets: manifolds with noise, and real rows; add one in one file, and one line here."""

from aeeval.registry import Registry

DATASETS = Registry(
    "data set",
    {
        "digits": "aeeval.datasets.digits:digits",
        "mnist": "aeeval.datasets.mnist:mnist",
        "fashion-mnist": "aeeval.datasets.mnist:fashion_mnist",
        "cifar10": "aeeval.datasets.cifar10:cifar10",
        "photo-patches": "aeeval.datasets.photos:photo_patches",
        "faces": "aeeval.datasets.photos:faces",
        "fermentation": "aeeval.datasets.spectra:fermentation",
        "tecator": "aeeval.datasets.series:tecator",
        "italy-power": "aeeval.datasets.series:italy_power",
        "gun-point": "aeeval.datasets.series:gun_point",
        "breast-cancer": "aeeval.datasets.tables:breast_cancer",
        "shuttle": "aeeval.datasets.tables:shuttle",
    },
)

HUBS = Registry(
    "hub of data sets",
    {
        "openml": "aeeval.datasets.openml:openml",
        "hf": "aeeval.datasets.hugging_face:hugging_face",
    },
)
