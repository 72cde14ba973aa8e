from benchmarks.text.speed import LENGTH, SENTENCES, sentences


def test_every_sentence_has_the_same_length_and_one_stop() -> None:
    texts = sentences()

    assert len(texts) == SENTENCES
    assert {(len(text), text.find("。")) for text in texts} == {(LENGTH, LENGTH - 1)}
