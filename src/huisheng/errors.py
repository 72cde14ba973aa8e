"""Everything that can go wrong, by who can mend it.

HuishengError
├── RequestError            the caller can fix it
│   ├── EmptyText           nothing in the text can be spoken
│   │   └── UnreadableText  it holds letters, none of a script that we read
│   ├── TextTooLong         over the limit of one request
│   ├── SpokenTextTooLong   over it once numbers, aliases and lexicons are written out
│   ├── SpeechTooLong       over the seconds of sound of one request, pauses included
│   ├── AudioTooLarge       over the bytes of audio of one request
│   ├── InvalidText         lone surrogates and the like
│   ├── MarkupError         SSML or shorthand that is wrong, with line and column
│   ├── UnknownMarkup       a kind of markup that we do not read
│   ├── LexiconError        an entry of a user's lexicon that is wrong, with its line
│   ├── UnknownVoice
│   ├── UnknownEmotion
│   ├── UnpronounceableSymbol
│   ├── UnsupportedFormat   a container that we do not write
│   ├── UnsupportedSampleRate
│   ├── OutOfRange          a number outside its range
│   ├── UnknownArgument     an argument that a function of the library does not have
│   ├── InvalidArgument     an argument of another kind than the one expected
│   ├── InvalidLabel        an AIGC label that is damaged, doubled or against the standard
│   ├── UnreadableAudio     a file that is no sound that we can read
│   ├── AudioNotFound       a produced file that never was, or whose time is over
│   ├── RecordingsError     recordings that no voice can be learnt from
│   └── ConsentError        the speaker's consent is missing, damaged or does not reach so far
├── RefusedError            well formed, but not now
│   ├── Busy                no engine slot, or no memory for the request, is free
│   ├── AudioStoreFull      other answers have the room for files
│   ├── TooLate             the answer would not begin in the time that the caller gives it
│   └── Draining            the server is stopping
├── SetupError              the operator can fix it
│   ├── VoiceMissing        the voice's files are not installed
│   ├── VoicePackageError   installed files are damaged or of another schema
│   ├── DownloadError       files cannot be fetched
│   ├── StorageError        no space, or no right to write
│   ├── UnsafeArchive       an archive or a graph from outside that must not be used
│   ├── ModelError          a model's directory that cannot be read
│   ├── CorpusError         a corpus to learn from that is missing or damaged
│   ├── LicenseError        a private licence, or a key for one, that cannot be used
│   ├── UnknownEngine
│   └── PortInUse
└── EngineError             we must fix it
    └── WorkerLost          a process died in the middle of its work

A message is one plain sentence in Chinese that says what to do; `english` says the same in English.
The library knows nothing of HTTP: `server/errors.py` maps this tree to statuses.
"""

from __future__ import annotations

from typing import ClassVar, Literal


class HuishengError(Exception):
    """Base of all our errors.

    Args:
        message: one Chinese sentence for a person.
        english: the same in English.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, english: str) -> None:
        super().__init__(message)
        self.message = message
        self.english = english

    def __reduce__(self) -> tuple[object, ...]:
        """An error may come from another process; its own arguments are not those of its base."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[HuishengError], args: tuple[object, ...], state: dict[str, object]) -> HuishengError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class RequestError(HuishengError):
    """The caller can fix it. `parameter` names the field at fault, empty when none."""

    code = "invalid_request"
    parameter: ClassVar[str] = ""


class EmptyText(RequestError):
    """Nothing in the text can be spoken."""

    code = "empty_text"
    parameter = "text"

    def __init__(
        self,
        message: str = "文本为空或没有可以合成的内容，请输入文本。",
        english: str = "The text holds nothing that can be spoken.",
    ) -> None:
        super().__init__(message, english)


class UnreadableText(EmptyText):
    """The text holds letters, none of a script that we read."""

    code = "unreadable_text"

    def __init__(self) -> None:
        super().__init__(
            "文本中的文字无法朗读：目前支持中文、英文、数字和常用符号，请改写后重试。",
            "None of the letters in the text can be read: write Chinese, English, numbers or common symbols.",
        )


