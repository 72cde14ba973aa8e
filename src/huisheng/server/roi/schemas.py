"""What a page asks the calculator; one field for each of its inputs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from huisheng.economics.scenario import DECIMALS, INPUTS, Input, Value
from huisheng.server.speech.schemas import QueryFields

M = TypeVar("M", bound=BaseModel)

_DIGITS: Final = 16
"""Most digits of a number with decimals: none is large or small beyond measure before it is checked."""


def _with_inputs(model: type[M]) -> type[M]:
    """The model with a field for each input."""
    added: dict[str, Any] = {name: _field(known) for name, known in INPUTS.items()}
    return create_model(
        model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **added
    )


def _field(known: Input) -> Any:  # noqa: ANN401 (a type that is made here)
    kind = _annotate(known)
    return (kind, known.default) if known.default is not None else (kind | None, None)


def _annotate(known: Input) -> Any:  # noqa: ANN401 (a type that is made here)
    """The type of a field. It only declares the bounds: the calculator checks them, and says more."""
    bounds = {"minimum": float(known.low), "maximum": float(known.high)}
    described = Field(description=f"{known.chinese}。{known.english[0].upper()}{known.english[1:]}.")
    if known.is_whole:
        return Annotated[int, WithJsonSchema({"type": "integer", **bounds}), described]
    digits = Field(max_digits=_DIGITS, decimal_places=DECIMALS)
    return Annotated[Decimal, digits, WithJsonSchema({"type": "number", **bounds}), described]


@_with_inputs
class RoiQuery(QueryFields):
    """The inputs of the calculator."""

    product: Annotated[
        str | None,
        Field(description="套餐的 id，代替 price_fen 与 price_calls。A product, instead of a price."),
    ] = None

    def values(self) -> dict[str, Value | None]:
        """The inputs that were sent."""
        return {name: getattr(self, name) for name in INPUTS if name in self.model_fields_set}
