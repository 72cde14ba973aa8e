"""Refusals of accounts."""

from __future__ import annotations

from huisheng.errors import RequestError
from huisheng.server.errors import NotFound, StateConflict
from huisheng.server.guard.errors import Denied, LimitError, Unauthorized


class WrongCredentials(Unauthorized):
    """E-mail and password do not belong together; which of them is wrong is not told."""

    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__(given=True)
        self.message = "邮箱或密码不正确。"
        self.english = "E-mail or password is wrong."
        self.args = (self.message,)


class EmailUnverified(Denied):
    """The password is right, but nobody has proved that the address is theirs."""

    code = "email_unverified"

    def __init__(self) -> None:
        super().__init__(
            "邮箱还没有验证，请打开验证邮件中的链接，或重新发送。",
            "The address is not verified; open the link that was mailed, or have it mailed again.",
        )


class SignupClosed(Denied):
    """Nobody can sign up here."""

    code = "signup_closed"

    def __init__(self) -> None:
        super().__init__(
            "本服务不开放注册，请联系运营者。", "Nobody can sign up to this server; ask its operator."
        )


class MailUnavailable(StateConflict):
    """What is asked for comes by mail, and this server sends none; of the address this tells nothing."""

    code = "mail_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "本服务没有设置发送邮件，请联系运营者：忘记密码时，运营者可以为您设置新密码。",
            "This server sends no mail; ask its operator, who can also set a new password for you.",
        )


class WeakPassword(RequestError):
    """A password that is too short, too long, or among the first that anybody would try."""

    code = "weak_password"
    parameter = "password"

    def __init__(self) -> None:
        super().__init__(
            "密码应为 8 到 128 个字符，不能是常见的密码，也不能与邮箱相同。",
            "A password has 8 to 128 characters, and is neither a usual one nor the address.",
        )


class InvalidToken(RequestError):
    """A mailed link that is unknown, used or too old."""

    code = "invalid_token"
    parameter = "token"

    def __init__(self) -> None:
        super().__init__(
            "链接无效、已使用或已过期，请重新获取。",
            "The link is wrong, used or too old; ask for a new one.",
        )


class TooManyAttempts(LimitError):
    """Too many wrong passwords, keys or tokens, for one name or from one address."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"尝试次数过多，请在 {retry_after} 秒后重试。",
            f"Too many attempts; try again in {retry_after} seconds.",
            retry_after,
            (),
        )


class KeyAddressRefused(Denied):
    """An API key is used from an address that is not on its list."""

    code = "key_address_refused"

    def __init__(self) -> None:
        super().__init__(
            "这个密钥不能从当前地址使用，请在账户页修改它的地址名单。",
            "This key may not be used from this address; change its list in the account.",
        )


class UnknownObject(NotFound):
    """Nothing of this account has this id."""

    def __init__(self) -> None:
        super().__init__("不存在，或不属于这个账户。", "No such thing, or none of this account.")


class TooManyKeys(StateConflict):
    """An account has as many keys as it may."""

    code = "too_many_keys"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"一个账户最多有 {limit} 个有效的密钥，请先撤销不用的。",
            f"An account has at most {limit} keys; revoke one first.",
        )


class LastOwner(StateConflict):
    """The last owner of an organization leaves, or is to be something else."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__(
            "这是组织唯一的所有者，请先指定其他所有者，或删除组织。",
            "This is the organization's last owner; name another one first, or delete the organization.",
        )


class PersonalAccount(StateConflict):
    """A personal account has one member, who stays."""

    code = "personal_account"

    def __init__(self) -> None:
        super().__init__(
            "个人账户只属于一个人；请先创建组织，再邀请成员。",
            "A personal account is for one person; create an organization and invite members there.",
        )


class ConfirmationMissing(RequestError):
    """Something that cannot be undone is asked for without the proof that it is meant."""

    code = "confirmation_missing"
    parameter = "confirm"

    def __init__(self) -> None:
        super().__init__(
            "请输入账户名称确认删除；设置过密码的用户请输入密码。",
            "Write the account's name to confirm, or your password if you have one.",
        )


class AlreadyMember(StateConflict):
    """A person is in the account already."""

    code = "already_member"

    def __init__(self) -> None:
        super().__init__("对方已经是成员。", "They are a member already.")


class AddressTaken(StateConflict):
    """Somebody has the e-mail address; only the operator is told."""

    code = "address_taken"

    def __init__(self) -> None:
        super().__init__("这个邮箱已有账户。", "The address has an account already.")


class IdentityConflict(StateConflict):
    """An identity at a provider cannot be linked without proof that both are the same person."""

    code = "sign_in_first"

    def __init__(self) -> None:
        super().__init__(
            "这个邮箱已有账户，请先用密码登录，再在账户页关联。",
            "The address has an account; sign in with its password, then link the provider there.",
        )


class LastSignIn(StateConflict):
    """The only way in which a person can sign in is to be taken off."""

    code = "last_sign_in"

    def __init__(self) -> None:
        super().__init__(
            "这是您唯一的登录方式，请先设置密码，或关联其他第三方登录。",
            "You could not sign in any more; set a password or link another provider first.",
        )


class SignInFailed(RequestError):
    """A sign-in at a provider did not come to its end."""

    code = "sign_in_failed"

    def __init__(self) -> None:
        super().__init__(
            "第三方登录没有完成，请重试。", "The sign-in at the provider was not completed; try again."
        )
