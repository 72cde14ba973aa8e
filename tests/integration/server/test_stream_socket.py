"""The socket on which text arrives and speech goes out, with a real client."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import tracemalloc
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.server.conftest import wait_until_ready
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from huisheng.audio.encoding import FORMATS, AudioFormat, Coding, declare_length
from huisheng.engines.protocol import Capabilities
from huisheng.errors import EngineError, StorageError
from huisheng.labels.reading import parse
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance
from huisheng.units import Hertz

if TYPE_CHECKING:
    from tests.integration.server.conftest import EndlessEngine, HeldEngine, Running, Serve

ROUTE = "/v1/audio/speech/stream"
TEXT = "你好，世界。再见！"
RATE = Hertz(24_000)
Message = dict[str, Any]


class Client:
    """Sends and receives messages of one socket; the binary frame of a message is in its `pcm`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, kind: str, **fields: object) -> None:
        self.connection.send(json.dumps({"type": kind} | fields))

    def next(self) -> Message:
        frame = self.connection.recv(timeout=30)
        assert isinstance(frame, str)
        message: Message = json.loads(frame)
        if "bytes" in message:
            sound = self.connection.recv(timeout=30)
            assert isinstance(sound, bytes)
            assert len(sound) == message["bytes"]
            message["pcm"] = sound
        elif "audio" in message:
            message["pcm"] = base64.b64decode(message["audio"])
        return message

    def until(self, kind: str, context: str | None = None) -> list[Message]:
        """Messages up to the first of a kind, of a context where one is named."""
        heard: list[Message] = []
        while not heard or heard[-1]["type"] != kind or context not in {None, heard[-1].get("context")}:
            heard.append(self.next())
        return heard

    def say(self, text: str = TEXT, **start: object) -> list[Message]:
        """A whole context, its text in pieces of two characters."""
        name = {"context": start["context"]} if "context" in start else {}
        self.send("start", **start)
        for place in range(0, len(text), 2):
            self.send("text", text=text[place : place + 2], **name)
        self.send("finish", **name)
        return self.until("done")

    def code(self) -> int:
        """Read until the server closes the connection: its reason."""
        with pytest.raises(ConnectionClosed) as closed:
            self._exhaust()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code

    def _exhaust(self) -> None:
        while True:
            self.connection.recv(timeout=30)


@contextmanager
def talking(address: httpx.URL | str) -> Generator[Client]:
    url = str(address).rstrip("/").replace("http", "ws", 1)
    with connect(url + ROUTE, max_size=None) as connection:
        yield Client(connection)


def dial(running: Running) -> AbstractContextManager[Client]:
    return talking(running.address)


@pytest.fixture
def client(silent: httpx.Client) -> Iterator[Client]:
    with talking(silent.base_url) as connected:
        yield connected


def sound_of(messages: list[Message]) -> bytes:
    return b"".join(message["pcm"] for message in messages if message["type"] == "audio")


def kinds(messages: list[Message]) -> list[str]:
    return [message["type"] for message in messages]


def of(messages: list[Message], context: str) -> list[Message]:
    return [message for message in messages if message["context"] == context]


# One text


def test_a_context_starts_speaks_and_is_done(client: Client) -> None:
    heard = kinds(client.say())

    assert (heard[0], set(heard[1:-1]), heard[-1]) == ("started", {"audio"}, "done")


def test_the_first_message_tells_rate_format_and_label(client: Client) -> None:
    started = client.say()[0]

    assert (started["context"], started["sample_rate"], started["format"]) == ("", 24_000, "pcm")
    assert parse(started["aigc"]).label == "1"


def test_the_sound_of_the_pieces_is_that_of_the_whole_text(client: Client, silent: httpx.Client) -> None:
    whole = silent.post("/v1/audio/speech", json={"input": TEXT, "response_format": "pcm"})

    assert sound_of(client.say()) == whole.content


def test_timings_name_each_syllable_of_the_whole_text_in_order(client: Client) -> None:
    timings = [timing for message in client.say()[1:-1] for timing in message["timings"]]

    assert "".join(TEXT[timing["start"] : timing["end"]] for timing in timings) == "你好世界再见"
    assert all(before["time_end"] <= after["time"] + 1e-3 for before, after in pairwise(timings))