class TextTooLong(RequestError):
    """The text is over the limit of one request; `length` and `limit` in characters."""

    code = "text_too_long"
    parameter = "text"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"文本共 {length} 字，超过单次上限 {limit} 字，请分段提交。",
            f"The text has {length} characters; one request takes at most {limit}. Split it.",
        )
        self.length = length
        self.limit = limit


class SpokenTextTooLong(RequestError):
    """The text is over the limit once everything is written out; both in characters, `length` at least."""

    code = "spoken_text_too_long"
    parameter = "text"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"文本展开后至少 {length} 字，超过单次上限 {limit} 字，请分段提交。"
            "数字、符号、替换文字和词典都按读出的字数计算。",
            f"Written out, the text has at least {length} characters; one request takes at most {limit}. "
            "Split it. Numbers, signs, aliases and lexicons count as what is said for them.",
        )
        self.length = length
        self.limit = limit


class SpeechTooLong(RequestError):
    """The speech would last longer than `limit` seconds."""

    code = "speech_too_long"
    parameter = "text"

    def __init__(self, limit: float) -> None:
        super().__init__(
            f"语音超过单次上限 {limit:g} 秒（含停顿），请分段提交，或减少停顿、提高语速。",
            f"The speech is longer than {limit:g} seconds, pauses included, the most for one request. "
            "Split the text, shorten its pauses or raise the speed.",
        )
        self.limit = limit


class AudioTooLarge(RequestError):
    """The audio would take more than is allowed or than can be kept; `size` and `limit` in bytes."""

    code = "audio_too_large"
    parameter = "text"

    def __init__(self, size: int, limit: int) -> None:
        large, most = (f"{number / 1e6:.1f} MB" for number in (size, limit))
        super().__init__(
            f"音频共约 {large}，超过上限 {most}，请缩短文本，或改用 mp3、opus，或降低采样率。",
            f"The audio would take about {large}; at most {most} are possible. "
            "Shorten the text, ask for mp3 or opus, or lower the sample rate.",
        )
        self.size = size
        self.limit = limit


class InvalidText(RequestError):
    """The text holds code points that are no characters."""

    code = "invalid_text"
    parameter = "text"

    def __init__(self) -> None:
        super().__init__(
            "文本中有无法识别的字符编码，请用 UTF-8 重新提交。",
            "The text holds invalid code points; send it as UTF-8.",
        )


class MarkupError(RequestError):
    """SSML or shorthand that is wrong; `line` and `column` count from 1, in characters of the source.

    Args:
        line: where it is wrong.
        column: the same.
        reason: Chinese, what is wrong and what would be right, without a full stop.
        english: the same in English.
    """

    code = "invalid_markup"
    parameter = "text"

    def __init__(self, line: int, column: int, reason: str, english: str) -> None:
        super().__init__(
            f"标记有误（第 {line} 行第 {column} 列）：{reason}。", f"Line {line}, column {column}: {english}."
        )
        self.line = line
        self.column = column


class UnknownMarkup(RequestError):
    """A kind of markup that we do not read; `known` lists those that we do."""

    code = "unknown_markup"
    parameter = "markup"

    def __init__(self, value: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"不支持的标记类型“{value}”，可用：{'、'.join(known)}。",
            f"Unknown markup {value!r}. Known: {', '.join(known)}.",
        )
        self.known = known


class LexiconError(RequestError):
    """An entry of a user's lexicon that is wrong; `line` counts from 1, 0 where there are no lines."""

    code = "invalid_lexicon"
    parameter = "lexicon"

    def __init__(self, line: int, reason: str, english: str) -> None:
        place, english_place = (f"（第 {line} 行）", f"Line {line}: ") if line else ("", "")
        super().__init__(f"词典有误{place}：{reason}。", f"{english_place}{english}.")
        self.line = line


