"""Syllables in phones. Cases are written by hand; the rest is held to the inventories of the reference."""

from __future__ import annotations

import pytest
from tests.unit.text.symbols.sambert.reference import PINYIN

from huisheng.text.resources import rows
from huisheng.text.symbols.sambert import inventory, spelling

SYLLABLES = tuple(row[0] for row in rows("huisheng.text.pronunciation", "syllables.tsv"))
COLOURED = tuple(f"{base}r" for base in SYLLABLES if base != "er")
CHINESE = frozenset(phone for phone in PINYIN.phones if phone.endswith("_c") or phone in {"ga", "ge", "go"})


@pytest.mark.parametrize(
    ("base", "phones"),
    [
        ("ma", "m_c a_c"),
        ("zhuang", "zh_c uang_c"),
        ("xiong", "xx_c iong_c"),
        ("zhi", "zh_c ih_c"),
        ("ri", "r_c ih_c"),
        ("si", "s_c ii_c"),
        ("qi", "q_c i_c"),
        ("yi", "y_c i_c"),
        ("wu", "w_c u_c"),
        ("ju", "j_c v_c"),
        ("quan", "q_c van_c"),
        ("xue", "xx_c ve_c"),
        ("yun", "y_c vn_c"),
        ("yuan", "y_c van_c"),
        ("you", "y_c ou_c"),
        ("yong", "y_c ong_c"),
        ("lv", "l_c v_c"),
        ("nve", "n_c ve_c"),
        ("liu", "l_c iou_c"),
        ("gui", "g_c uei_c"),
        ("dun", "d_c uen_c"),
        ("wei", "w_c ei_c"),
        ("an", "ga an_c"),
        ("en", "ge en_c"),
        ("ou", "go ou_c"),
        ("er", "ge er_c"),
    ],
)
def test_a_mandarin_syllable_is_an_initial_and_a_final(base: str, phones: str) -> None:
    assert spelling.mandarin(base) == tuple(phones.split())


@pytest.mark.parametrize(
    ("base", "phones"),
    [
        ("huar", "h_c uar_c"),
        ("shir", "sh_c ihr_c"),
        ("zir", "z_c iir_c"),
        ("ger", "g_c er_c"),
        ("wanr", "w_c anr_c"),
        ("yuanr", "y_c vanr_c"),
        ("qur", "q_c vr_c"),
        ("huir", "h_c ueir_c"),
        ("qiur", "q_c iour_c"),
        ("gunr", "g_c uenr_c"),
        ("air", "ga air_c"),
        ("err", "ge er_c"),
    ],
)
def test_a_retroflex_final_is_the_full_final_with_r(base: str, phones: str) -> None:
    assert spelling.mandarin(base) == tuple(phones.split())


def test_every_syllable_of_mandarin_has_two_phones_of_the_inventory() -> None:
    said = {base: spelling.mandarin(base) for base in (*SYLLABLES, *COLOURED)}

    assert not [base for base, phones in said.items() if len(phones) != 2 or not CHINESE.issuperset(phones)]


def test_two_syllables_of_mandarin_never_have_the_same_phones() -> None:
    plain = [spelling.mandarin(base) for base in SYLLABLES]

    assert len(set(plain)) == len(SYLLABLES)


def test_every_chinese_phone_is_said_by_some_syllable_but_two_that_no_pinyin_spells() -> None:
    said = {phone for base in (*SYLLABLES, *COLOURED) for phone in spelling.mandarin(base)}

    assert CHINESE - said == {"io_c", "ueng_c"}


@pytest.mark.parametrize(
    ("base", "phones"),
    [
        ("ma", "m_c a_c"),
        ("zhong", "z_c ong_c"),
        ("shi", "s_c ii_c"),
        ("ri", "r_c ih_c"),
        ("chuang", "c_c uang_c"),
        ("huar", "h_c ua_c"),
        ("shir", "s_c ii_c"),
        ("yuanr", "y_c van_c"),
        ("ger", "g_c er_c"),
        ("er", "ge er_c"),
        ("qu", "q_c u_c"),
        ("yu", "y_c u_c"),
        ("jun", "j_c vn_c"),
        ("lv", "l_c v_c"),
    ],
)
def test_sichuanese_has_flat_initials_and_no_coloured_finals(base: str, phones: str) -> None:
    assert spelling.sichuan(base) == tuple(phones.split())


def test_every_syllable_of_mandarin_can_be_said_in_sichuanese() -> None:
    known = frozenset(inventory("Sichuan").phones)

    assert not [base for base in (*SYLLABLES, *COLOURED) if not known.issuperset(spelling.sichuan(base))]


def test_sichuanese_has_no_retroflex_initial_but_r() -> None:
    initials = {spelling.sichuan(base)[0] for base in SYLLABLES}

    assert initials.isdisjoint({"zh_c", "ch_c", "sh_c"})


@pytest.mark.parametrize(
    ("base", "phones"),
    [
        ("nei", "n ei"),
        ("gwong", "gw ong"),
        ("kwaa", "kw aa"),
        ("ngo", "ng o"),
        ("aa", "aa"),
        ("uk", "uk"),
        ("jyut", "j yut"),
        ("m", "mm"),
        ("ng", "ngng"),
        ("hm", "h mm"),
        ("hng", "h ngng"),
    ],
)
def test_a_cantonese_syllable_is_an_initial_if_any_and_a_final(base: str, phones: str) -> None:
    assert spelling.cantonese(base) == tuple(phones.split())
