"""The graphs of a voice package on ONNX Runtime, and its failures as ours."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from ctypes import py_object, pythonapi
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from huisheng.errors import EngineError, VoicePackageError
from huisheng.forking import survive_forks
from huisheng.voice.load import VoicePackage

Array: TypeAlias = NDArray[Any]

Axes: TypeAlias = tuple[int | str, ...]
"""Axes of an input or a table: sizes, and names of lengths that vary."""

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


def fits(shape: Axes, wanted: Axes) -> bool:
    """Whether a shape has the axes that are wanted, of the same sizes where sizes are told."""
    return len(shape) == len(wanted) and all(
        isinstance(size, str) or size == own for own, size in zip(shape, wanted, strict=True)
    )


def contradiction(package: VoicePackage) -> VoicePackageError:
    """That the files of a package do not fit each other or its manifest, though each is as published."""
    name = package.manifest.name
    return VoicePackageError(
        f"语音包 {name} 的文件不一致，请重新导入。",
        f"The files of voice package {name} contradict each other; import it again.",
    )


class Graph:
    """One graph of a package. It keeps no state: threads may share it.

    Args:
        package: that holds it.
        file: its name there.
        threads: that work on one call; 0 for one a core.

    Raises:
        VoicePackageError: it cannot be loaded.
    """

    def __init__(self, package: VoicePackage, file: str, threads: int = 1) -> None:
        self._package = package
        self._file = file
        self._threads = threads
        self._calling: set[int] = set()
        self._session: Any = self._open()
        self.inputs: Mapping[str, Axes] = {
            port.name: tuple(port.shape) for port in self._session.get_inputs()
        }
        """By name."""
        self._outputs: list[str] = [port.name for port in self._session.get_outputs()]
        survive_forks(self)

    def _open(self) -> Any:  # noqa: ANN401 (ONNX Runtime has no types)
        """A session of its own.

        Raises:
            VoicePackageError: it cannot be loaded.
        """
        options = cast("Any", ort).SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        spinning = "session.intra_op.allow_spinning"
        options.add_session_config_entry(spinning, "0")  # idle threads leave the cores
        path = self._package.path(self._file)
        try:
            return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's classes share no base of their own
            name = self._package.manifest.name
            raise VoicePackageError(
                f"语音包 {name} 的文件 {self._file} 无法加载，请重新安装这个语音包。",
                f"{self._file} of voice package {name} cannot be loaded; install it again.",
            ) from error

    def renew(self) -> None:
        """Leave a session that cannot be used in a forked process; the next call opens another.

        One that keeps threads has lost them, and one that another thread was calling may hold locks. It is
        never freed either: its end would wait for those threads.
        """
        if self._threads != 1 or self._calling:
            pythonapi.Py_IncRef(py_object(self._session))
            self._session = None
        self._calling = set()

    def check(self, inputs: Mapping[str, Axes], outputs: Collection[str]) -> None:
        """Compare with what it will be given and asked for. Its other inputs must be states: what the output
        `next_<name>` gives goes into the next call.

        Args:
            inputs: that are given, by name.
            outputs: that are asked for.

        Raises:
            VoicePackageError: an input or output is missing, or of another shape.
        """
        nexts = {f"next_{name}" for name in self.inputs if name not in inputs}
        shaped = all(fits(self.inputs.get(name, ()), axes) for name, axes in inputs.items())
        if not (shaped and inputs.keys() <= self.inputs.keys() and nexts | {*outputs} <= {*self._outputs}):
            raise contradiction(self._package)

    def width(self, name: str, axis: int = -1) -> int:
        """Size of an axis of an input, the last when none is told.

        Raises:
            VoicePackageError: there is no such input or axis, or its size varies.
        """
        axes = self.inputs.get(name, ())
        size = axes[axis] if -len(axes) <= axis < len(axes) else ""
        if not isinstance(size, int):
            raise contradiction(self._package)
        return size

    def zeros(self, name: str, lengths: Mapping[str, int] = _NOTHING) -> NDArray[np.float32]:
        """An input of its own shape that is all zeros, as states are at the beginning.

        Args:
            name: of the input.
            lengths: of its axes that vary, by their names; 0 for those that are not told.
        """
        sizes = [axis if isinstance(axis, int) else lengths.get(axis, 0) for axis in self.inputs[name]]
        return np.zeros(sizes, dtype=np.float32)

    def __call__(self, inputs: Mapping[str, Array]) -> dict[str, NDArray[np.float32]]:
        """Every output by name.

        Raises:
            EngineError: the runtime failed.
            VoicePackageError: in a forked process, it cannot be loaded again.
        """
        session = self._session
        if session is None:
            session = self._session = self._open()
        caller = threading.get_ident()
        self._calling.add(caller)
        try:
            return dict(zip(self._outputs, session.run(self._outputs, inputs), strict=True))
        except Exception as error:  # as above
            raise EngineError from error
        finally:
            self._calling.discard(caller)