class UnknownVoice(RequestError):
    """No voice has this name; `known` lists those that exist."""

    code = "unknown_voice"
    parameter = "voice"

    def __init__(self, voice: str, known: tuple[str, ...]) -> None:
        listed = "、".join(known)
        super().__init__(
            f"没有名为“{voice}”的音色，可用音色：{listed}。",
            f"There is no voice {voice!r}. Known: {', '.join(known)}.",
        )
        self.voice = voice
        self.known = known


class UnknownEmotion(RequestError):
    """No emotion has this name; `known` lists those that exist."""

    code = "unknown_emotion"
    parameter = "emotion"

    def __init__(self, emotion: str, known: tuple[str, ...]) -> None:
        listed = "、".join(known)
        super().__init__(
            f"没有名为“{emotion}”的情感，可用情感：{listed}。",
            f"There is no emotion {emotion!r}. Known: {', '.join(known)}.",
        )
        self.emotion = emotion
        self.known = known


class UnpronounceableSymbol(RequestError):
    """A sound that a voice does not have, or a text in a language that it cannot read.

    Args:
        symbol: the syllable or the phones.
        characters: that are read so.
        span: where they stand in the source, from 0.
        reason: Chinese, which language the voice speaks and what to do, without a full stop.
        english: the same in English.
    """

    code = "unpronounceable_symbol"
    parameter = "text"

    def __init__(
        self, symbol: str, characters: str, span: tuple[int, int], reason: str, english: str
    ) -> None:
        place = span[0] + 1
        super().__init__(
            f"“{characters}”（第 {place} 字，读音 {symbol}）无法合成：{reason}。",
            f"{characters!r} (character {place}, {symbol!r}) cannot be said: {english}.",
        )
        self.symbol = symbol
        self.span = span


class UnsupportedFormat(RequestError):
    """A container that we do not write; `known` lists those that we do.

    Args:
        value: what was asked for.
        known: formats that there are.
        instead: the one that serves the same purpose; empty where none does.
    """

    code = "unsupported_format"
    parameter = "format"

    def __init__(self, value: str, known: tuple[str, ...], instead: str = "") -> None:
        advice, english = (f"请改用 {instead}，", f" Use {instead}.") if instead else ("", "")
        super().__init__(
            f"不支持的音频格式“{value}”，{advice}可用：{'、'.join(known)}。",
            f"Unsupported format {value!r}.{english} Known: {', '.join(known)}.",
        )
        self.value = value
        self.known = known


class UnsupportedSampleRate(RequestError):
    """A sample rate that we do not write; `known` lists those that we do, in Hz."""

    code = "unsupported_sample_rate"
    parameter = "sample_rate"

    def __init__(self, rate: int, known: tuple[int, ...]) -> None:
        super().__init__(
            f"不支持的采样率 {rate}，可用：{'、'.join(map(str, known))}。",
            f"Unsupported sample rate {rate}. Known: {', '.join(map(str, known))}.",
        )
        self.rate = rate
        self.known = known


class OutOfRange(RequestError):
    """A number outside its range; `name` is the field."""

    code = "out_of_range"

    def __init__(self, name: str, value: float, low: float, high: float) -> None:
        super().__init__(
            f"参数 {name} 的值 {value:g} 超出范围，应在 {low:g} 到 {high:g} 之间。",
            f"{name} is {value:g}; it must lie between {low:g} and {high:g}.",
        )
        self.name = name


class UnknownArgument(RequestError):
    """An argument that a function of the library does not have.

    Args:
        name: of the argument.
        nearest: the name that was probably meant, empty where none is like it.
        known: those that there are.
    """

    code = "unknown_argument"

    def __init__(self, name: str, nearest: str, known: tuple[str, ...]) -> None:
        meant, english = (
            (f"，是否想写 {nearest}？", f"; did you mean {nearest!r}?") if nearest else ("。", ".")
        )
        super().__init__(
            f"没有参数 {name}{meant}可用参数：{'、'.join(known)}。",
            f"There is no argument {name!r}{english} Known: {', '.join(known)}.",
        )
        self.name = name
        self.nearest = nearest
        self.known = known


