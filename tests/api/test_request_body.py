"""JSON that means one thing, or is refused."""

from __future__ import annotations

import pytest

from api.errors import Problem, pointers
from api.request_body import DEEPEST, parse_json

REFUSED = {
    "nothing": b"",
    "half an object": b'{"a": 1',
    "two values": b"{} {}",
    "a comma too many": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond floats": b'{"a": 1e999}',
    "a number of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"a": 1, "a": 2}',
    "a key twice, deeper": b'{"a": [{"b": 1, "b": 1}]}',
    "a key twice, written differently": b'{"a": 1, "\\u0061": 2}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": '{"a": "ä"}'.encode("latin-1"),
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "a surrogate as UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a raw NUL in a string": b'{"a": "\x00"}',
    "a raw line feed in a string": b'{"a": "\n"}',
    "20,000 arrays": b"[" * 20_000 + b"]" * 20_000,
    "20,000 objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "20,000 open arrays": b"[" * 20_000,
    "one level too many": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_malformed(name: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_json(REFUSED[name])
    assert (refused.value.status, refused.value.code) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b"[]", []),
        (b'"text"', "text"),
        (b' {"a": [1, 2.5, null, true, "\\u00e4"]} ', {"a": [1, 2.5, None, True, "ä"]}),
        (b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 29}),
        (b'{"a": "\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": '"' + "[" * 28}),
        (b'{"a": "\\\\"}', {"a": "\\"}),
        (b'{"a": 9223372036854775808}', {"a": 2**63}),
        (b"[" * DEEPEST + b"]" * DEEPEST, [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]),
    ],
)
def test_read_as_it_is(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


def test_pointers_lead_to_the_value() -> None:
    messages = {
        "a": {"b": {0: ["blank: Der Text ist leer."]}},
        "x/y~z": ["Nicht gut."],
        "_schema": ["type: Ein Objekt."],
    }
    assert list(pointers(messages)) == [
        {"pointer": "/a/b/0", "code": "blank", "detail": "Der Text ist leer."},
        {"pointer": "/x~1y~0z", "code": "invalid", "detail": "Nicht gut."},
        {"pointer": "", "code": "type", "detail": "Ein Objekt."},
    ]
