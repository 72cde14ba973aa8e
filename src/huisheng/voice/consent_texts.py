"""The words of a speaker's consent, and the file in which a person gives it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Locale: TypeAlias = Literal["zh-CN", "en"]

STATEMENT_ID: Final = "huisheng-voice-consent"
STATEMENT_VERSION: Final = 1

STATEMENTS: Final[dict[Locale, str]] = {
    "zh-CN": (
        "说话人已被单独告知并同意：用所提供的录音训练人工智能语音合成模型，由该模型生成与说话人声音相似的语音，"
        "用于本文件所列的用途，直至所列的截止日期；声音属于敏感个人信息，合成语音可能被听者认作说话人本人所说；"
        "生成的语音会按规定标识为人工智能合成；同意可以随时撤回，撤回后录音、模型与语音包将被删除。"
    ),
    "en": (
        "The speaker has been told separately, and agrees, that an artificial-intelligence speech synthesis "
        "model is trained on the recordings provided and produces speech that resembles the speaker's voice, "
        "for the purposes and until the date given in this file; that a voice is sensitive personal "
        "information and that listeners may take synthetic speech for the speaker's own; that the speech is "
        "labelled as AI-generated as the law demands; and that this consent can be withdrawn at any time, "
        "upon which recordings, models and voice packages are deleted."
    ),
}
"""What is agreed to; a changed word is another `STATEMENT_VERSION`."""

TEMPLATES: Final[dict[Locale, str]] = {
    "zh-CN": """# 声音训练同意书。请由说话人（或其监护人、被授权人）逐项填写后保存。
#
# {text}

statement = "{statement}"
version = {version}
locale = "zh-CN"
agreed = false                 # 同意以上全部内容时改为 true
confirmed_by = ""              # 确认人：本人、监护人或持有授权的人

[speaker]
name = ""                      # 说话人姓名或化名
relation = "self"              # self 本人，authorised 书面授权，licensed 合同许可
authorisation = ""             # 不是本人时：授权书或合同的编号与存放处
age = "adult"                  # adult 成年，minor 14 至 17 周岁，under_14 未满 14 周岁

# 未满 14 周岁时必填，并由监护人作为确认人：
# [speaker.guardian]
# name = ""
# relation = ""                # 与说话人的关系

[scope]
# 可选用途：{purposes}
purposes = ["ai_speech_synthesis"]
commercial = false             # 是否允许商业使用
sublicence = false             # 是否允许把语音包交给他人
prohibited = []                # 说话人不允许的用途
begins = ""                    # 开始日期，如 2026-01-01
ends = ""                      # 截止日期
""",
    "en": """# Consent to the training of a voice: for the speaker, a guardian or who may fill it in.
#
# {text}

statement = "{statement}"
version = {version}
locale = "en"
agreed = false                 # true when all of the above is agreed to
confirmed_by = ""              # who confirms: the speaker, the guardian or who holds the authorisation

[speaker]
name = ""                      # name or pseudonym
relation = "self"              # self, authorised (in writing) or licensed (by a contract)
authorisation = ""             # unless self: number of the letter or contract, and where it is kept
age = "adult"                  # adult, minor (14 to 17) or under_14

# Needed under 14, and then the guardian confirms:
# [speaker.guardian]
# name = ""
# relation = ""                # to the speaker

[scope]
# Purposes: {purposes}
purposes = ["ai_speech_synthesis"]
commercial = false             # whether money may be earned with the voice
sublicence = false             # whether the voice package may be handed on
prohibited = []                # uses that the speaker rules out
begins = ""                    # first day, such as 2026-01-01
ends = ""                      # last day
""",
}
"""TOML; braces stand for the statement's id, version and text, and for the names of all purposes."""