class InvalidArgument(RequestError):
    """An argument of another kind than the one expected.

    Args:
        name: of the argument.
        expected: Chinese, the kind, without a full stop.
        english: the same in English.
        value: that came; only its type is told.
    """

    code = "invalid_argument"

    def __init__(self, name: str, expected: str, english: str, value: object) -> None:
        came = type(value).__name__
        super().__init__(
            f"参数 {name} 应为{expected}，收到的是 {came}。", f"{name} must be {english}, not {came}."
        )
        self.name = name


class InvalidLabel(RequestError):
    """An AIGC label, or the code of a producer, that is damaged, doubled or against GB 45438-2025."""

    code = "invalid_label"
    parameter = "label"


class UnreadableAudio(RequestError):
    """A file that is no sound that we can read.

    Args:
        file: its name.
        reason: Chinese, what is wrong, without a full stop.
        english: the same in English.
    """

    code = "unreadable_audio"

    def __init__(self, file: str, reason: str, english: str) -> None:
        super().__init__(
            f"音频 {file} 无法读取（{reason}），请转换为 wav、flac、mp3 或 ogg。",
            f"{file} cannot be read: {english}. Use wav, flac, mp3 or ogg.",
        )
        self.reason = reason
        self.reason_english = english


class RecordingsError(RequestError):
    """Recordings, or a folder of them, that no voice can be learnt from."""

    code = "recordings"


ConsentFault = Literal["consent_missing", "consent_invalid", "consent_expired", "scope_denied"]
"""There is none; it is incomplete or contradicts itself; its term is not now; it does not allow this use."""


class ConsentError(RequestError):
    """The speaker's consent is missing, damaged or does not reach so far.

    Args:
        fault: what is wrong, for programs.
        reason: Chinese, what is wrong and what to do, without a full stop.
        english: the same in English.
    """

    code = "consent"

    def __init__(self, fault: ConsentFault, reason: str, english: str) -> None:
        super().__init__(f"声音授权无效：{reason}。", f"The voice consent cannot be used: {english}.")
        self.fault = fault


class AudioNotFound(RequestError):
    """No produced file has this name, or its time is over."""

    code = "audio_not_found"

    def __init__(self) -> None:
        super().__init__(
            "音频不存在、已过期或已被清理，请重新生成。",
            "The audio does not exist, has expired or was removed; make it again.",
        )


class RefusedError(HuishengError):
    """Well formed, but not now. `retry_after` in seconds."""

    code = "refused"

    def __init__(self, message: str, english: str, retry_after: int) -> None:
        super().__init__(message, english)
        self.retry_after = retry_after


class Busy(RefusedError):
    """Every engine slot is taken and the queue is full, or requests have all the memory that is for them."""

    code = "busy"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"服务正忙，请在 {retry_after} 秒后重试。",
            f"The server is busy; try again in {retry_after} seconds.",
            retry_after,
        )


class AudioStoreFull(RefusedError):
    """The room for files is taken by other answers now."""

    code = "audio_store_full"

    def __init__(self, size: int, retry_after: int) -> None:
        megabytes = f"{size / 1e6:.1f} MB"
        super().__init__(
            f"保存音频的空间暂时已满，放不下这次的 {megabytes}，请在 {retry_after} 秒后重试，"
            "或改用不保存文件的 POST /v1/audio/speech。",
            f"The room for audio files is taken; {megabytes} do not fit now. "
            f"Try again in {retry_after} seconds, or use POST /v1/audio/speech, which keeps no file.",
            retry_after,
        )


class TooLate(RefusedError):
    """The answer would not begin, or did not, in the time that the caller gives it."""

    code = "too_late"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"在要求的时限内无法完成，请放宽时限，或在 {retry_after} 秒后重试。",
            f"It cannot be done in the time given; allow more, or try again in {retry_after} seconds.",
            retry_after,
        )