def test_the_last_message_counts_characters_and_seconds(client: Client) -> None:
    messages = client.say()

    assert messages[-1]["characters"] == len(TEXT)
    assert messages[-1]["duration"] == pytest.approx(len(sound_of(messages)) / 2 / 24_000, abs=1e-3)


def test_a_sentence_is_spoken_before_the_text_is_complete(client: Client) -> None:
    client.send("text", text="你好，世界。再")

    assert client.until("audio")[-1]["spoken_until"] == len("你好，世界。")


def test_text_for_a_context_that_was_not_started_starts_it(client: Client) -> None:
    client.send("text", text="你好。", context="a")

    assert (client.next()["type"], client.next()["spoken_until"]) == ("started", 3)


def test_a_finished_sentence_waits_for_the_next_no_longer_than_asked(client: Client) -> None:
    client.send("start", idle=0)
    client.send("text", text="你好。")

    assert client.until("audio")[-1]["spoken_until"] == 3


def test_flush_speaks_what_has_come_and_says_so(client: Client) -> None:
    client.send("start", idle=10)
    client.send("text", text="你好")
    client.send("flush")

    messages = client.until("flushed")

    assert messages[-2]["spoken_until"] == 2
    assert len(sound_of(messages)) >= 2 * 0.4 * 24_000 * 2


def test_a_context_goes_on_after_a_flush(client: Client) -> None:
    client.send("text", text="你好")
    client.send("flush")
    client.until("flushed")
    client.send("text", text="世界")
    client.send("finish")

    timings = [timing for message in client.until("done")[:-1] for timing in message["timings"]]

    assert [timing["start"] for timing in timings] == [2, 3]


def test_an_eager_context_begins_with_its_first_clause(client: Client) -> None:
    client.send("start", eager=True)
    client.send("text", text="今天天气很好，我们")

    assert client.until("audio")[-1]["spoken_until"] == 7


def test_a_text_without_anything_to_say_is_done_without_a_sound(client: Client) -> None:
    messages = client.say("……\n——")

    assert kinds(messages) == ["started", "done"]
    assert messages[-1]["duration"] == 0


def test_lines_without_anything_to_say_are_passed_over(client: Client) -> None:
    assert kinds(client.say("你好。\n\n——\n再见。"))[-1] == "done"


def test_shorthand_reaches_over_pieces(client: Client) -> None:
    messages = client.say("[开心]你好。再见。[/]好。", markup="shorthand")

    timings = [timing for message in messages[1:-1] for timing in message["timings"]]
    assert len(timings) == 5


def test_a_lexicon_is_of_its_context(client: Client) -> None:
    messages = client.say("银行。", lexicon={"银行": "=一二三四"})

    assert messages[-1]["duration"] == pytest.approx(0.8, abs=0.01)


# How it is sent


def test_binary_sound_follows_its_message(client: Client) -> None:
    plain, binary = client.say(), client.say(audio="binary")

    assert sound_of(binary) == sound_of(plain)
    assert not any("audio" in message for message in binary)


def test_binary_sounds_of_several_contexts_do_not_mix(client: Client) -> None:
    for name in "abcd":
        client.send("start", context=name, audio="binary", format="wav")
        client.send("text", context=name, text=TEXT * 5)
        client.send("finish", context=name)

    messages = [message for _ in range(4) for message in client.until("done")]

    files = {sound_of(of(messages, name)) for name in "abcd"}
    assert all(file.startswith(b"RIFF") for file in files)
    assert len({len(file) for file in files}) == 1


