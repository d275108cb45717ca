"""Units that a summary may convert: ``0.085 s`` is ``85 ms``, one year is ``12か月``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNITS = (
    ("time", 1e-9, "ns nanosecond ナノ秒"),
    ("time", 1e-6, "μs us microsecond マイクロ秒"),
    ("time", 1e-3, "ms msec millisecond ミリ秒"),
    ("time", 1, "s sec second 秒"),
    ("time", 60, "min minute 分間 分"),
    ("time", 3_600, "h hr hour 時間"),
    ("time", 86_400, "day 日間 日"),
    ("time", 604_800, "week 週間 週"),
    ("months", 1, "month か月 ヶ月 カ月 ヵ月 ケ月 箇月"),
    ("months", 12, "year 年間 年"),
    ("months", 120, "decade"),
    ("months", 1_200, "century 世紀"),
    ("length", 1e-9, "nm nanometer nanometre ナノメートル"),
    ("length", 1e-6, "μm um micrometer micrometre micron マイクロメートル"),
    ("length", 1e-3, "mm millimeter millimetre ミリメートル"),
    ("length", 1e-2, "cm centimeter centimetre センチメートル センチ"),
    ("length", 1, "m meter metre メートル"),
    ("length", 1e3, "km kilometer kilometre キロメートル"),
    ("mass", 1e-6, "mg milligram ミリグラム"),
    ("mass", 1e-3, "g gram グラム"),
    ("mass", 1, "kg kilogram キログラム"),
    ("mass", 1e3, "t ton tonne トン"),
    ("bytes", 1e3, "KB kB kilobyte キロバイト"),
    ("bytes", 1e6, "MB megabyte メガバイト"),
    ("bytes", 1e9, "GB gigabyte ギガバイト"),
    ("bytes", 1e12, "TB terabyte テラバイト"),
    ("bytes", 1e15, "PB petabyte ペタバイト"),
    ("frequency", 1, "Hz ヘルツ"),
    ("frequency", 1e3, "kHz キロヘルツ"),
    ("frequency", 1e6, "MHz メガヘルツ"),
    ("frequency", 1e9, "GHz ギガヘルツ"),
    ("energy", 1e-12, "pJ"),
    ("energy", 1e-9, "nJ"),
    ("energy", 1e-6, "μJ uJ"),
    ("energy", 1e-3, "mJ"),
    ("energy", 1, "J"),
    ("energy", 1e3, "kJ"),
    ("energy", 3.6e3, "Wh"),
    ("energy", 3.6e6, "kWh"),
    ("energy", 3.6e9, "MWh"),
    ("power", 1e-6, "μW uW"),
    ("power", 1e-3, "mW"),
    ("power", 1, "W watt ワット"),
    ("power", 1e3, "kW キロワット"),
    ("power", 1e6, "MW メガワット"),
    ("voltage", 1e-3, "mV"),
    ("voltage", 1, "V"),
    ("operations", 1e6, "MFLOP MFLOPS"),
    ("operations", 1e9, "GFLOP GFLOPS"),
    ("operations", 1e12, "TFLOP TFLOPS"),
    ("operations", 1e15, "PFLOP PFLOPS"),
    ("bit rate", 1e3, "kbps Kbps"),
    ("bit rate", 1e6, "Mbps"),
    ("bit rate", 1e9, "Gbps"),
)
"""Dimension, size in the dimension's own unit, and spellings; English words also take a plural."""


class Unit(Struct, frozen=True):
    """A unit of measure; two of one dimension can be converted into each other."""

    dimension: str
    size: float


_BY_NAME = {name: Unit(dimension, size) for dimension, size, names in _UNITS for name in names.split()}
_BY_NAME |= {f"{name}s": unit for name, unit in _BY_NAME.items() if name.isascii() and len(name) > 2}
_BY_NAME["centuries"] = _BY_NAME["century"]


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_JAPANESE = _alternatives(name for name in _BY_NAME if ord(name[0]) >= 0x3000)
# 分 is also the first character of 3分の1, 分野, 分類, 分析; 年 that of 年代; 日 that of 日本
_LATIN_UNIT = regex(r"[\s-]?([A-Za-zμ]{1,12})(?![A-Za-z0-9])")
_JAPANESE_UNIT = regex(
    rf"\s?({_JAPANESE})(?<!分(?=[野析類割岐布子散離解担けか]|の[\d一二三四五六七八九十]))(?<!年(?=[代度齢]))(?<!日(?=[本常]))"
    r"(半(?![分数減]))?"
)
_WORDS = _alternatives(name for name in _BY_NAME if name.isascii() and len(name) > 3)
_WORDED = regex(rf"\b(half\s+)?(?:an?|per|each|every)\s+({_WORDS})\b", re.IGNORECASE)
_HALF = regex("半(年|日|世紀)")


def unit_after(text: str, place: int) -> tuple[Unit, float] | None:
    """The unit after a number, and an amount to add to the number: 0.5 for ``1年半``."""
    if found := _LATIN_UNIT.match(text, place):
        unit = _BY_NAME.get(found[1])
        return (unit, 0.0) if unit else None
    if text[place : place + 2].isascii():
        return None
    found = _JAPANESE_UNIT.match(text, place)
    return (_BY_NAME[found[1]], 0.5 if found[2] else 0.0) if found else None


def is_unit(name: str) -> bool:
    """True if the word is a spelling of a unit."""
    return name in _BY_NAME


def worded_units(text: str) -> Iterator[tuple[re.Match[str], float, Unit]]:
    """Yields amounts of one or one half written without a numeral: ``a year``, ``half an hour``, ``半年``."""
    for found in _WORDED.finditer(text):
        yield found, 0.5 if found[1] else 1.0, _BY_NAME[found[2].lower()]
    for found in _HALF.finditer(text):
        yield found, 0.5, _BY_NAME[found[1]]
