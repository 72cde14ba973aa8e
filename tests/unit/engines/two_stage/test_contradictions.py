"""A package whose files do not fit each other or its manifest is refused when it is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from tests.unit.engines.sambert.tiny import engine_of, package, publish_altered

from huisheng.errors import VoicePackageError
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Sambert

Change = Callable[[Path], object]


def table(name: str, change: Callable[[NDArray[np.float32]], object]) -> Change:
    def change_file(folder: Path) -> None:
        np.save(folder / name, np.asarray(change(np.load(folder / name))))

    return change_file


def content(name: str, data: bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(data)


def archive(folder: Path) -> None:
    with (folder / "speakers.npy").open("wb") as stream:
        np.savez(stream, rows=np.ones((1, 6), dtype=np.float32))


def instead(of: str, other: str) -> Change:
    return lambda folder: shutil.copy(folder / f"{other}.onnx", folder / f"{of}.onnx")


def rename(part: str, old: str, new: str) -> Change:
    """An input or output of a graph under another name."""

    def change_file(folder: Path) -> None:
        path = folder / f"{part}.onnx"
        model: Any = onnx.load_model_from_string(path.read_bytes())
        for port in (*model.graph.input, *model.graph.output):
            port.name = new if port.name == old else port.name
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [new if name == old else name for name in names]
        path.write_bytes(model.SerializeToString())

    return change_file


TABLES: Final[Mapping[str, Change]] = {
    "no table": content("speakers.npy", b"nonsense"),
    "empty file": content("speakers.npy", b""),
    "archive": archive,
    "no axis": table("speakers.npy", lambda _: np.float32(1.0)),
    "one axis": table("speakers.npy", np.ravel),
    "words": table("speakers.npy", lambda rows: np.full(rows.shape, "x")),
    "whole numbers": table("speakers.npy", lambda rows: rows.astype(np.int32)),
    "too wide": table("speakers.npy", lambda rows: np.tile(rows, (1, 3))),
    "no rows": table("speakers.npy", lambda rows: rows[:0]),
    "no number": table("speakers.npy", lambda rows: rows * np.nan),
    "infinite": table("emotions.npy", lambda rows: np.full_like(rows, np.inf)),
    "too large": table("emotions.npy", lambda rows: np.full(rows.shape, 1e300)),
    "too few rows": table("emotions.npy", lambda rows: rows[:5]),
}
GRAPHS: Final[Mapping[str, Change]] = {
    "encoder is vocoder": instead("encoder", "vocoder"),
    "variance is encoder": instead("variance", "encoder"),
    "decoder is encoder": instead("decoder", "encoder"),
    "postnet is encoder": instead("postnet", "encoder"),
    "vocoder is encoder": instead("vocoder", "encoder"),
    "input of the encoder": rename("encoder", "symbols", "other"),
    "output of the encoder": rename("encoder", "text", "other"),
    "output of the vocoder": rename("vocoder", "samples", "other"),
    "state of the postnet": rename("postnet", "next_memories", "other"),
}
STATED: Final[Mapping[str, Mapping[str, object]]] = {
    "group": {"group": 32},
    "reads": {"reads": "bytes"},
    "causal": {"causal": False},
    "source": {"source": {"harmonics": 7, "scale": 1.0, "offset": 1.0}},
    "emotions": {"emotions": ("emotion_neutral",)},
    "hesitations": {"fills_pauses": True},
}


def assert_refused(made: VoicePackage) -> None:
    with pytest.raises(VoicePackageError) as error:
        engine_of(made).load()

    assert error.value.message == f"语音包 {made.manifest.name} 的文件不一致，请重新导入。"


@pytest.mark.parametrize("change", TABLES.values(), ids=TABLES)
def test_a_table_that_is_none_or_does_not_fit_is_refused(tmp_path: Path, change: Change) -> None:
    assert_refused(publish_altered(package(), tmp_path, change))


@pytest.mark.parametrize("change", GRAPHS.values(), ids=GRAPHS)
def test_a_graph_that_takes_or_gives_something_else_is_refused(tmp_path: Path, change: Change) -> None:
    assert_refused(publish_altered(package(), tmp_path, change))


@pytest.mark.parametrize("stated", STATED.values(), ids=STATED)
def test_a_manifest_that_says_what_the_files_do_not_is_refused(
    tmp_path: Path, stated: Mapping[str, object]
) -> None:
    known = package().manifest.sambert
    assert known is not None
    details = Sambert(**{**dict(known), **stated})  # pyright: ignore[reportArgumentType]

    assert_refused(publish_altered(package(), tmp_path, lambda _: None, sambert=details))


@pytest.mark.parametrize("field", ["tones", "syllable_flags", "word_segments"])
@pytest.mark.parametrize("kind", ["plain", "nsf"])
def test_more_values_of_a_field_than_the_encoder_has_rows_are_refused(
    tmp_path: Path, kind: str, field: str
) -> None:
    known = package(kind).manifest.sambert
    assert known is not None
    details = known.model_copy(update={field: (*getattr(known, field), "novelty")})

    assert_refused(publish_altered(package(kind), tmp_path, lambda _: None, sambert=details))


def test_more_symbols_than_the_encoder_has_rows_are_refused(tmp_path: Path) -> None:
    symbols = package().manifest.symbols

    assert_refused(
        publish_altered(package(), tmp_path, lambda _: None, symbols={**symbols, "novelty": len(symbols)})
    )


def test_symbols_that_are_counted_with_a_gap_are_refused(tmp_path: Path) -> None:
    symbols = package().manifest.symbols
    gap = {symbol: place + (place > 3) for symbol, place in symbols.items()}

    assert_refused(publish_altered(package(), tmp_path, lambda _: None, symbols=gap))


def test_more_speakers_than_rows_are_refused(tmp_path: Path) -> None:
    assert_refused(publish_altered(package(), tmp_path, lambda _: None, speakers=("a", "b")))


@pytest.mark.parametrize("shape", [(-1,), (1, -1, 8)], ids=["one axis", "one sound"])
def test_sounds_of_hesitation_that_do_not_fit_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert_refused(
        publish_altered(
            package("hesitant"), tmp_path, table("pauses.npy", lambda sounds: sounds.reshape(shape))
        )
    )


def test_a_vocoder_of_another_voice_is_refused(tmp_path: Path) -> None:
    vocoder = package("nsf").path("vocoder.onnx").read_bytes()

    assert_refused(publish_altered(package(), tmp_path, content("vocoder.onnx", vocoder)))