@pytest.mark.parametrize("audio_format", list(FORMATS))
def test_every_format_decodes_to_the_length_in_the_last_message(
    client: Client, audio_format: AudioFormat
) -> None:
    messages = client.say(format=audio_format, audio="binary")
    coding = Coding(audio_format, RATE, messages[0]["aigc"])
    told = round(messages[-1]["duration"] * RATE)

    assert messages[0]["format"] == audio_format
    assert frames_of(sound_of(messages), coding, told) == pytest.approx(told, abs=RATE // 10)


def frames_of(sound: bytes, coding: Coding, told: int) -> int:
    """How many there are, by a decoder that wants to be told the length that a stream does not know."""
    if coding.audio_format == "pcm":
        return len(sound) // 2
    file = io.BytesIO(sound)
    declare_length(file, coding, told)
    file.seek(0)
    samples, rate = soundfile.read(file)
    return len(samples) * RATE // rate


def test_the_rate_is_the_one_asked_for(client: Client) -> None:
    messages = client.say(sample_rate=8_000)

    assert messages[0]["sample_rate"] == 8_000
    assert len(sound_of(messages)) / 2 / 8_000 == pytest.approx(messages[-1]["duration"], abs=1e-3)


# Several texts


def test_several_contexts_are_spoken_each_in_order(client: Client) -> None:
    for name in "ab":
        client.send("start", context=name)
    for place in range(0, len(TEXT), 3):
        for name in "ab":
            client.send("text", context=name, text=TEXT[place : place + 3])
    for name in "ab":
        client.send("finish", context=name)

    messages = [*client.until("done"), *client.until("done")]

    for name in "ab":
        heard = kinds(of(messages, name))
        assert (heard[0], set(heard[1:-1]), heard[-1]) == ("started", {"audio"}, "done")
    assert sound_of(of(messages, "a")) == sound_of(of(messages, "b"))


def test_a_name_may_be_used_again(client: Client) -> None:
    assert sound_of(client.say()) == sound_of(client.say())


def test_one_context_too_many_is_refused_and_the_others_go_on(serve: Serve) -> None:
    with dial(serve(contexts=1)) as client:
        client.send("start", context="a")
        client.send("start", context="b")
        refusal = client.until("error")[-1]
        client.send("text", context="a", text=TEXT)
        client.send("finish", context="a")

        assert (refusal["code"], refusal["context"]) == ("too_many_contexts", "b")
        assert client.until("done")[-1]["context"] == "a"


# Cancelling


class SlowToStop(SilentEngine):
    """Speaks on, and takes its time to end."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence, again and again."""
        try:
            while True:
                yield from super().synthesize(utterance)
        finally:
            threading.Event().wait(0.2)
            self.stopped.set()


def test_cancelling_frees_the_engine_before_it_is_answered(serve: Serve) -> None:
    engine = SlowToStop()
    with dial(serve(engine)) as client:
        client.send("text", text=TEXT + TEXT)
        client.until("audio")
        client.send("cancel")
        client.until("cancelled")

        assert engine.stopped.is_set()


def test_after_cancelled_nothing_more_of_the_context_is_sent(serve: Serve, endless: EndlessEngine) -> None:
    with dial(serve(endless, slots=2)) as client:
        for name in "ab":
            client.send("text", context=name, text=TEXT + TEXT)
        client.send("cancel", context="a")
        client.until("cancelled")

        assert {client.next()["context"] for _ in range(20)} == {"b"}


def test_a_cancelled_name_may_be_used_at_once(serve: Serve) -> None:
    with dial(serve(slots=1)) as client:
        client.send("text", text=TEXT * 10)
        client.send("cancel")
        client.send("text", text="好。")
        client.send("finish")
        client.until("cancelled")

        assert client.until("done")[-1]["characters"] == 2


def test_cancelling_in_the_middle_of_a_binary_message_keeps_the_frames_in_step(client: Client) -> None:
    for _ in range(20):
        client.send("start", audio="binary")
        client.send("text", text=TEXT * 20)
        client.until("audio")
        client.send("cancel")
        client.until("cancelled")

    assert kinds(client.say(audio="binary"))[-1] == "done"


def test_cancelled_says_what_was_sent_and_nothing_of_what_was_played(client: Client) -> None:
    client.send("text", text="你好。再")
    client.until("audio")
    client.send("cancel")

    cancelled = client.until("cancelled")[-1]

    assert (cancelled["sent_until"], cancelled["heard_until"]) == (3, None)


@pytest.mark.parametrize(("played", "heard"), [(0.3, 1), (0.85, 5), (1.5, 7), (9.0, 9)])
def test_cancelled_says_what_was_played_where_the_client_reports_it(
    client: Client, played: float, heard: int
) -> None:
    client.send("text", text=TEXT)
    client.send("flush")
    client.until("flushed")
    client.send("cancel", played=played)

    assert client.until("cancelled")[-1]["heard_until"] == heard


def test_reports_of_playback_count_as_well(client: Client) -> None:
    client.send("text", text=TEXT)
    client.send("flush")
    client.until("flushed")
    client.send("played", seconds=0.3)
    client.send("cancel")

    assert client.until("cancelled")[-1]["heard_until"] == 1


def test_a_listener_may_interrupt_what_was_sent_to_its_end(client: Client) -> None:
    client.say(context="a")
    client.send("cancel", context="a", played=0.3)

    cancelled = client.until("cancelled")[-1]

    assert (cancelled["sent_until"], cancelled["heard_until"]) == (len(TEXT), 1)


# Leaving


def test_a_client_that_leaves_stops_the_synthesis(serve: Serve, endless: EndlessEngine) -> None:
    with dial(serve(endless)) as client:
        client.send("text", text=TEXT)
        client.until("audio")

    assert endless.stopped.wait(30)


def test_a_client_that_leaves_frees_its_slot(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless, slots=1, queue=1)

    for _ in range(3):
        with dial(running) as client:
            client.send("text", text=TEXT)
            client.until("audio")
        assert endless.stopped.wait(30)  # the server has seen that the client left
        endless.stopped.clear()


def test_a_client_that_breaks_off_stops_the_synthesis(serve: Serve, endless: EndlessEngine) -> None:
    with dial(serve(endless)) as client:
        client.send("text", text=TEXT)
        client.until("audio")
        client.connection.socket.shutdown(socket.SHUT_RDWR)

        assert endless.stopped.wait(30)


def test_a_client_that_does_not_read_is_dropped(serve: Serve, endless: EndlessEngine) -> None:
    running = serve(endless, stall=0.2)
    with connect(running.address.replace("http", "ws") + ROUTE, max_queue=1, close_timeout=0.1) as connection:
        Client(connection).send("text", text=TEXT)

        assert endless.stopped.wait(30)


def test_a_socket_without_a_text_is_closed_after_a_while(serve: Serve) -> None:
    with dial(serve(socket_idle=0.1)) as client:
        assert client.code() == 1000


def test_an_open_context_without_text_does_not_hold_its_socket(serve: Serve) -> None:
    with dial(serve(socket_idle=0.1)) as client:
        client.send("start")

        assert client.code() == 1000


def test_a_socket_that_speaks_is_not_closed_for_its_silence(serve: Serve, held_engine: HeldEngine) -> None:
    with dial(serve(held_engine, lazy=True, socket_idle=0.05)) as client:
        client.send("text", text=TEXT)
        client.send("finish")
        client.until("started")
        with pytest.raises(TimeoutError):  # nothing comes, and the socket is open
            client.connection.recv(timeout=0.3)
        held_engine.go.set()

        assert client.until("done")


def test_a_server_that_stops_says_that_it_will_be_back(serve: Serve) -> None:
    running = serve()
    with dial(running) as client:
        client.send("text", text="你好")
        client.until("started")
        running.stop()

        assert client.code() == 1012


# What goes wrong


def test_a_frame_that_is_no_message_is_refused_and_the_socket_lives(client: Client) -> None:
    client.connection.send("{")

    assert client.next()["code"] == "malformed_body"
    assert kinds(client.say())[-1] == "done"


@pytest.mark.parametrize("frame", ["{", "[]", '{"type": "song"}', b"\x00\xff"])
def test_the_third_bad_frame_in_a_row_closes_the_socket(client: Client, frame: str | bytes) -> None:
    for _ in range(3):
        client.connection.send(frame)

    assert client.code() == 1008


def test_bad_frames_with_good_ones_between_them_are_forgiven(client: Client) -> None:
    for _ in range(5):
        client.connection.send("{")
        client.send("played", seconds=1)

    assert kinds(client.say())[-1] == "done"


def test_a_frame_over_the_limit_closes_the_socket(serve: Serve) -> None:
    with dial(serve(body_limit=1_000)) as client:
        client.send("text", text="好" * 400)

        assert client.next()["code"] == "body_too_large"
        assert client.code() == 1009


def test_a_frame_that_was_answered_takes_no_memory(silent: httpx.Client) -> None:
    frame = '{"type": "cancel", "context": "none"' + " " * 1_500_000 + "}"
    wait_until_ready(silent)
    with ExitStack() as sockets:
        clients = [sockets.enter_context(talking(silent.base_url)) for _ in range(8)]
        tracemalloc.start()
        sockets.callback(tracemalloc.stop)
        for client in clients:
            client.connection.send(frame)
            assert client.next()["code"] == "unknown_context"
            client.connection.ping().wait(30)  # the parser keeps the last frame

        sizes = (tracemalloc.get_traced_memory()[0] for _ in range(200) if silent.get("/healthz"))

        assert any(size < 6_000_000 for size in sizes)


def test_a_text_over_the_limit_ends_its_context_alone(serve: Serve) -> None:
    with dial(serve(text_limit=10)) as client:
        client.send("start", context="other")
        client.send("text", context="long", text="好" * 6)
        client.send("text", context="long", text="好" * 6)
        refusal = client.until("error")[-1]
        client.send("text", context="long", text="好。")
        client.send("text", context="other", text="好。")
        client.send("finish", context="other")

        assert (refusal["code"], refusal["context"]) == ("text_too_long", "long")
        assert {message["context"] for message in client.until("done")} == {"other"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"voice": "nobody"}, "unknown_voice"),
        ({"emotion": "hungry"}, "unknown_emotion"),
        ({"speed": 9}, "out_of_range"),
        ({"format": "aac"}, "unsupported_format"),
        ({"sample_rate": 11}, "unsupported_sample_rate"),
        ({"markup": "ssml"}, "unknown_markup"),
    ],
)
def test_a_start_that_cannot_be_served_is_refused(
    client: Client, fields: dict[str, object], code: str
) -> None:
    client.send("start", context="a", **fields)

    refusal = client.next()

    assert (refusal["type"], refusal["code"], refusal["context"]) == ("error", code, "a")


