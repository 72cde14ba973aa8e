"""Messages of the socket: what is understood, and how the rest is refused."""

from __future__ import annotations

import json

import pytest

from huisheng.errors import HuishengError
from huisheng.runtime.options import SynthesisOptions
from huisheng.server.doors import stream_messages as messages


def test_a_start_without_fields_asks_for_the_defaults() -> None:
    assert messages.parse_message('{"type": "start"}') == messages.Start()


def test_a_start_becomes_a_request_without_a_text() -> None:
    lexicon = {"绘声": "hui4 sheng1"}
    start = messages.Start.model_validate(
        {"voice": "tinglan", "speed": 1.5, "lexicon": lexicon, "format": "opus"}
    )

    request = start.request()

    assert (request.text, request.format) == ("", "opus")
    assert request.options() == SynthesisOptions(voice="tinglan", speed=1.5, markup="none", lexicon=lexicon)


def test_null_means_left_out() -> None:
    assert messages.parse_message('{"type": "start", "voice": null, "context": null}') == messages.Start()


@pytest.mark.parametrize(
    ("frame", "code", "parameter"),
    [
        ("", "malformed_body", None),
        ("{", "malformed_body", None),
        ('{"type": "text", "text": "\\ud83d"}', "malformed_body", None),
        ("[" * 100_000, "malformed_body", None),
        ("[]", "malformed_fields", "type"),
        ("null", "malformed_fields", "type"),
        ("{}", "malformed_fields", "type"),
        ('{"type": "nothing"}', "malformed_fields", "type"),
        ('{"type": {}}', "malformed_fields", "type"),
        ('{"type": "text"}', "malformed_fields", "text"),
        ('{"type": "text", "text": 3}', "malformed_fields", "text"),
        ('{"type": "start", "audio": "smoke"}', "malformed_fields", "audio"),
        ('{"type": "start", "idle": -1}', "malformed_fields", "idle"),
        ('{"type": "played", "seconds": NaN}', "malformed_fields", "seconds"),
        ('{"type": "cancel", "played": -1}', "malformed_fields", "played"),
        (json.dumps({"type": "flush", "context": "x" * 65}), "malformed_fields", "context"),
        ('{"type": "start", "voise": "tinglan"}', "unknown_field", "voise"),
        ('{"type": "finish", "token": null}', "unknown_field", "token"),
    ],
)
def test_what_is_no_message_is_refused_by_the_field_at_fault(
    frame: str, code: str, parameter: str | None
) -> None:
    with pytest.raises(HuishengError) as caught:
        messages.parse_message(frame)

    refusal = messages.Error.from_error(caught.value)
    assert (refusal.code, refusal.parameter) == (code, parameter)
