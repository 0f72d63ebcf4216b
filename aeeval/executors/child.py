"""The process that runs a submission: it fits models and answers questions, and knows nothing but the rows it is sent.

Everything here may be changed by the submission, which shares this process. What it answers is checked by the other
side.
"""

import dataclasses
import os
import socket
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from aeeval.datasets.base import Rows
from aeeval.errors import AeevalError
from aeeval.evidence import Answers
from aeeval.executors.wire import Broken, Message, receive, send
from aeeval.fits import Judged, Models, Order
from aeeval.fitting import Training
from aeeval.submissions.build import own_length
from aeeval.submissions.globals import settings_kept
from aeeval.submissions.load import load
from aeeval.suite import ThroughputPlan
from aeeval.training import Budget
from aeeval.trials import models_here

MOST = 2**40  # of the trusted side anything is taken


class Served:
    """The models of one submission, asked over a socket until it closes."""

    def __init__(self, end: socket.socket):
        self._end = end
        self._fits: Models | None = None
        self._fitted: dict[int, Judged] = {}
        self._at_hand: dict[int, Training] = {}

    def serve(self) -> None:
        """Answer one question after another; what is raised is told by its class and its words."""
        while True:
            try:
                question = receive(self._end, most=MOST)
            except Broken:
                return
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always", UserWarning)
                answer = self._answer(question)
            said = [str(one.message) for one in heard if issubclass(one.category, UserWarning)]
            send(self._end, Message({**answer.body, "warnings": said[:20]}, answer.tensors))

    def _answer(self, question: Message) -> Message:
        try:
            with settings_kept(generators=False):
                torch.set_num_threads(1)
                return _ANSWERS[question.body["do"]](self, question)
        except NotImplementedError as error:
            return Message({"error": "SubmissionError", "says": f"raised NotImplementedError: {error}"[:4000]})
        except AeevalError as error:
            return Message({"error": type(error).__name__, "says": str(error)[:4000]})
        except BaseException as error:  # sys.exit and its like end a cell, not the conversation
            text = f"{question.body['do']} raised {type(error).__name__}: {error}"
            return Message({"error": "SubmissionError", "says": text[:4000]})

    def open(self, question: Message) -> Message:
        """Load the submission; nothing of it is built yet."""
        body = question.body
        found = load(body["source"], trust=body["trust"])
        order = Order(
            submission=dataclasses.replace(found, track=body["track"], trials=body["trials"]),
            task=body["task"],
            latent_dim=body["latent_dim"],
            seeds=tuple(body["seeds"]),
            budget=Budget(**body["budget"]),
            device=body["device"],
        )
        self._fits = models_here(order, self._rows)
        return Message({})

    def _rows(self, seed: int) -> Training:
        """Asked of the other side while it waits for an answer; the latest stay until the fit is done."""
        if seed not in self._at_hand:
            self._at_hand = {seed: self._asked(seed)}
        return self._at_hand[seed]

    def _asked(self, seed: int) -> Training:
        send(self._end, Message({"rows": seed}))
        came = receive(self._end, most=MOST)
        parts = (Rows(came.tensors[part], came.tensors[part]) for part in ("train", "val"))
        return Training(tuple(came.body["shape"]), *parts)

    def fit(self, question: Message) -> Message:
        """Fit the model of a seed."""
        assert self._fits is not None, "a submission is opened before it is fitted"
        try:
            fitted = self._fitted[question.body["seed"]] = self._fits.fitted(question.body["seed"])
        finally:
            self._at_hand = {}
        return Message({"training": fitted.training})

    def encode(self, question: Message) -> Message:
        """Codes of rows (n, D)."""
        return Message({}, {"answer": self._model(question).encode(question.tensors["rows"])})

    def decode(self, question: Message) -> Message:
        """Rows of codes (n, k)."""
        return Message({}, {"answer": self._model(question).decode(question.tensors["rows"])})

    def reconstruct(self, question: Message) -> Message:
        """Rows (n, D) of rows (n, D), there and back."""
        return Message({}, {"answer": self._model(question).reconstruct(question.tensors["rows"])})

    def sample(self, question: Message) -> Message:
        """Rows from the model's own sampler and a generator in the given state; without one, none."""
        generator = torch.Generator()
        generator.set_state(question.tensors["state"])
        rows = self._model(question).sample(question.body["n"], generator)
        return Message({}, {} if rows is None else {"answer": rows})

    def slope(self, question: Message) -> Message:
        """Slopes (n,) of the round trip by the model's own gradients."""
        given = question.tensors
        return Message({}, {"answer": self._model(question).slope(given["x"], given["along"], given["onto"])})

    def weights(self, question: Message) -> Message:
        """The state dict."""
        found = self._fitted[question.body["seed"]].weights()
        return Message({}, {name: value for name, value in found.items() if isinstance(value, Tensor)})

    def layers(self, question: Message) -> Message:
        """What the network is made of."""
        return Message({"layers": self._fitted[question.body["seed"]].layers(question.tensors["rows"])})

    def time(self, question: Message) -> Message:
        """Timings of encode and decode."""
        body = question.body
        fitted = self._fitted[body["seed"]]
        plan = ThroughputPlan(batches=tuple(body["batches"]), min_time_s=body["min_time_s"])
        rows = fitted.timings(question.tensors["rows"], plan)
        return Message({"timings": [dataclasses.asdict(row) for row in rows]})

    def describe(self, question: Message) -> Message:
        """What a submission says of itself; with a shape of rows, the length of its code too."""
        found = load(question.body["source"], trust=question.body["trust"])
        told = {name: getattr(found, name) for name in ("accepts", "track", "chooses_latent_dim", "sha256", "search")}
        if shape := question.body["shape"]:
            told["latent_dim"] = own_length(found, tuple(shape))
        return Message(told)

    def _model(self, question: Message) -> Answers:
        return self._fitted[question.body["seed"]].model


_ANSWERS: Mapping[str, Callable[[Served, Message], Message]] = {
    "open": Served.open,
    "fit": Served.fit,
    "encode": Served.encode,
    "decode": Served.decode,
    "reconstruct": Served.reconstruct,
    "sample": Served.sample,
    "slope": Served.slope,
    "weights": Served.weights,
    "layers": Served.layers,
    "time": Served.time,
    "describe": Served.describe,
}


def main(end: socket.socket) -> Any:
    """Serve until the other side closes."""
    os.environ["AEEVAL_CACHE_MB"] = "0"  # what one submission could write there, another would read
    Served(end).serve()