def test_text_for_a_context_that_was_refused_is_not_spoken_in_another_way(client: Client) -> None:
    client.send("start", context="a", voice="nobody")
    client.send("text", context="a", text=TEXT)
    client.send("finish", context="a")

    assert [client.next()["code"], *kinds(client.say(context="b"))][:2] == ["unknown_voice", "started"]


def test_a_context_that_was_refused_can_be_started_anew(client: Client) -> None:
    client.send("start", voice="nobody")
    client.next()

    assert kinds(client.say())[-1] == "done"


@pytest.mark.parametrize("kind", ["flush", "finish", "cancel"])
def test_what_was_never_begun_is_unknown(client: Client, kind: str) -> None:
    client.send(kind, context="nothing")

    assert client.next()["code"] == "unknown_context"


def test_a_context_is_not_started_twice(client: Client) -> None:
    client.send("start")
    client.send("start")

    assert client.until("error")[-1]["code"] == "context_in_use"


def test_a_wrong_lexicon_ends_its_context(client: Client) -> None:
    client.send("start", lexicon={"银行": "xx9"})
    client.send("text", text="银行。好")

    assert client.until("error")[-1]["code"] == "invalid_lexicon"


def test_a_lexicon_of_too_many_entries_starts_no_context(client: Client) -> None:
    client.send("start", lexicon={f"好{number}": "=好" for number in range(20_001)})

    assert client.next()["code"] == "invalid_lexicon"


