"""What a server with accounts offers as it is set up, and what its operator does next: for the log at the
start, and for `huisheng doctor`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from huisheng.server.billing.chinese_font import find_chinese_font
from huisheng.server.settings import Settings

logger = logging.getLogger("huisheng.server")


@dataclass(frozen=True, slots=True)
class SetupNote:
    """One fact about a server with accounts; the sentences are Chinese and English.

    Attributes:
        subject: what it is about, such as `signup`.
        found: what holds.
        advice: what to do about it; empty where that is well.
    """

    subject: str
    found: str
    advice: str = ""


def examine_setup(settings: Settings, operators: int) -> Iterator[SetupNote]:
    """What is open, what is closed, and what to do next.

    Args:
        settings: of a server with accounts.
        operators: how many there are.

    Raises:
        SetupError: the file of a secret cannot be read.
    """
    yield _examine_operators(operators)
    yield _examine_signup(settings)
    if settings.account_settings.mail_server is None:
        yield SetupNote(
            "mail",
            "没有设置 HUISHENG_MAIL，不发送邮件。 No mail is sent.",
            "不能验证邮箱、找回密码、邀请成员、通知续费；有人忘记密码时，请运行 "
            "huisheng accounts password 邮箱。设置 HUISHENG_MAIL 与 HUISHENG_PUBLIC_URL 后即可发送。 "
            "Set both to verify addresses, reset passwords, invite members and announce renewals.",
        )
    if not settings.payment.payments:
        yield SetupNote(
            "payments",
            "没有设置 HUISHENG_PAYMENTS，次数包和套餐都不能购买。 Nothing can be bought.",
            "请设置支付方式，例如 HUISHENG_PAYMENTS=manual；也可以用 huisheng accounts grant 赠送额度。 "
            "Set a method of payment, or give allowances by `huisheng accounts grant`.",
        )
    elif settings.document_font is None and find_chinese_font() is None:
        yield SetupNote(
            "font",
            "没有找到中文字体，收据和发票中没有嵌入字体，有的电脑上显示为方框。 "
            "No Chinese font was found to be embedded in receipts and invoices.",
            "请安装 fonts-droid-fallback，或在 HUISHENG_DOCUMENT_FONT 中指定 TrueType 字体。 "
            "Install that package, or name a TrueType font in HUISHENG_DOCUMENT_FONT.",
        )
    if settings.guard.api_keys:
        yield SetupNote(
            "api_keys",
            "HUISHENG_API_KEYS 中的密钥是运营者的密钥：不限量、不扣费，可以使用 /api/admin 与 /metrics。 "
            "Keys of HUISHENG_API_KEYS are the operator's: nothing limits or charges them.",
            "请勿交给他人；已经交给他人的，请从中删除，改用账户的密钥（/account#keys）。 "
            "Give people keys of accounts instead.",
        )


def log_setup(notes: Iterable[SetupNote]) -> None:
    """Write a line for each; those with advice are warnings."""
    for note in notes:
        level = logging.WARNING if note.advice else logging.INFO
        logger.log(level, "%s", " ".join(filter(None, (note.found, note.advice))))


def _examine_operators(count: int) -> SetupNote:
    if count:
        return SetupNote(
            "operator", f"有 {count} 位运营者，运营后台在 /admin。 There is an operator; see /admin."
        )
    return SetupNote(
        "operator",
        "还没有运营者。 There is no operator yet.",
        "请在服务启动后，在本机运行 huisheng accounts operator 邮箱，再运行 huisheng accounts password 邮箱，"
        "然后在 /account 登录。不需要邮件，也不需要先注册。 Run both with your address once the server has "
        "started, then sign in at /account; neither needs mail.",
    )


def _examine_signup(settings: Settings) -> SetupNote:
    rule, subject = settings.signup_rule, "signup"
    if rule == "verified":
        return SetupNote(subject, "注册开放，邮箱须验证。 Anybody can sign up, and proves an address.")
    if rule == "open" and settings.is_private:
        return SetupNote(
            subject,
            "注册开放，不验证邮箱：只有本机能访问。 Anybody on this machine can sign up; addresses are not "
            "verified.",
        )
    if rule == "open":
        return SetupNote(
            subject,
            "注册开放，不验证邮箱。 Anybody can sign up; addresses are not verified.",
            "能访问本服务的人可以反复注册、领取免费额度；请设置 HUISHENG_MAIL 与 HUISHENG_SIGNUP=verified。 "
            "People can sign up again and again for what is free; set both to have addresses verified.",
        )
    if settings.account_settings.signup:
        return SetupNote(subject, "注册关闭（HUISHENG_SIGNUP=closed）。 Nobody can sign up.")
    return SetupNote(
        subject,
        "注册关闭：没有设置 HUISHENG_MAIL，无法验证邮箱。 Nobody can sign up: no address could be verified.",
        "请设置 HUISHENG_MAIL 与 HUISHENG_PUBLIC_URL；或设置 HUISHENG_SIGNUP=open，不验证邮箱；"
        "或用 huisheng accounts add 邮箱 逐个添加用户。 Set both, or HUISHENG_SIGNUP=open, or add people one "
        "by one.",
    )
