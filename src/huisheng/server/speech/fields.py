"""Fields that several requests share, and those made from the options of a synthesis.

The values are checked by the library, whose refusals say more than a schema can: a number out of range is
`out_of_range`, not a wrong type. So the schemas here declare, and reject nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, Final, TypeAlias, TypeVar, cast

from pydantic import BaseModel, Field, WithJsonSchema, create_model
from pydantic.fields import FieldInfo

from huisheng.audio.encoding import ALIASES, FORMATS
from huisheng.runtime.options import OPTIONS, DescribedOption
from huisheng.units import SAMPLE_RATES

M = TypeVar("M", bound=BaseModel)

_LISTINGS: Final = {"voices": "GET /api/voices", "emotions": "GET /api/emotions"}
"""Where clients find what may be chosen."""


def within(bounds: tuple[float, float]) -> WithJsonSchema:
    """A number between two bounds, both allowed."""
    return WithJsonSchema({"type": "number", "minimum": bounds[0], "maximum": bounds[1]})


def one_of(*values: str) -> WithJsonSchema:
    """One of several words."""
    return WithJsonSchema({"type": "string", "enum": list(values)})


Text: TypeAlias = Annotated[
    str,
    WithJsonSchema({"type": "string", "minLength": 1}),
    Field(description="要合成的文本。Text to speak.", examples=["你好，很高兴认识你！"]),
]
"""The longest is a setting: `documentation` declares it."""

LexiconFileText: TypeAlias = Annotated[
    str,
    Field(
        description="词典文件的内容，每行一个词和读法。A lexicon, a word a line.",
        examples=["重庆 chong2 qing4"],
    ),
]
"""The option `lexicon` in an address, which has no room for a mapping."""

Format: TypeAlias = Annotated[
    str,
    one_of(*FORMATS, *ALIASES),
    Field(description="音频格式；ogg、ogg-opus 同 opus。Audio format.", examples=["mp3"]),
]

SampleRate: TypeAlias = Annotated[
    Annotated[int, WithJsonSchema({"type": "integer", "enum": list(SAMPLE_RATES)})] | None,
    Field(description="采样率（Hz），空为音色的采样率。Sample rate in Hz; the voice's own when left out."),
]


def with_options(*names: str, omit: Collection[str] = (), **defaults: object) -> Callable[[type[M]], type[M]]:
    """Add a field for each option of a synthesis to a model, behind its own fields.

    Args:
        names: of the options; all of them when none is named.
        omit: options that the model has no fields for.
        defaults: of options that have another default there.
    """
    wanted = [name for name in names or OPTIONS if name not in omit]

    def extend(model: type[M]) -> type[M]:
        added: dict[str, Any] = {
            name: (_annotate(OPTIONS[name]), defaults.get(name, OPTIONS[name].default)) for name in wanted
        }
        return create_model(
            model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **added
        )

    return extend


def _annotate(described: DescribedOption) -> Any:  # noqa: ANN401 (a type that is made here)
    """The type of a field, with what OpenAPI tells of it."""
    option = described.option
    examples = None if option.example is None else [option.example]
    info: FieldInfo = Field(description=described.describe(**_LISTINGS), examples=cast("Any", examples))
    schema = _declare(described)
    kind = (
        dict[str, str] | str if described.type is not float and described.type is not str else described.type
    )
    return Annotated[kind, schema, info] if schema else Annotated[kind, info]


def _declare(described: DescribedOption) -> WithJsonSchema | None:
    option = described.option
    if option.bounds:
        return within(option.bounds)
    if not option.choices:
        return None
    if not option.pattern:
        return one_of(*option.choices)
    enumeration = {"type": "string", "enum": list(option.choices)}
    return WithJsonSchema({"anyOf": [enumeration, {"type": "string", "pattern": option.pattern}]})
