"""The provider of the tests with thin ID tokens: it tells e-mail and name at UserInfo alone, as some do with
the code flow. A claim `userinfo_sub` makes UserInfo tell of somebody else.
"""

from __future__ import annotations

from typing import Any

from oidc_provider_mock import _app as provider
from oidc_provider_mock.__main__ import run

_TELL = provider._user_claims_for_scope


def _tell_sparingly(_: object, user: Any, __: str) -> dict[str, object]:  # noqa: ANN401 (the provider's)
    return {"sub": user.sub}


def _tell_of(user: Any, scope: str) -> dict[str, object]:  # noqa: ANN401 (the provider's)
    return {**_TELL(user, scope), "sub": user.claims.get("userinfo_sub", user.sub)}


provider.OpenIDCode.generate_user_info = _tell_sparingly  # pyright: ignore[reportAttributeAccessIssue]
provider._user_claims_for_scope = _tell_of
run()
