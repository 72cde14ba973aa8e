from __future__ import annotations

import pytest
from benchmarks.text.__main__ import main


def test_cases_of_the_unseen_part_are_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--show", "unseen/polyphones"])

    assert "只能列出调试部分" in capsys.readouterr().err