def test_contexts_with_large_lexicons_are_refused_before_memory_ends(silent: httpx.Client) -> None:
    lexicon = "# " + "x" * 2_000_000
    answers: list[str] = []
    with ExitStack() as sockets:
        for _ in range(5):
            client = sockets.enter_context(talking(silent.base_url))
            for number in range(8):
                client.send("start", context=str(number), lexicon=lexicon)
                answer = client.next()
                answers.append(answer.get("code", answer["type"]))
    with talking(silent.base_url) as client:
        again = (client.send("start", lexicon=lexicon) or client.next()["type"] for _ in range(200))

        assert answers == ["started"] * 32 + ["busy"] * 8
        assert "started" in again  # the sockets before it may take a moment to end


def test_a_failing_engine_ends_the_context_and_not_the_socket(serve: Serve) -> None:
    with dial(serve(BrokenEngine())) as client:
        client.send("text", context="a", text=TEXT)
        client.send("flush", context="a")
        refusal = client.until("error")[-1]
        client.send("start", context="b")

        assert (refusal["code"], refusal["context"]) == ("internal", "a")
        assert client.next()["type"] == "started"


class BrokenEngine(SilentEngine):
    """Fails in its first sentence: unforeseen, unless it is told how."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self._error = error

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Half a chunk."""
        yield AudioChunk(np.zeros(100, dtype=np.float32), self.capabilities.voices[0].sample_rate)
        raise self._error or ValueError(utterance.sentence.spoken)


