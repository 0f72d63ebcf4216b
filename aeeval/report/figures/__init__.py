"""Pictures of one trained model on one task, from its records and the arrays of its run; nothing is trained again."""

from aeeval.registry import Registry

FIGURES = Registry(
    "kind of picture",
    {
        "representation": "aeeval.report.figures.representation:representation",
        "implementation": "aeeval.report.figures.implementation:implementation",
        "extrapolation": "aeeval.report.figures.extrapolation:extrapolation",
        "spectrum": "aeeval.report.figures.spectrum:spectrum",
        "latent": "aeeval.report.figures.latent:latent",
        "samples": "aeeval.report.figures.samples:samples",
        "images": "aeeval.report.figures.images:images",
    },
)
