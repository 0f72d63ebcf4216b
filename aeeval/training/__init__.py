"""The published trainer: what every submission without a `fit` of its own gets, the same for all."""

from aeeval.training.budget import Budget
from aeeval.training.losses import squared_error
from aeeval.training.stack import Alone, CannotStack
from aeeval.training.together import train_together
from aeeval.training.trainer import TrainLog, train

__all__ = ["Alone", "Budget", "CannotStack", "TrainLog", "squared_error", "train", "train_together"]
