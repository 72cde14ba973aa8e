from __future__ import annotations

import numpy as np
from benchmarks.emotion.classify import Centroids, accuracy, confusion


def test_an_example_goes_to_the_nearest_class() -> None:
    features = np.array([[0.0, 0.0], [0.2, 0.0], [4.0, 4.0], [4.2, 4.0]])
    centroids = Centroids.fit(features, ["calm", "calm", "angry", "angry"])

    assert centroids.predict(np.array([[1.0, 1.0], [3.0, 3.5]])) == ["calm", "angry"]


def test_the_unit_of_a_measure_does_not_matter() -> None:
    generator = np.random.default_rng(1)
    labels = ["a", "b", "c"] * 20
    features = generator.normal(size=(60, 2)) + np.array([[0, 0], [2, 0], [0, 2]] * 20)
    unseen = generator.normal(size=(30, 2)) * 2
    scale = np.array([1000.0, 0.001])

    plain = Centroids.fit(features, labels).predict(unseen)
    scaled = Centroids.fit(features * scale, labels).predict(unseen * scale)

    assert scaled == plain


def test_classes_come_in_the_order_of_their_first_example() -> None:
    assert Centroids.fit(np.arange(8.0).reshape(4, 2), ["b", "a", "a", "b"]).labels == ("b", "a")


def test_confusion_counts_meaning_by_row_and_understanding_by_column() -> None:
    counts = confusion(("sad", "calm"), ["sad", "sad", "calm"], ["calm", "sad", "calm"])

    assert counts.tolist() == [[1, 1], [0, 1]]


def test_accuracy_is_the_share_of_the_diagonal() -> None:
    assert accuracy(np.array([[3, 1], [0, 4]])) == 7 / 8
