"""What a person is told about their recordings, in Chinese and English: one table of all sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

Severity: TypeAlias = Literal["refuse", "warn"]
"""Whether a recording is left out, or used all the same."""

Kind: TypeAlias = Literal[
    "outside",
    "no_file",
    "unsupported",
    "empty",
    "unreadable",
    "without_transcript",
    "without_audio",
    "namesakes",
    "duplicate",
    "conflict",
    "repeated",
    "several_fit",
    "several_speakers",
    "recoded",
    "undecodable",
    "too_large",
    "no_table",
    "no_text",
    "unspeakable",
    "low_rate",
    "modest_rate",
    "narrow",
    "badly_clipped",
    "clipped",
    "noisy",
    "some_noise",
    "channels_differ",
    "too_short",
    "too_long",
    "no_speech",
    "mostly_silence",
    "misfit",
    "uncut",
    "uncuttable",
    "pieces_dropped",
    "total_too_short",
    "total_short",
    "surplus",
]


@dataclass(frozen=True, slots=True)
class RecordingFinding:
    """Something about one recording, or about all of them.

    Attributes:
        kind: for programs.
        severity: whether it keeps the recording out.
        file: path inside the folder, printable; empty for all recordings together.
        message: Chinese sentence.
        english: the same in English.
    """

    kind: Kind
    severity: Severity
    file: str
    message: str
    english: str


class _Sentence(NamedTuple):
    severity: Severity
    chinese: str
    english: str


_SENTENCES: Final[dict[Kind, _Sentence]] = {
    "outside": _Sentence(
        "refuse",
        "是指向文件夹之外的链接，请放入文件本身。",
        "It is a link out of the folder; put the file itself here.",
    ),
    "no_file": _Sentence(
        "refuse", "不是普通文件，请放入录音文件。", "It is no plain file; put a recording here."
    ),
    "unsupported": _Sentence(
        "refuse",
        "不支持 {} 格式，请转换为 wav、flac、mp3 或 ogg。",
        "{} is not read; convert it to wav, flac, mp3 or ogg.",
    ),
    "empty": _Sentence("refuse", "文件是空的，请重新导出。", "The file is empty; export it again."),
    "unreadable": _Sentence("refuse", "{0}，请重新导出。", "{1}; export it again."),
    "without_transcript": _Sentence(
        "refuse",
        "没有对应的文本，请在旁边放一个同名 .txt，或写进 metadata.csv。",
        "It has no transcript; put a .txt of the same name beside it, or a line in metadata.csv.",
    ),
    "without_audio": _Sentence(
        "warn",
        "有 {} 条文本没有对应的录音（如“{}”），已忽略。",
        "Transcripts without a recording, ignored: {} (such as {!r}).",
    ),
    "namesakes": _Sentence(
        "warn", "与 {} 同名，只用后者。", "It has the name of {}; only the latter is used."
    ),
    "duplicate": _Sentence("warn", "与 {} 内容相同，只用后者。", "It equals {}; only the latter is used."),
    "conflict": _Sentence(
        "refuse", "有两份不同的文本，请只保留一份。", "It has two transcripts that differ; keep one."
    ),
    "repeated": _Sentence(
        "warn", "同一份文本重复，只使用一次。", "Its transcript stands there twice and is used once."
    ),
    "several_fit": _Sentence(
        "warn",
        "有 {} 条文本对应多个录音（如“{}”），已忽略，请写出完整的相对路径。",
        "Transcripts that fit several recordings, ignored: {} (such as {!r}); write whole relative paths.",
    ),
    "several_speakers": _Sentence(
        "warn",
        "列出了 {} 个说话人，训练一个音色只应有一人的录音，请核对。",
        "It lists {} speakers; one voice is learnt from one person, so please check.",
    ),
    "recoded": _Sentence(
        "warn",
        "不是 UTF-8，已按 {} 读取，请核对文字是否正确。",
        "It is not UTF-8 and was read as {}; check that its words are right.",
    ),
    "undecodable": _Sentence(
        "refuse",
        "文字编码无法识别，请另存为 UTF-8。",
        "Its characters cannot be told; save it as UTF-8.",
    ),
    "too_large": _Sentence("refuse", "文本文件超过 {} MB，请拆分。", "The text is over {} MB; divide it."),
    "no_table": _Sentence(
        "warn",
        "无法识别“文件名、文本”两列，已忽略。",
        "No columns of file names and texts can be told in it; it is ignored.",
    ),
    "no_text": _Sentence("refuse", "对应的文本为空，请补充。", "Its transcript is empty; fill it in."),
    "unspeakable": _Sentence(
        "refuse", "文本中没有可以合成的内容，请补充。", "Nothing in its transcript can be spoken; fill it in."
    ),
    "low_rate": _Sentence(
        "refuse",
        "采样率 {} Hz 太低，请提供 16 kHz 以上、最好 24 kHz 以上的录音。",
        "Its rate of {} Hz is too low; record at 16 kHz at least, better 24 kHz or more.",
    ),
    "modest_rate": _Sentence(
        "warn",
        "采样率 {} Hz 偏低，音色会发闷，最好 24 kHz 以上。",
        "Its rate of {} Hz is low and the voice will sound dull; better 24 kHz or more.",
    ),
    "narrow": _Sentence(
        "warn",
        "声音只到 {:.1f} kHz，像是电话录音或由低采样率转换而来，音色会发闷。",
        "It holds nothing above {:.1f} kHz, like a telephone or a converted file; the voice will sound dull.",
    ),
    "badly_clipped": _Sentence(
        "refuse",
        "{:.1%} 的样本削顶，失真严重，请降低录音电平后重录。",
        "{:.1%} of its samples are clipped; record again at a lower level.",
    ),
    "clipped": _Sentence("warn", "{:.2%} 的样本削顶，略有失真。", "{:.2%} of its samples are clipped."),
    "noisy": _Sentence(
        "refuse",
        "信噪比约 {:.0f} dB，噪声太大，请在安静处重录。",
        "Its signal-to-noise ratio is about {:.0f} dB; record again in a quiet place.",
    ),
    "some_noise": _Sentence(
        "warn", "信噪比约 {:.0f} dB，噪声偏大。", "Its signal-to-noise ratio is only about {:.0f} dB."
    ),
    "channels_differ": _Sentence(
        "warn",
        "左右声道差别很大，已混为单声道，请核对是否只有一个人的声音。",
        "Its channels differ much and were mixed; check that only one person speaks.",
    ),
    "too_short": _Sentence(
        "refuse", "只有 {:.2f} 秒，至少要 0.5 秒。", "It lasts {:.2f} s; at least 0.5 s are needed."
    ),
    "too_long": _Sentence(
        "refuse", "超过 {:.0f} 小时，请拆成几个文件。", "It is over {:.0f} hours long; divide it."
    ),
    "no_speech": _Sentence("refuse", "没有检测到语音。", "No speech can be heard in it."),
    "mostly_silence": _Sentence("warn", "只有 {:.0%} 的时间在说话。", "Speech fills only {:.0%} of it."),
    "misfit": _Sentence(
        "refuse",
        "文本与录音不符（每秒 {:.1f} 个音节，应在 {:.1f} 到 {:.1f} 之间），请核对文本。",
        "Its text does not fit: {:.1f} syllables a second, not {:.1f} to {:.1f}; check the text.",
    ),
    "uncut": _Sentence(
        "warn",
        "长 {:.0f} 秒，无法按句切开，整段使用。",
        "It lasts {:.0f} s and cannot be cut at sentences; it is used whole.",
    ),
    "uncuttable": _Sentence(
        "refuse",
        "长 {:.0f} 秒，无法按句切开，请切成 60 秒以内的片段并分别给出文本。",
        "It lasts {:.0f} s and cannot be cut at sentences; cut it below 60 s, each part with its text.",
    ),
    "pieces_dropped": _Sentence(
        "warn",
        "切出的 {} 段中有 {} 段与文本对齐失败，未使用。",
        "Of its {} pieces {} could not be matched with the text safely and are not used.",
    ),
    "total_too_short": _Sentence(
        "refuse",
        "可用录音共 {:.0f} 秒，至少要 1 分钟，建议 10 分钟以上。",
        "There are {:.0f} s of usable recordings; 1 minute is needed, 10 are better.",
    ),
    "total_short": _Sentence(
        "warn",
        "可用录音共 {:.1f} 分钟，建议 10 分钟以上，可以提高相似度和稳定性。",
        "There are {:.1f} minutes of usable recordings; with 10 or more the voice is nearer and steadier.",
    ),
    "surplus": _Sentence(
        "warn",
        "录音超过 {:.0f} 小时，只用信噪比最好的 {:.0f} 小时。",
        "There are over {:.0f} hours of recordings; the {:.0f} with the least noise are used.",
    ),
}
"""`{}` stand for the values, which both languages take in the same order."""


def finding(kind: Kind, file: object = "", *values: object) -> RecordingFinding:
    """What is said of one file.

    Args:
        kind: which sentence.
        file: its path inside the folder; empty for all recordings together.
        values: for the places in the sentence.
    """
    sentence = _SENTENCES[kind]
    chinese, english = sentence.chinese.format(*values), sentence.english.format(*values)
    return RecordingFinding(
        kind, sentence.severity, printable(str(file)), printable(chinese), printable(english)
    )


def is_refused(findings: tuple[RecordingFinding, ...] | list[RecordingFinding]) -> bool:
    """Whether one of them keeps a recording out."""
    return any(finding.severity == "refuse" for finding in findings)


def printable(text: str) -> str:
    """A text from outside as one line, without anything that a terminal obeys."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
