from __future__ import annotations

import pytest
from benchmarks.text.cases import TASKS, Task, read
from benchmarks.text.novelty import new
from benchmarks.text.scoring import letters


@pytest.mark.parametrize("task", TASKS)
def test_no_new_case_is_a_tuning_case(task: Task) -> None:
    tuned = {letters(case.question) for case in read(task, "tuning")}

    repeated = sum(letters(case.question) in tuned for case in new(task))

    assert repeated == 0
