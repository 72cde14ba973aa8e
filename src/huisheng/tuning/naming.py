"""Names of a custom voice: one for people, an id for programs and folders."""

from __future__ import annotations

import re
from itertools import chain
from typing import Literal

from pydantic import ValidationError

from huisheng.errors import VoicePackageError
from huisheng.text.frontend import Frontend
from huisheng.types import EnglishWord, SpokenItem, Syllable
from huisheng.voice.manifest import RESERVED, Person, is_device
from huisheng.voice.store import list_packages

Gender = Literal["female", "male", "unknown"]

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def make_person(name: str, id_: str, gender: Gender, frontend: Frontend) -> Person:
    """The description of the speaker of a custom voice.

    Args:
        name: for people.
        id_: for programs; where it is empty, the name itself or its pinyin.
        gender: of the voice as heard.
        frontend: that reads the name.

    Raises:
        VoicePackageError: no package may be called so.
    """
    chosen = id_ or _spell_id(name, frontend)
    if not _ID.fullmatch(chosen) or is_device(chosen) or chosen in RESERVED:
        raise VoicePackageError(
            f"“{chosen}”不能作为语音包的名称，请用 --id 指定：小写字母开头，只含小写字母、数字、- 和 _。",
            f"A package cannot be called {chosen!r}; choose another with --id: a lower-case letter, "
            "then lower-case letters, digits, - and _.",
        )
    try:
        return Person(
            id=chosen,
            name=name,
            name_en=chosen.replace("-", " ").replace("_", " ").strip().title(),
            description="用自己的录音训练的音色",
            description_en="A voice trained on one's own recordings",
            gender=gender,
        )
    except ValidationError as error:
        raise VoicePackageError(
            f"--name “{ascii(name)[1:-1][:80]}”不能作为名称，请用 64 字以内的一行文本。",
            "--name must be one line of at most 64 characters.",
        ) from error


def require_free(name: str, *, replace: bool) -> None:
    """
    Raises:
        VoicePackageError: a package of this name is installed, and shall not be replaced.
    """
    if name in list_packages() and not replace:
        raise VoicePackageError(
            f"已有名为 {name} 的语音包，要替换它请加 --replace。",
            f"A voice package {name} is already installed; replace it with --replace.",
        )


def _spell_id(name: str, frontend: Frontend) -> str:
    """Syllables without tones, English words as they are."""
    lowered = name.lower()
    if _ID.fullmatch(lowered):
        return lowered
    items = chain.from_iterable(sentence.items for sentence in frontend.sentences(name))
    return "".join(map(_letters, items))


def _letters(item: SpokenItem) -> str:
    if isinstance(item, Syllable):
        return item.pinyin[:-1]
    return item.text.lower() if isinstance(item, EnglishWord) else ""
