"""Run every rule; exit status 1 when one complains."""

import gc
import sys
from pathlib import Path

from tools.lint import RULES
from tools.lint.source import Repository

gc.disable()  # a thousand trees, all kept: collections would take two thirds of the time
repository = Repository.at(Path.cwd())
complaints = [complaint for rule in RULES for complaint in rule(repository)]
for complaint in complaints:
    print(complaint)
sys.exit(bool(complaints))
