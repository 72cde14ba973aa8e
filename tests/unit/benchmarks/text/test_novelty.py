"""The unseen part stays unseen."""

from __future__ import annotations

import pytest
from benchmarks.text.cases import TASKS, Task
from benchmarks.text.novelty import count_known


@pytest.mark.parametrize("task", TASKS)
def test_no_unseen_case_stands_among_the_tuning_cases_or_the_training_texts(task: Task) -> None:
    assert count_known(task) == 0
