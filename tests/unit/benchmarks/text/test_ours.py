from __future__ import annotations

import pytest
from benchmarks.text.cases import Adapter, Task
from benchmarks.text.ours import adapters

from huisheng.text.frontend import Frontend


@pytest.fixture(scope="module")
def ours(frontend: Frontend) -> dict[Task, Adapter]:
    return dict(adapters(frontend))


@pytest.mark.parametrize(
    ("task", "question", "answer"),
    [
        ("normalization", "他今年25岁", "他今年二十五岁"),
        ("polyphones", "几[行]字", "hang2"),
        ("polyphones", "小[孩]儿", "hair2"),
        ("sandhi", "一定，你好", "yi2 ding4 ni2 hao3"),
        ("emotion", "把鸡蛋打散，加入少许盐搅匀。", "neutral"),
    ],
)
def test_our_answer_has_the_form_of_the_case(
    ours: dict[Task, Adapter], task: Task, question: str, answer: str
) -> None:
    assert ours[task](question) == answer


def test_a_text_with_its_breaks_is_the_text_but_for_them(ours: dict[Task, Adapter]) -> None:
    text = "去年冬天刚刚建成的那座图书馆每天都会迎来上千名读者，很热闹。"

    marked = ours["breaks"](text)

    assert "|" in marked
    assert marked.replace("|", "") == text
