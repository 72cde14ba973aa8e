"""The implicit label: a small JSON object, kept in a file's metadata under the name `AIGC`.

GB 45438-2025, annex; where it stands in each container is the practice guide TC260-PG-20251 (202510A).
Audio files hold the bare object; other carriers wrap it as `{"AIGC": {…}}`, which is read as well.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeGuard

from huisheng.errors import InvalidLabel

SELF_HOSTED: Final = "HUISHENG-SELF-HOSTED"
"""Producer when the operator has set no code: no provider code, but it says which program made the sound."""

GENERATED: Final = "1"
"""`Label` of content that is certainly generated; 2 means possibly, 3 suspected."""

LABELS: Final = ("1", "2", "3")

MAX_FIELD: Final = 4_096
"""Characters in one field: room for signatures, yet seven of them fit into one page of Ogg."""

MAX_JSON: Final = 65_536
"""Characters of JSON that are parsed at all."""

_PLAIN: Final = re.compile(rf"[\x21-\x7e]{{0,{MAX_FIELD}}}")
"""What a field may hold."""

FIELDS: Final = {
    "Label": "label",
    "ContentProducer": "content_producer",
    "ProduceID": "produce_id",
    "ReservedCode1": "reserved_code1",
    "ContentPropagator": "content_propagator",
    "PropagateID": "propagate_id",
    "ReservedCode2": "reserved_code2",
}
"""Keys of the JSON, in the order of the standard, and our names for them."""


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """One label. Every field holds only the characters 0x21–0x7E: codes, no spaces, no Chinese.

    Attributes:
        label: `1` generated, `2` possibly generated, `3` suspected.
        content_producer: name or code of the service that generated the content; not empty.
        produce_id: the producer's number of this content; not empty.
        reserved_code1: the producer's security data.
        content_propagator: name or code of the distributor.
        propagate_id: the distributor's number.
        reserved_code2: the distributor's security data.

    Raises:
        InvalidLabel: a field breaks these rules.
    """

    label: str
    content_producer: str
    produce_id: str
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""

    def __post_init__(self) -> None:
        for key, name in FIELDS.items():
            if not _PLAIN.fullmatch(getattr(self, name)):
                raise _bad_characters(key)
        if self.label not in LABELS:
            raise InvalidLabel(
                "AIGC 标识的 Label 只能是 1、2 或 3。", "Label of an AIGC label must be 1, 2 or 3."
            )
        if not (self.content_producer and self.produce_id):
            raise InvalidLabel(
                "AIGC 标识缺少 ContentProducer 或 ProduceID。",
                "An AIGC label needs ContentProducer and ProduceID.",
            )

    def to_json(self) -> str:
        """The bare object, all seven keys in the order of the standard, without spaces; ASCII."""
        values = {key: getattr(self, name) for key, name in FIELDS.items()}
        return json.dumps(values, separators=(",", ":"))


def make_label(producer_code: str = SELF_HOSTED, produce_id: str = "") -> AigcLabel:
    """A label for something that we generated.

    Args:
        producer_code: provider code of the service, or its name in the allowed characters.
        produce_id: number of the content; a new one when empty.

    Raises:
        InvalidLabel: it has the form of a provider code with a wrong digit, or other characters.
    """
    check_producer(producer_code)
    return AigcLabel(GENERATED, producer_code, produce_id or new_produce_id())


def new_produce_id() -> str:
    """A number that no other content has: 32 hexadecimal digits (UUID version 4)."""
    return uuid.uuid4().hex


def parse(text: str) -> AigcLabel:
    """Read a label, bare or wrapped; keys that the standard does not name are ignored.

    Raises:
        InvalidLabel: it is no JSON object, says a key twice, or breaks the rules of `AigcLabel`.
    """
    if len(text) > MAX_JSON:
        raise _unreadable("too long")
    try:
        value: object = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise _unreadable("no JSON") from error
    if _is_object(value) and "AIGC" in value:
        value = value["AIGC"]
    if not _is_object(value):
        raise _unreadable("no JSON object")
    return AigcLabel(**{name: _text(value.get(key, "")) for key, name in FIELDS.items()})


@lru_cache(maxsize=64)
def check_producer(code: str) -> None:
    """Accept a provider code or any other name.

    The standard allows "name or code", so only what begins and is as long as a provider code (27 characters
    from `00`) is held to its rules.

    Raises:
        InvalidLabel: the code or name cannot stand in a label.
    """
    if not _PLAIN.fullmatch(code):
        raise _bad_characters("ContentProducer")
    if not code:
        raise InvalidLabel("服务提供者编码不能为空。", "The producer code must not be empty.")
    if len(code) == CODE_LENGTH and code.startswith("00") and not is_provider_code(code):
        raise InvalidLabel(
            "服务提供者编码有误，请核对 27 位编码中的统一社会信用代码。",
            "The provider code is wrong: check the unified social credit code among its 27 characters.",
        )


CODE_LENGTH: Final = 27
_PROVIDER_CODE: Final = re.compile(r"00([1-9])([1-9])([0-9A-Z]{18})([0-9A-Z]{5})")
_COMPANY: Final = ("1", "1")
"""Entity type and binding of a company with a unified social credit code."""


def is_provider_code(code: str) -> bool:
    """Whether `code` is `00`, entity type, binding, 18 characters that identify the entity, 5 of the service.

    For a company (`0011`) the 18 must be a unified social credit code with a right check character.
    """
    match = _PROVIDER_CODE.fullmatch(code)
    if match is None:
        return False
    entity, binding, identifier, _ = match.groups()
    return (entity, binding) != _COMPANY or is_credit_code(identifier)


_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015, each worth its place: no I, O, S, V, Z."""


def is_credit_code(code: str) -> bool:
    """Whether `code` is a unified social credit code: 18 characters, the last a check (GB 32100-2015)."""
    values = [_CREDIT_DIGITS.find(character) for character in code]
    if len(values) != 18 or min(values) < 0:
        return False
    weighted = sum(value * pow(3, place, 31) for place, value in enumerate(values[:-1]))
    return (weighted + values[-1]) % 31 == 0


def _bad_characters(name: str) -> InvalidLabel:
    return InvalidLabel(
        f"AIGC 标识的 {name} 只能包含英文字母、数字和半角符号，不能有空格或汉字。",
        f"{name} of an AIGC label takes at most {MAX_FIELD} characters, each from 0x21 to 0x7E.",
    )


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _unreadable("a value is no string")
    return value


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _unreadable(reason: str) -> InvalidLabel:
    return InvalidLabel("文件中的 AIGC 标识已损坏，无法读取。", f"The AIGC label cannot be read: {reason}.")
