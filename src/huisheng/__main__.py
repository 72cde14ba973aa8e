"""`python -m huisheng`: the command, where no script of it is on the path, as under torchrun."""

import sys

from huisheng.cli.main import main

sys.exit(main())
