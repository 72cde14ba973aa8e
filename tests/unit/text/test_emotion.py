"""The emotion that words suggest: clear cases, silence about the rest, and what is looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.emotion.names import resolve
from huisheng.errors import InvalidText
from huisheng.text import segmentation
from huisheng.text.dictionary import open_dictionary
from huisheng.text.emotion import (
    DOUBTFUL,
    EMOTION,
    LABELS,
    STRENGTH,
    PredictedEmotion,
    features,
    predict_emotion,
)
from huisheng.text.frontend import Frontend
from huisheng.text.linear import LinearModel, hashes
from huisheng.text.pronunciation import lexicon
from huisheng.text.segmentation import Segmenter

NEUTRAL = PredictedEmotion("neutral", 0.0, 1.0)
LONGEST = 400
"""Characters of a text that are looked at."""
CLEAR = {
    "neutral": ["会议改到下午三点，地点不变。", "请把文件放在桌上。", "地铁二号线从早上六点开始运营。"],
    "happy": ["太好了，我考上了！", "我们赢了，大家都高兴得跳了起来！", "今天发工资啦，晚上请你吃火锅！"],
    "sad": ["奶奶走了，我再也见不到她了。", "她捂着脸哭了起来。", "我好难过，眼泪止不住地流。"],
    "angry": ["你怎么又骗我，给我滚出去！", "气死我了，他凭什么这样对我！", "你太过分了，简直不讲道理！"],
    "fearful": ["门自己开了，外面一个人也没有。", "别过来，我好怕！", "他吓得浑身发抖，一步也不敢动。"],
    "surprised": ["天哪，原来你们是双胞胎！", "什么？你居然已经结婚了？", "哇，没想到你会在这里！"],
    "disgusted": ["汤里漂着一只苍蝇，真恶心。", "呸，这什么东西，真让人反胃。", "厕所脏得让人想吐。"],
}


@pytest.fixture(scope="module")
def segmenter(dictionaries: Path) -> Segmenter:
    return Segmenter(open_dictionary(segmentation.source(lexicon.own_words()), dictionaries))


def toy(angry: float, strong: float = 0.0) -> LinearModel:
    """Weights of anger, and of strength 2 against 1, in every text."""
    found = np.array([hashes(EMOTION, ["bias"])[0], hashes(STRENGTH, ["isangry"])[0]])
    order = np.argsort(found)
    weights = np.array([[round(10 * angry), 0], [0, round(10 * strong)]], dtype=np.int8)
    groups = {EMOTION: ("angry", "neutral"), STRENGTH: ("1", "2")}
    return LinearModel(groups, {}, 0.1, "toy", found[order], weights[order])


# The shipped model


@pytest.mark.parametrize(
    ("label", "text"), [(label, text) for label, texts in CLEAR.items() for text in texts]
)
def test_a_clear_case_is_known(frontend: Frontend, label: str, text: str) -> None:
    assert frontend.predict_emotion(text).label == label


def test_every_label_has_a_clear_case() -> None:
    assert tuple(CLEAR) == LABELS


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_a_name_of_an_emotion(label: str) -> None:
    assert resolve(label).intensity > 0.0


@pytest.mark.parametrize("text", ["", "  \n", "hello!!!", "123？！", "😡😡", "……", "\U00020000"])
def test_a_text_without_common_han_characters_is_neutral(frontend: Frontend, text: str) -> None:
    assert frontend.predict_emotion(text) == NEUTRAL


@pytest.mark.parametrize("beginning", ["a", "\n", "。"])
def test_a_long_text_without_han_at_its_beginning_is_neutral(frontend: Frontend, beginning: str) -> None:
    assert frontend.predict_emotion(beginning * LONGEST + "气死我了！") == NEUTRAL


def test_only_the_beginning_of_a_long_text_is_looked_at(frontend: Frontend) -> None:
    text = ("气死我了！" * LONGEST)[:LONGEST]

    assert frontend.predict_emotion(text + "太好了！" * 100) == frontend.predict_emotion(text)


@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("我好气怕哭笑了！？。…")),
        max_size=60,
    )
)
def test_a_prediction_is_a_label_a_strength_and_a_confidence(frontend: Frontend, text: str) -> None:
    predicted = frontend.predict_emotion(text)

    assert predicted.label in LABELS
    assert 0.0 <= predicted.strength <= 2.0
    assert 0.0 <= predicted.confidence <= 1.0
    assert (predicted.strength == 0.0) is (predicted.label == "neutral")
    assert predicted == frontend.predict_emotion(text)


def test_a_lone_surrogate_is_refused(frontend: Frontend) -> None:
    with pytest.raises(InvalidText):
        frontend.predict_emotion("气死我了\ud800")


# Any model


@pytest.mark.parametrize(("angry", "label"), [(2.0, "angry"), (0.2, "angry"), (-0.2, "neutral")])
def test_the_likeliest_label_is_predicted(segmenter: Segmenter, angry: float, label: str) -> None:
    assert predict_emotion("你好", segmenter, toy(angry)).label == label


def test_a_neutral_text_has_no_strength(segmenter: Segmenter) -> None:
    predicted = predict_emotion("你好", segmenter, toy(-2.0))

    assert (predicted.label, predicted.strength) == ("neutral", 0.0)
    assert predicted.confidence == pytest.approx(0.88, abs=0.01)


@pytest.mark.parametrize(("strong", "strength"), [(-9.0, 1.0), (0.0, 1.5), (9.0, 2.0)])
def test_the_strength_is_the_mean_of_the_degrees(
    segmenter: Segmenter, strong: float, strength: float
) -> None:
    assert predict_emotion("你好", segmenter, toy(5.0, strong)).strength == pytest.approx(strength, abs=0.01)


def test_a_label_that_is_doubtful_is_neutral(segmenter: Segmenter) -> None:
    labels = tuple(f"angry{number}" for number in range(5))
    model = LinearModel(
        {EMOTION: (*labels, "neutral")},
        {},
        0.1,
        "toy",
        hashes(EMOTION, ["bias"]),
        np.array([[1, 0, 0, 0, 0, 0]], np.int8),
    )

    predicted = predict_emotion("你好", segmenter, model)

    assert predicted.label == "neutral"
    assert predicted.confidence < DOUBTFUL


# Features


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("气死我了", {"c^气", "c死我", "c死我了", "c了^", "b气死", "e了"}),
        ("我很难过", {"w难过", "p很 难过"}),
        ("走吧！！", {"m！！", "e！"}),
        ("什么?!", {"m?!"}),
        ("唉…………", {"m……"}),
        ("走😡", {"m😡", "e😡"}),
        ("走。来", {"c^走^", "c^来^", "b走"}),
    ],
)
def test_characters_words_and_marks_are_seen(segmenter: Segmenter, text: str, present: set[str]) -> None:
    assert present <= set(features(text, segmenter))


def test_no_feature_is_seen_twice(segmenter: Segmenter) -> None:
    found = features("好好好好！！好！！", segmenter)

    assert len(set(found)) == len(found)
