"""What the process has imported and loaded that servers are forked from."""

from importlib import import_module

from tests.integration.accounts import killed_server

import_module("huisheng.server.business")  # which servers import only where accounts are on
killed_server.frontend()
