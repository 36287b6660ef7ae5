"""Gives a network's careful colours back their liveliness, where that costs least.

A mean over the bins is paler than the truth. One factor on all of ab gives colour back, but costs
PSNR and colour difference; the same colourfulness costs less where it is spent unevenly. The form
is our own; its numbers are fitted to held-out photographs.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor
from torch.nn import functional

from filmcolor.errors import InputError, UsageError
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

_USUAL_CHROMA = 10.0
_LEAST_CHROMA = 2.0
"""Lab; a picture without colour is not multiplied without end."""


class Liveliness(BaseModel):
    """How ab becomes livelier; what the defaults give is ab itself.

    With x = matrix ab, y = x - mean * (the mean of x over the picture), r the root mean square of
    y over the picture, and l = L / 50 - 1, the result is
    y * (sqrt(r^2 + 2^2) / 10)^picture * exp(lightness[0] l + lightness[1] l^2).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    matrix: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 0.0), (0.0, 1.0))
    """Rows for a and for b. True colours lie along orange and blue more than green and purple."""
    mean: float = 0.0
    """Share of a picture's mean that is taken off: it is what a network is least right about."""
    picture: float = 0.0
    """Exponent of a picture's chroma; below 0, pale pictures gain more than vivid ones."""
    lightness: tuple[float, float] = (0.0, 0.0)
    """Below 0 in the second, dark and bright places gain less than those between."""

    def enliven(self, ab: Tensor, L: Tensor) -> Tensor:
        """Return pictures' ab, float (n, 2, h, w), made livelier; L (n, 1, h, w) in 0..100."""
        x = functional.conv2d(ab, ab.new_tensor(self.matrix).reshape(2, 2, 1, 1))
        y = x - self.mean * x.mean(dim=(2, 3), keepdim=True)
        squared = y.square().sum(dim=1, keepdim=True).mean(dim=(2, 3), keepdim=True)
        usual = (squared + _LEAST_CHROMA**2) / _USUAL_CHROMA**2
        light = L / 50 - 1
        curve = (light * (self.lightness[0] + self.lightness[1] * light)).exp()
        return y * usual.pow(self.picture / 2) * curve


def load_liveliness(path: Path) -> Liveliness:
    """Read a JSON file that holds the fields of `Liveliness`.

    Raises:
        InputError: the file cannot be read.
        UsageError: it holds something else.
    """
    refuse_special(path)
    try:
        return Liveliness.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: `{where}` will not do: {first['msg'].lower()}.") from error