class UnsoundEngine(SilentEngine):
    """Cannot say what it can do."""

    broken = False

    @property
    def capabilities(self) -> Capabilities:
        """The usual, or an unforeseen failure."""
        if self.broken:
            raise ValueError("unforeseen")
        return super().capabilities


def test_an_unforeseen_failure_at_start_leaves_the_socket_open(serve: Serve) -> None:
    engine = UnsoundEngine()
    with dial(serve(engine)) as client:
        engine.broken = True
        client.send("start", context="a")
        refusal = client.next()
        engine.broken = False

        assert (refusal["code"], refusal["context"]) == ("internal", "a")
        assert kinds(client.say())[-1] == "done"


def test_a_failure_of_storage_tells_no_place(serve: Serve) -> None:
    with dial(serve(BrokenEngine(StorageError("无法读取 /srv/secret", "Cannot read /srv/secret")))) as client:
        client.send("text", text=TEXT)
        told = client.until("error")[-1]

    assert (told["code"], "/srv/secret" in str(told)) == ("storage", False)


def test_a_failure_that_was_foreseen_is_logged_by_its_kind(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with dial(serve(BrokenEngine(EngineError("你好世界")))) as client:
        client.send("text", text=TEXT)
        client.until("error")

    assert "a context broke off (EngineError)" in caplog.text
    assert "你好世界" not in caplog.text


def test_without_a_socket_the_address_is_not_there(silent: httpx.Client) -> None:
    answer = silent.get(ROUTE)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_beyond_slots_and_queue_a_context_is_refused(serve: Serve, endless: EndlessEngine) -> None:
    with dial(serve(endless, slots=1, queue=0)) as client:
        client.send("text", context="a", text=TEXT)
        client.until("audio")
        client.send("text", context="b", text=TEXT)

        assert client.until("error", "b")[-1]["code"] == "busy"


def test_text_stays_out_of_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with dial(serve(BrokenEngine())) as client:
        client.send("text", text=TEXT, context="秘密")
        client.until("error")

    assert "a context broke off" in caplog.text
    assert not set("你好世界再见秘密") & {
        character for record in caplog.records for character in record.getMessage()
    }


def test_many_sockets_speak_their_own_text(serve: Serve) -> None:
    running = serve(slots=2)
    lengths: dict[int, float] = {}

    def talk(count: int) -> None:
        with dial(running) as client:
            lengths[count] = client.say("好" * count + "。")[-1]["duration"]

    threads = [threading.Thread(target=talk, args=(count,)) for count in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lengths == pytest.approx({count: 0.2 * count for count in range(1, 9)}, abs=1e-3)


def answers(client: Client) -> Iterator[Message]:
    """Up to the first of the context `end`, or the end of the connection."""
    with suppress(ConnectionClosed):
        while (message := client.next()).get("context") != "end":
            yield message


FRAMES = st.one_of(
    st.text(max_size=20),
    st.binary(max_size=20),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["start", "text", "flush", "finish", "cancel", "played", "?"])},
        optional={
            "context": st.sampled_from(["", "a", "b", "c", None]),
            "text": st.sampled_from(["", "你好。", "……", "好\n", "[开心]", "\u0000", "😀"]),
            "played": st.sampled_from([0, -1, 0.3, "x", 1e308]),
            "seconds": st.sampled_from([0, 1.5, None, []]),
            "format": st.sampled_from(["pcm", "opus", "flac", "aac"]),
            "markup": st.sampled_from(["none", "shorthand", "ssml"]),
            "audio": st.sampled_from(["base64", "binary"]),
            "idle": st.sampled_from([0, 10, -1]),
            "eager": st.booleans(),
        },
    ).map(json.dumps),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FRAMES, max_size=12))
def test_whatever_is_sent_nothing_fails_in_us(silent: httpx.Client, frames: list[str | bytes]) -> None:
    with talking(silent.base_url) as client:
        for frame in [*frames, json.dumps({"type": "start", "context": "end"})]:
            with suppress(ConnectionClosed):
                client.connection.send(frame)
        codes = {message.get("code") for message in answers(client)}

    assert "internal" not in codes
