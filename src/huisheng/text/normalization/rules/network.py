"""Addresses of machines, people and files.

    www.example.com => w w w 点 example 点 com        zhang_3@qq.com => zhang 下划线三艾特 q q 点 com
    192.168.1.1 => 一九二点一六八点一点一        commit a1b2c3d => commit a 一 b 二 c 三 d
    report.pdf => report 点 pdf        ./run.sh => 点斜杠 run 点 s h

Forms after RFC 3986 (URI), RFC 5321 (mail) and RFC 4291 (IPv6), as far as people write them in running text.
"""

from __future__ import annotations

import re
from typing import Final

from huisheng.text.normalization.numerals import cardinal, digit_string
from huisheng.text.normalization.rule import Rule, Tagged, preceded_by, regex
from huisheng.text.normalization.rules.latin import speak_word
from huisheng.text.normalization.tables import alternation, mapping, words
from huisheng.text.normalization.token import TokenKind

_SIGNS: Final = mapping("address_signs")
_PART: Final = re.compile(r"(?P<letters>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<sign>.)", re.DOTALL)
_URL: Final = r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]"
_PATH: Final = rf"(?:[/?#]{_URL}*[\w/=#&-]|/)?"
_LABEL: Final = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}+"
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"


def speak_address(address: str) -> str:
    """Words, digits one by one, and signs by name."""
    spoken: list[str] = []
    for part in _PART.finditer(address):
        if part["letters"]:
            spoken.append(speak_word(part["letters"]))
        elif part["digits"]:
            spoken.append(digit_string(part["digits"]))
        else:
            spoken.append(_SIGNS.get(part["sign"], ""))
    return " ".join(filter(None, spoken))


def _one_by_one(code: str) -> str:
    """Letters and digits one by one; runs of digits stay together."""
    return " ".join(
        digit_string(part["digits"]) if part["digits"] else " ".join(part["letters"] or _SIGNS[part["sign"]])
        for part in _PART.finditer(code)
    )


def _address(tagged: Tagged) -> str:
    return speak_address(tagged.fields["address"])


def _version_part(digits: str) -> str:
    short = len(digits) <= 2 and (digits == "0" or not digits.startswith("0"))
    return cardinal(digits) if short else digit_string(digits)


def _version(tagged: Tagged) -> str:
    numbers = "点".join(map(_version_part, tagged.fields["numbers"].split(".")))
    prefix, suffix = tagged.fields["prefix"], tagged.fields["suffix"]
    return " ".join(filter(None, (speak_word(prefix), numbers, speak_address(suffix))))


def _network(name: str, starts: str, pattern: str) -> Rule:
    return Rule(name, TokenKind.NETWORK, starts, regex(f"(?P<address>{pattern})"), _address)


URL: Final = _network(
    "URL", "l", rf"(?:(?i:https?|ftp|wss?|file|rtmp)://|www\.(?=[A-Za-z0-9])){_URL}*[\w/=#&-]"
)
EMAIL: Final = _network("mail", "dl", rf"[\w.+-]{{1,64}}+@{_LABEL}(?:\.{_LABEL}){{1,8}}")
IP: Final = _network(
    "IPv4 address", "d", rf"(?:{_OCTET}\.){{3}}{_OCTET}(?![\d]|\.\d)(?::\d{{1,5}})?(?:/\d{{1,2}}(?!\d))?"
)
HEXADECIMAL: Final = _network(
    "IPv6 or hardware address",
    "dl",
    r"(?=[0-9:]{0,40}[a-fA-F])(?:[0-9a-fA-F]{1,4}:){5,7}[0-9a-fA-F]{1,4}(?![\w:])|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:])",
)
DOI: Final = _network("identifier of a document", "d", r"10\.\d{4,9}/[\w.();/:-]{0,100}\w")
DOMAIN: Final = _network(
    "domain",
    "dl",
    rf"(?:localhost|(?:{_LABEL}\.){{1,6}}{alternation(words('domains'))})(?![A-Za-z0-9-])(?::\d{{2,5}})?{_PATH}",
)
FILE: Final = _network(
    "file name",
    "dl",
    rf"(?:[\w.-]{{1,60}}+/){{0,12}}[\w-]{{1,80}}+(?:\.\w{{1,20}})??\.(?i:{alternation(words('file_types'))})(?!\w)",
)
ENDING: Final = Rule(
    "ending of a file name",
    TokenKind.NETWORK,
    "o",
    regex(rf"(?P<address>\.(?i:{alternation(words('file_types') | words('domains'))}))(?!\w)"),
    _address,
    preceded_by(r"^|[^\w.]"),
)
WINDOWS_PATH: Final = _network("Windows path", "l", r"[A-Za-z]:\\[\w\\.$-]*")
PATH: Final = Rule(
    "path",
    TokenKind.NETWORK,
    "o",
    regex(
        r"(?P<address>(?:(?:~|\.{1,2})(?:/[A-Za-z_.][\w.-]{0,60}+){1,20}|(?:/[A-Za-z_.][\w.-]{0,60}+){2,20})/?)"
    ),
    _address,
    preceded_by(r"^|[^\w)]"),
)
LOOPBACK: Final = Rule(
    "short IPv6 address",
    TokenKind.NETWORK,
    "o",
    regex(r"(?P<address>::1(?:/\d{1,3})?)(?![\w:])"),
    _address,
    preceded_by(r"^|[^\w:]"),
)
HASH: Final = Rule(
    "hash or identifier",
    TokenKind.NETWORK,
    "dl",
    regex(
        r"(?P<hash>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=[0-9-]{0,16}[A-F])[0-9A-F]{2}(?:-[0-9A-F]{2}){5}"
        r"|0x[0-9a-fA-F]{1,16}|(?=[0-9]{0,5}[a-f]{1,5}[0-9]{1,5}[a-f])[0-9a-f]{7,64})(?![\w-])"
    ),
    lambda tagged: _one_by_one(tagged.fields["hash"]),
)
_SUFFIX: Final = r"(?P<suffix>(?:-?(?:alpha|beta|rc|preview|dev|snapshot|[ab](?=\d))[.\d]{0,9})?)(?!\w|\.\d)"
VERSION: Final = Rule(
    "version",
    TokenKind.NETWORK,
    "d",
    regex(rf"(?P<prefix>)(?P<numbers>\d{{1,6}}(?:\.\d{{1,6}}){{2,5}}){_SUFFIX}"),
    _version,
)
MARKED_VERSION: Final = Rule(
    "version with a v",
    TokenKind.NETWORK,
    "l",
    regex(rf"(?P<prefix>[vV])(?:er)?\.?\s?(?P<numbers>\d{{1,6}}(?:\.\d{{1,6}}){{1,5}}){_SUFFIX}"),
    _version,
)
