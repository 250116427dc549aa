"""Invented given and family names: a stem and an ending, a few of them with accents."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


_MALE = _words(
    "Al Ben Bor Cal Cor Dan Dor Ed Ever Fer Fin Gar Ger Hal Hen Iv Jas Jor Kel Len Lor Mar Mil "
    "Nor Os Per Rol San Tar Wil"
)
_MALE_ENDINGS = _words("an ard ric in ton us is en o er mund é")
_FEMALE = _words(
    "Ad Al Ami Bel Car Cel Dar Del El Em Flor Gis Han Il Is Jol Kar Lav Lin Mar Mel Nad Or Pal "
    "Ros Sab Sel Tam Val Yv"
)
_FEMALE_ENDINGS = _words("a ina ette ia ora elle ynn isa ena ika ée")
_FAMILY = _words(
    "Ald Bark Berg Brand Brook Cald Dals Drey Eck Fal Fern Garn Gold Hald Hart Holm Ing Kerr "
    "Kirch Lang Lind Mar Mol Nord Oak Peln Quar Rav Rosen Sand Stein Sund Thorn Ulm Vand Wald "
    "West Wind Yar Zell"
)
_FAMILY_ENDINGS = _words("berg feld man son ley worth er ini eau ard ström mäki")

#: An accented ending is drawn this much more rarely than another.
_RARE = 0.02


def _combine(stems: list[str], endings: list[str]) -> list[str]:
    return [stem + ending for ending in endings for stem in stems]


MALE_NAMES: list[str] = _combine(_MALE, _MALE_ENDINGS)
FEMALE_NAMES: list[str] = _combine(_FEMALE, _FEMALE_ENDINGS)
FAMILY_NAMES: list[str] = _combine(_FAMILY, _FAMILY_ENDINGS)


def weights(names: list[str]) -> list[float]:
    """Relative frequency of each name: names differ in it, accented ones are rare."""
    return [
        (1.0 + 3.0 / (1 + i % 17)) * (1.0 if name.isascii() else _RARE)
        for i, name in enumerate(names)
    ]
