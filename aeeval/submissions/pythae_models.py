"""Models of pythae: deterministic codes, through everything that its forward pass goes through.

`embed` and `reconstruct` of pythae are its forward pass, which draws the code by chance also in eval mode, wants
gradients for some models and answers half of the rows for another; `predict` leaves out quantisers and flows. Here the
code is the mode of the posterior behind the flow, and the decoder quantises where the model does:

    f(x) = flow(μ(x)),    g(z) = decoder(quantiser(z))
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aeeval.submissions.adapted import Adapted

Step = Callable[[Any, Tensor], Tensor]


def is_pythae(model: Any) -> bool:
    """Whether a model is one of pythae's, or derived from one; pythae is not imported for the answer."""
    return any(kind.__module__.startswith("pythae.models.base.") for kind in type(model).__mro__)


def from_pythae(model: Any) -> Adapted:
    """The adapter of a pythae model; its loss is the one of its forward pass."""
    encode, decode = _ENCODE.get(model.model_name, _embedded), _DECODE.get(model.model_name, _decoded)
    return Adapted(model, lambda x: encode(model, x), lambda z: decode(model, z), loss=lambda x: _loss(model, x))


def _embedded(model: Any, x: Tensor) -> Tensor:
    """μ(x), or the code itself where there is no posterior."""
    return model.encoder(x).embedding


def _on_the_sphere(model: Any, x: Tensor) -> Tensor:
    code = _embedded(model, x)
    return code / code.norm(dim=-1, keepdim=True)


def _through_linear_flows(model: Any, x: Tensor) -> Tensor:
    code = _embedded(model, x)
    for layer in model.net:
        code = layer(code).out
    return code


def _through_autoregressive_flow(model: Any, x: Tensor) -> Tensor:
    return model.iaf_flow.inverse(_embedded(model, x)).out


def _decoded(model: Any, z: Tensor) -> Tensor:
    return model.decoder(z)["reconstruction"]


def _quantised(model: Any, z: Tensor) -> Tensor:
    """As VQVAE's forward pass: a flat code is one position with its numbers as the last axis."""
    grid = z.reshape(len(z), 1, 1, -1) if z.ndim == 2 else z
    quantised = model.quantizer(grid.permute(0, 2, 3, 1)).quantized_vector
    return _decoded(model, quantised.reshape(z.shape))


def _loss(model: Any, x: Tensor) -> Tensor:
    """The loss of a forward pass, which may itself take gradients (RAE-GP, HVAE) and marks its input for them."""
    with torch.enable_grad():
        output = model({"data": x.clone()})
    if "discriminator_loss" in output:
        raise NotImplementedError(f"{model.model_name} trains two networks against each other; bring it trained")
    return output["loss"]


_ENCODE: dict[str, Step] = {
    "SVAE": _on_the_sphere,
    "VAE_LinNF": _through_linear_flows,
    "VAE_IAF": _through_autoregressive_flow,
}
_DECODE: dict[str, Step] = {"VQVAE": _quantised}