class Draining(RefusedError):
    """The server is stopping: what runs is finished, nothing new is begun."""

    code = "draining"

    def __init__(self) -> None:
        super().__init__(
            "服务正在停止，请稍后重试。", "The server is stopping; try again soon.", retry_after=5
        )


class SetupError(HuishengError):
    """The operator can fix it."""

    code = "setup"


class VoiceMissing(SetupError):
    """The voice's files are not installed."""

    code = "voice_missing"


class VoicePackageError(SetupError):
    """Installed files are damaged or of another schema."""

    code = "voice_package"


class DownloadError(SetupError):
    """Files cannot be fetched."""

    code = "download"


class StorageError(SetupError):
    """No space, or no right to write."""

    code = "storage"


class UnsafeArchive(SetupError):
    """An archive or a graph from outside that is damaged or could do harm.

    Args:
        file: its name.
        reason: Chinese, what is wrong, without a full stop.
        english: the same in English.
    """

    code = "unsafe_archive"

    def __init__(self, file: str, reason: str, english: str) -> None:
        super().__init__(
            f"{file} 不能使用（{reason}），请换用可信来源的完整文件。",
            f"{file} cannot be used: {english}. Take a whole file from a source that you trust.",
        )


class ModelError(SetupError):
    """A model's directory, from outside, that is damaged, incomplete, unsafe or of an unknown kind.

    Args:
        place: the file or folder at fault, as the model's directory names it.
        reason: Chinese, what is wrong, without a full stop.
        english: the same in English.
    """

    code = "model"

    def __init__(self, place: str, reason: str, english: str) -> None:
        super().__init__(f"不能导入 {place}：{reason}。", f"{place} cannot be imported: {english}.")
        self.place = place


class CorpusError(SetupError):
    """A corpus to learn from is missing or damaged.

    Args:
        path: of what cannot be read.
    """

    code = "corpus"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"无法读取训练语料 {path}，请重新制作语料。",
            f"The training corpus {path} cannot be read; make it again.",
        )
        self.path = path


LicenseFault = Literal[
    "license_missing",
    "license_unreadable",
    "license_version",
    "license_unknown_key",
    "license_altered",
    "license_invalid",
    "license_not_in_force",
    "license_key",
]
"""There is no such file; it has not the form; another version of it; signed by a key that is not trusted; not
as it was signed; signed, and contradicts itself; its term is not now; a key's file is wrong."""


class LicenseError(SetupError):
    """A private licence, or a key for one, that cannot be used.

    Args:
        fault: what is wrong, for programs.
        reason: Chinese, what is wrong and what to do, without a full stop.
        english: the same in English.
    """

    code = "license"

    def __init__(self, fault: LicenseFault, reason: str, english: str) -> None:
        super().__init__(
            f"许可证或密钥不能使用：{reason}。", f"The licence or key cannot be used: {english}."
        )
        self.fault = fault


class UnknownEngine(SetupError):
    """No engine has this name; `known` lists those that exist."""

    code = "unknown_engine"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"没有名为“{name}”的引擎，可用引擎：{'、'.join(known)}。",
            f"There is no engine {name!r}. Known: {', '.join(known)}.",
        )
        self.known = known


class PortInUse(SetupError):
    """Another program listens on the port."""

    code = "port_in_use"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"端口 {host}:{port} 已被占用，请关闭占用它的程序，或更换端口：make serve PORT={port + 1}。",
            f"Port {host}:{port} is in use; stop the program that holds it, "
            f"or choose another: make serve PORT={port + 1}.",
        )


class EngineError(HuishengError):
    """We must fix it."""

    code = "engine"

    def __init__(
        self, message: str = "语音引擎出错，请稍后重试。", english: str = "The speech engine failed."
    ) -> None:
        super().__init__(message, english)


class WorkerLost(EngineError):
    """The process that did a piece of work is gone; the work can be begun anew in another."""

    code = "worker_lost"
