"""The invented assortment of a bicycle and outdoor retailer, in the grammar of the real exports.

A product number is ``<kind>-<model><colour>-<size>`` (``BK-R91R-52``) or shorter for things that
come in one colour or size. The CRM puts the category in front of it, with dashes
(``BI-RB-BK-R91R-52``); the ERP describes the category under ``BI_RB``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

COLOURS = {"R": "Red", "B": "Black", "S": "Silver", "Y": "Yellow", "U": "Blue", "G": "Green"}
SIZES = {"S": "S", "M": "M", "L": "L", "X": "XL"}

#: id, category, subcategory, needs maintenance: the ERP's list of categories in file order.
CATEGORIES: tuple[tuple[str, str, str, str], ...] = (
    ("AC_BG", "Accessories", "Bags and Packs", "No"),
    ("AC_BL", "Accessories", "Bells", "No"),
    ("AC_BO", "Accessories", "Bottles and Holders", "No"),
    ("AC_CA", "Accessories", "Car Carriers", "Yes"),
    ("AC_CM", "Accessories", "Computers", "Yes"),
    ("AC_GU", "Accessories", "Mudguards", "No"),
    ("AC_HE", "Accessories", "Helmets", "Yes"),
    ("AC_LI", "Accessories", "Lights", "Yes"),
    ("AC_LO", "Accessories", "Locks", "Yes"),
    ("AC_PU", "Accessories", "Pumps", "Yes"),
    ("AC_TO", "Accessories", "Tools and Care", "No"),
    ("AC_TU", "Accessories", "Tires and Tubes", "Yes"),
    ("BI_MB", "Bikes", "Mountain Bikes", "Yes"),
    ("BI_RB", "Bikes", "Road Bikes", "Yes"),
    ("BI_TB", "Bikes", "Touring Bikes", "Yes"),
    ("CL_BI", "Clothing", "Bibs", "No"),
    ("CL_CP", "Clothing", "Caps", "No"),
    ("CL_GL", "Clothing", "Gloves", "No"),
    ("CL_JA", "Clothing", "Jackets", "No"),
    ("CL_JE", "Clothing", "Jerseys", "No"),
    ("CL_SH", "Clothing", "Shorts", "No"),
    ("CL_SO", "Clothing", "Socks", "No"),
    ("CL_VE", "Clothing", "Vests", "No"),
    ("CO_BB", "Components", "Bottom Brackets", "Yes"),
    ("CO_BK", "Components", "Brakes", "Yes"),
    ("CO_CN", "Components", "Chains", "Yes"),
    ("CO_CR", "Components", "Cranks", "Yes"),
    ("CO_DE", "Components", "Derailleurs", "Yes"),
    ("CO_FO", "Components", "Forks", "Yes"),
    ("CO_HB", "Components", "Handlebars", "No"),
    ("CO_HS", "Components", "Headsets", "No"),
    ("CO_MF", "Components", "Mountain Frames", "Yes"),
    ("CO_PD", "Components", "Pedals", "No"),
    ("CO_RF", "Components", "Road Frames", "Yes"),
    ("CO_SA", "Components", "Saddles", "No"),
    ("CO_TF", "Components", "Touring Frames", "Yes"),
    ("CO_WH", "Components", "Wheels", "Yes"),
)

#: The ERP calls the pedals CO_PD; the CRM spells the same category CO_PE.
PEDALS, PEDALS_IN_CRM = "CO_PD", "CO_PE"

LINES = {"R": "Road", "M": "Mountain", "S": "Other Sales", "T": "Touring", "": "n/a"}


@dataclass(frozen=True)
class Family:
    """Products that differ in colour and size alone.

    ``first_start`` is the July (1, 2 or 3) in which the first version known to the CRM begins
    (0: long ago); ``sold`` are days after the first day of the history (from, to), None for what
    the shop has never sold; ``weight`` is how often one of the family is bought among its kind.
    """

    category_id: str
    line: str
    number: str
    name: str
    price: int
    cost: int
    colours: str = ""
    sizes: tuple[str, ...] = ()
    versions: int = 1
    first_start: int = 3
    sold: tuple[int, int] | None = None
    weight: float = 0.0


@dataclass(frozen=True)
class Product:
    """One product as the shop knows it today."""

    number: str
    name: str
    family: Family = field(repr=False)

    @property
    def price(self) -> int:
        """What one piece costs the customer."""
        return self.family.price


ALWAYS = 1_000_000


_ROAD = ("44", "48", "52", "56", "58", "62")
_LETTERS = ("S", "M", "L")
_LETTERS_X = ("S", "M", "L", "X")

BIKES: tuple[Family, ...] = (
    Family(
        "BI_RB",
        "R",
        "BK-R91{c}-{s}",
        "Velanto 900",
        3499,
        2190,
        "R",
        ("44", "48", "52", "56", "62"),
        first_start=1,
        sold=(0, 560),
        weight=30,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R73{c}-{s}",
        "Velanto 700",
        2399,
        1480,
        "RB",
        _ROAD,
        versions=2,
        first_start=2,
        sold=(210, ALWAYS),
        weight=17,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R52R-{s}",
        "Velanto 500 - Red",
        999,
        590,
        "",
        _ROAD,
        versions=3,
        first_start=1,
        sold=(0, ALWAYS),
        weight=8,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R52B-{s}",
        "Velanto 500 - Black",
        999,
        590,
        "",
        _ROAD,
        versions=2,
        first_start=2,
        sold=(0, ALWAYS),
        weight=8,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R45{c}-{s}",
        "Velanto 400",
        1449,
        870,
        "U",
        ("44", "48", "52", "58", "60"),
        first_start=2,
        sold=(330, 860),
        weight=12,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R34{c}-{s}",
        "Velanto 300 W",
        1120,
        710,
        "Y",
        ("38", "40", "42", "44", "48"),
        sold=(560, ALWAYS),
        weight=10,
    ),
    Family(
        "BI_RB",
        "R",
        "BK-R21{c}-{s}",
        "Velanto 200",
        549,
        345,
        "B",
        ("44", "48", "52", "58"),
        sold=(900, ALWAYS),
        weight=12,
    ),
    Family(
        "BI_MB",
        "M",
        "BK-M81{c}-{s}",
        "Karsteg 1",
        3390,
        1910,
        "SB",
        ("38", "42", "44", "48"),
        first_start=1,
        sold=(0, 540),
        weight=18,
    ),
    Family(
        "BI_MB",
        "M",
        "BK-M67{c}-{s}",
        "Karsteg 2",
        2290,
        1250,
        "SB",
        ("38", "42", "46"),
        versions=2,
        first_start=2,
        sold=(330, ALWAYS),
        weight=32,
    ),
    Family(
        "BI_MB",
        "M",
        "BK-M46{c}-{s}",
        "Karsteg 4",
        1079,
        598,
        "B",
        ("38", "40", "44", "48"),
        sold=(700, ALWAYS),
        weight=8,
    ),
    Family(
        "BI_MB",
        "M",
        "BK-M29{c}-{s}",
        "Karsteg 5",
        565,
        308,
        "SB",
        ("40", "42", "44", "48", "52"),
        sold=(620, ALWAYS),
        weight=10,
    ),
    Family(
        "BI_MB",
        "M",
        "BK-M18{c}-{s}",
        "Karsteg 6 Trail",
        769,
        419,
        "G",
        ("40", "42", "44", "48"),
        sold=(960, ALWAYS),
        weight=9,
    ),
    Family(
        "BI_TB",
        "T",
        "BK-T79{c}-{s}",
        "Fernweg 10",
        2384,
        1481,
        "YU",
        ("46", "50", "54", "60"),
        versions=2,
        first_start=2,
        sold=(640, ALWAYS),
        weight=14,
    ),
    Family(
        "BI_TB",
        "T",
        "BK-T44{c}-{s}",
        "Fernweg 20",
        1214,
        755,
        "U",
        ("46", "50", "54", "60"),
        sold=(640, ALWAYS),
        weight=6,
    ),
    Family(
        "BI_TB",
        "T",
        "BK-T18{c}-{s}",
        "Fernweg 30",
        742,
        461,
        "YU",
        ("44", "50", "54", "58", "62"),
        sold=(700, ALWAYS),
        weight=10,
    ),
)

EXTRAS: tuple[Family, ...] = (
    Family(
        "AC_HE",
        "S",
        "HE-U417",
        "Skarven Helmet - Black",
        35,
        13,
        versions=3,
        first_start=1,
        sold=(420, ALWAYS),
        weight=70,
    ),
    Family(
        "AC_HE",
        "S",
        "HE-U417-{c}",
        "Skarven Helmet",
        35,
        13,
        "UR",
        versions=3,
        first_start=1,
        sold=(420, ALWAYS),
        weight=130,
    ),
    Family(
        "AC_BO",
        "S",
        "BO-W750",
        "Quellen Bottle 750 ml",
        5,
        2,
        versions=2,
        first_start=2,
        sold=(450, ALWAYS),
        weight=125,
    ),
    Family(
        "AC_BO",
        "R",
        "BO-C210",
        "Road Bottle Holder",
        9,
        3,
        versions=3,
        first_start=1,
        sold=(450, ALWAYS),
        weight=50,
    ),
    Family(
        "AC_BO",
        "M",
        "BO-C215",
        "Mountain Bottle Holder",
        10,
        4,
        versions=3,
        first_start=1,
        sold=(450, ALWAYS),
        weight=58,
    ),
    Family("AC_TU", "R", "TU-R028", "Road Tube", 4, 1, sold=(450, ALWAYS), weight=70),
    Family("AC_TU", "M", "TU-M260", "Mountain Tube", 5, 2, sold=(450, ALWAYS), weight=90),
    Family("AC_TU", "T", "TU-T035", "Touring Tube", 5, 2, sold=(640, ALWAYS), weight=45),
    Family(
        "AC_TU",
        "R",
        "TI-R280",
        "Road Tire 28",
        25,
        9,
        versions=2,
        first_start=2,
        sold=(450, ALWAYS),
        weight=52,
    ),
    Family(
        "AC_TU",
        "M",
        "TI-M261",
        "Mountain Tire 2.6",
        30,
        11,
        versions=2,
        first_start=2,
        sold=(450, ALWAYS),
        weight=52,
    ),
    Family(
        "AC_TU",
        "T",
        "TI-T350",
        "Touring Tire 35",
        29,
        11,
        versions=2,
        first_start=2,
        sold=(640, ALWAYS),
        weight=28,
    ),
    Family("AC_TU", "S", "PK-0071", "Patch Box of Eight", 2, 1, sold=(450, ALWAYS), weight=95),
    Family(
        "AC_GU",
        "M",
        "GU-6021",
        "Mudguard Pair",
        22,
        8,
        versions=2,
        first_start=2,
        sold=(500, ALWAYS),
        weight=64,
    ),
    Family("AC_TO", "S", "TO-9114", "Chain and Frame Wash", 8, 3, sold=(520, ALWAYS), weight=28),
    Family(
        "AC_CA", "S", "CA-H400", "Hitch Carrier for Four", 120, 45, sold=(700, ALWAYS), weight=10
    ),
    Family("AC_BG", "S", "BG-H300", "Water Pack 3 l", 55, 21, sold=(560, ALWAYS), weight=24),
    Family(
        "CL_CP",
        "S",
        "CP-1207",
        "Emblem Cap",
        9,
        7,
        versions=3,
        first_start=1,
        sold=(520, ALWAYS),
        weight=66,
    ),
    Family(
        "CL_JE",
        "S",
        "JE-K194-{s}",
        "Klassik Jersey Short",
        54,
        41,
        "",
        _LETTERS_X,
        versions=2,
        first_start=2,
        sold=(520, ALWAYS),
        weight=46,
    ),
    Family(
        "CL_GL",
        "S",
        "GL-H105-{s}",
        "Half Gloves",
        24,
        9,
        "",
        _LETTERS,
        versions=3,
        first_start=1,
        sold=(520, ALWAYS),
        weight=44,
    ),
    Family(
        "CL_SH",
        "M",
        "SH-W871-{s}",
        "Mountain Shorts W",
        70,
        26,
        "",
        _LETTERS,
        sold=(560, ALWAYS),
        weight=31,
    ),
    Family(
        "CL_SO",
        "R",
        "SO-R908-{s}",
        "Road Socks",
        9,
        3,
        "",
        ("M", "L"),
        sold=(560, ALWAYS),
        weight=17,
    ),
    Family(
        "CL_VE",
        "S",
        "VE-C314-{s}",
        "Dawn Vest",
        64,
        24,
        "",
        _LETTERS,
        sold=(600, ALWAYS),
        weight=17,
    ),
)

NEVER_SOLD: tuple[Family, ...] = (
    Family("AC_BL", "S", "BL-0{s}", "Brass Bell", 12, 4, "", ("118", "122"), first_start=2),
    Family("AC_CM", "S", "CM-S300", "Ride Computer 300", 65, 27, first_start=2),
    Family("AC_LI", "R", "LI-T99{s}", "Rear Light", 14, 6, "", ("0", "2"), first_start=2),
    Family("AC_LI", "R", "LI-H905", "Front Light", 45, 18, first_start=2),
    Family("AC_LO", "S", "LO-C110", "Chain Lock", 25, 10, first_start=2),
    Family("AC_PU", "S", "PU-046{s}", "Hand Pump", 20, 8, "", ("2", "5"), first_start=2),
    Family("AC_BG", "T", "BG-T210", "Touring Pannier - Large", 125, 52, first_start=2),
    Family("AC_TO", "S", "TO-M0{s}", "Folding Tool", 19, 7, "", ("44", "48"), first_start=2),
    Family("AC_CA", "S", "CA-R200", "Roof Carrier", 89, 36, first_start=2),
    Family(
        "CL_JE",
        "S",
        "JE-E192-{s}",
        "Emblem Jersey Long",
        50,
        38,
        "",
        _LETTERS_X,
        versions=3,
        first_start=1,
    ),
    Family("CL_BI", "S", "BI-M89-{s}", "Bib Shorts", 90, 37, "", _LETTERS, first_start=2),
    Family("CL_JA", "S", "JA-W31-{s}", "Rain Jacket", 110, 46, "", _LETTERS_X, first_start=2),
    Family("CL_GL", "M", "GL-F112-{s}", "Full Gloves", 38, 16, "", _LETTERS, first_start=2),
    Family("CL_CP", "S", "CP-1311", "Winter Cap", 19, 8, first_start=2),
    Family("CL_SO", "M", "SO-B907-{s}", "Mountain Socks", 10, 3, "", ("M", "L"), first_start=1),
    Family("CL_VE", "S", "VE-R320", "Reflective Vest", 32, 12, first_start=3),
    Family(
        "CO_RF",
        "R",
        "FR-R88R-{s}",
        "Aurora Road Frame - Red",
        1431,
        868,
        "",
        _ROAD,
        versions=3,
        first_start=1,
    ),
    Family(
        "CO_RF",
        "R",
        "FR-R88B-{s}",
        "Aurora Road Frame - Black",
        1431,
        868,
        "",
        _ROAD,
        versions=2,
        first_start=2,
    ),
    Family("CO_RF", "R", "FR-R36{c}-{s}", "Solo Road Frame", 337, 204, "RB", _ROAD, first_start=1),
    Family(
        "CO_RF",
        "R",
        "FR-R71Y-{s}",
        "Meadow Road Frame W - Yellow",
        594,
        361,
        "",
        ("38", "40", "42", "44", "48"),
        versions=2,
        first_start=2,
    ),
    Family(
        "CO_RF",
        "R",
        "FR-R19B-{s}",
        "First Road Frame - Black",
        312,
        187,
        "",
        ("44", "48"),
        first_start=3,
    ),
    Family(
        "CO_RF",
        "R",
        "FR-R07B-{s}",
        "Heritage Road Frame - Black",
        1189,
        702,
        "",
        ("56", "58"),
        first_start=0,
    ),
    Family(
        "CO_MF",
        "M",
        "FR-M92{c}-{s}",
        "Summit Mountain Frame",
        1364,
        747,
        "SB",
        ("38", "42", "44", "46", "48"),
        first_start=2,
    ),
    Family(
        "CO_MF",
        "M",
        "FR-M64B-{s}",
        "Ridge Mountain Frame - Black",
        348,
        186,
        "",
        ("38", "40", "44", "48"),
        first_start=2,
    ),
    Family(
        "CO_MF",
        "M",
        "FR-M23{c}-{s}",
        "Valley Mountain Frame",
        264,
        145,
        "SB",
        ("40", "42", "44", "48", "52"),
        first_start=3,
    ),
    Family(
        "CO_MF",
        "M",
        "FR-M51S-{s}",
        "Meadow Mountain Frame W - Silver",
        364,
        199,
        "",
        ("38", "40", "42", "46"),
        first_start=3,
    ),
    Family(
        "CO_TF",
        "T",
        "FR-T97{c}-{s}",
        "Horizon Touring Frame",
        1003,
        601,
        "YU",
        ("46", "50", "54", "60"),
        first_start=3,
    ),
    Family(
        "CO_TF",
        "T",
        "FR-T66{c}-{s}",
        "Harbour Touring Frame",
        333,
        200,
        "YU",
        ("44", "50", "54", "58", "62"),
        first_start=3,
    ),
    Family(
        "CO_HB", "M", "HB-M76{s}", "Mountain Handlebar", 62, 27, "", ("2", "3", "4"), first_start=2
    ),
    Family("CO_HB", "R", "HB-R72{s}", "Road Handlebar", 58, 24, "", ("0", "1", "3"), first_start=2),
    Family("CO_HB", "T", "HB-T93{s}", "Touring Handlebar", 46, 20, "", ("1", "8"), first_start=3),
    Family(
        "CO_WH",
        "M",
        "FW-M{s}",
        "Mountain Front Wheel",
        209,
        93,
        "",
        ("424", "763", "929"),
        first_start=2,
    ),
    Family(
        "CO_WH",
        "M",
        "RW-M{s}",
        "Mountain Rear Wheel",
        236,
        105,
        "",
        ("424", "763", "929"),
        first_start=2,
    ),
    Family(
        "CO_WH",
        "R",
        "FW-R{s}",
        "Road Front Wheel",
        248,
        110,
        "",
        ("624", "763", "821"),
        first_start=2,
    ),
    Family(
        "CO_WH",
        "R",
        "RW-R{s}",
        "Road Rear Wheel",
        275,
        122,
        "",
        ("624", "763", "821"),
        first_start=2,
    ),
    Family("CO_WH", "T", "FW-T906", "Touring Front Wheel", 218, 97, first_start=2),
    Family("CO_WH", "T", "RW-T906", "Touring Rear Wheel", 245, 109, first_start=2),
    Family(
        "CO_SA", "M", "SE-M{s}", "Mountain Saddle", 39, 17, "", ("237", "799", "941"), first_start=3
    ),
    Family(
        "CO_SA", "R", "SE-R{s}", "Road Saddle", 39, 17, "", ("582", "909", "996"), first_start=3
    ),
    Family(
        "CO_SA", "T", "SE-T{s}", "Touring Saddle", 39, 17, "", ("313", "763", "925"), first_start=3
    ),
    Family(
        PEDALS, "M", "PD-M{s}", "Mountain Pedal", 62, 28, "", ("283", "341", "563"), first_start=3
    ),
    Family(PEDALS, "R", "PD-R{s}", "Road Pedal", 62, 28, "", ("348", "564", "854"), first_start=3),
    Family(PEDALS, "T", "PD-T853", "Touring Pedal", 81, 36, first_start=3),
    Family("CO_HS", "", "HS-{s}", "Headset", 102, 45, "", ("0297", "2452", "3480"), first_start=2),
    Family("CO_CR", "", "CR-{s}", "Crank", 256, 114, "", ("4760", "6584", "9982"), first_start=3),
    Family(
        "CO_BB",
        "",
        "BB-{s}",
        "Bottom Bracket",
        101,
        45,
        "",
        ("7422", "8108", "9109"),
        first_start=3,
    ),
    Family("CO_BK", "", "{s}-9232", "Brake", 107, 47, "", ("FB", "RB"), first_start=3),
    Family("CO_DE", "", "{s}-2309", "Derailleur", 106, 47, "", ("FD", "RD"), first_start=3),
    Family("CO_CN", "", "CN-0728", "Chain", 20, 9, first_start=3),
    Family("CO_FO", "", "FK-{s}", "Fork", 188, 83, "", ("1640", "5137", "9940"), first_start=2),
)

#: Sold, and described by no master file: what the CRM has not heard of.
UNDESCRIBED: tuple[tuple[str, int], ...] = (
    ("BK-N07K-50", 1890),
    ("CM-S410", 79),
    ("JA-W44-M", 119),
)


def _expand(family: Family) -> list[Product]:
    products = []
    for colour in family.colours or ("",):
        for size in family.sizes or ("",):
            words = [family.name]
            if colour:
                words.append(f"- {COLOURS[colour]}")
            if size:
                words.append(SIZES.get(size, size))
            products.append(
                Product(family.number.format(c=colour, s=size), " ".join(words), family)
            )
    return products


def products() -> list[Product]:
    """Every product of the shop, those that are sold first: bikes, extras, the rest."""
    return [p for family in (*BIKES, *EXTRAS, *NEVER_SOLD) for p in _expand(family)]
