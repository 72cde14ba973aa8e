import pytest
from benchmarks.serving.answers import Chunked, Counted, Malformed, UntilClosed, body_of, read_head
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n%s\r\n\r\n"
CONTENT = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
CUTS = st.lists(st.integers(1, 30), max_size=30)


def encode_chunks(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(CONTENT, CUTS)
def test_a_chunked_body_is_read_however_it_is_cut(parts: list[bytes], sizes: list[int]) -> None:
    body = Chunked()

    content = b"".join(body.decode(piece) for piece in cut(encode_chunks(parts), sizes))

    assert content == b"".join(parts)
    assert body.ended


@given(CONTENT)
def test_a_chunked_body_without_its_last_chunk_has_broken_off(parts: list[bytes]) -> None:
    body = Chunked()
    body.decode(encode_chunks(parts)[: -len(b"0\r\n\r\n")])

    with pytest.raises(Malformed):
        body.close()


def test_a_chunk_may_carry_extensions() -> None:
    assert Chunked().decode(b"2;name=value\r\nab\r\n") == b"ab"


def test_a_chunk_without_a_length_is_refused() -> None:
    with pytest.raises(Malformed):
        Chunked().decode(b"many\r\nab\r\n")


def test_a_counted_body_ends_with_its_last_byte() -> None:
    body = Counted(3)
    body.decode(b"ab")
    assert not body.ended

    body.decode(b"c")

    assert body.ended


def test_a_counted_body_that_is_short_has_broken_off() -> None:
    body = Counted(3)
    body.decode(b"ab")

    with pytest.raises(Malformed):
        body.close()


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"Transfer-Encoding: chunked", Chunked),
        (b"content-length: 5", Counted),
        (b"Connection: close", UntilClosed),
    ],
)
def test_the_headers_tell_how_the_body_ends(header: bytes, kind: type) -> None:
    assert isinstance(body_of(read_head(HEAD % header)), kind)


def test_the_status_is_read_without_its_reason() -> None:
    assert read_head(b"HTTP/1.1 503\r\n\r\n").status == 503


@pytest.mark.parametrize("head", [b"SSH-2.0-server\r\n\r\n", b"HTTP/1.1 fine\r\n\r\n", b"\r\n\r\n"])
def test_what_is_no_answer_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        read_head(head)
