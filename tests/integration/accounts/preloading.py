"""What the process has imported and loaded that servers are forked from."""

from tests.integration.accounts import killed_server

import huisheng.server.business as _business  # noqa: F401

killed_server.frontend()
