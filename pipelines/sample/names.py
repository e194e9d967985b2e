"""Words of the sample, in many scripts on purpose: names in real projects are not ASCII.

Among them are the characters that break careless programs: combining marks, characters outside the
Basic Multilingual Plane, joined emoji, right-to-left text, and U+2028, which ends a line for
``str.splitlines`` but not in NDJSON.
"""

LABELLERS = tuple(
    f"{name}@labels.example" for name in ("amina", "bruno", "chen.wei", "dilek", "emeka", "fatima")
)
REVIEWERS = tuple(f"{name}@review.example" for name in ("grace", "hiro", "ines"))

FILE_STEMS = (
    "frame",
    "IMG",
    "cam-front/2025/drive",
    "Straßenkreuzung Nord",
    "北京路口",
    "تقاطع",
    "cafe\u0301 terrace",
    "night 🌙 ride",
    "family 👩\u200d👧\u200d👦",
    "नमूना",
    "line\u2028break",
    'quoted "name"',
)

BATCHES = (
    "Batch A",
    "Batch B",
    "2025-03 night",
    "批次一",
    "دفعة ٢",
    "Re\u0301vision finale",
    "pilot 🚦",
    "week\u202827",
)

# plain ASCII between others, as in real projects
SENTENCES = (
    "Nothing unusual.",
    "Partly hidden behind the delivery van, visible again after the crossing.",
    "Reviewer: please check the left edge once more, it cuts off the mirror.",
    "Der Schatten gehört nicht zum Fahrzeug; Kante bitte enger ziehen.",
    "画面左侧的行人被柱子遮挡\uff0c按可见部分标注。",
    "العلامة غير واضحة بسبب المطر، راجع الإطار التالي.",
    "Très sombre, mais la plaque reste lisible (e\u0301clairage au sodium).",
    "👍🏽 looks right now",
    "First line\u2028second line, as pasted from a web form",
    'The sign reads "DÉVIATION\u00a0→ Лион" and a backslash \\ follows.',
    "दृश्य साफ़ है।",
    "Unsure: bicycle or e-scooter? Marked as bicycle because of the wheel size.",
)

SELECTIONS = (
    "Framehaul Ltd.",
    "12 March 2025",
    "EUR 1,250.00",
    "Dr. Ngozi Okafor",
    "Zürich",
    "上海市浦东新区",
    "شركة النقل",
    "invoice no. 2025-0417",
    "the party of the first part",
    "Łódź ✈ São Paulo",
)

PLATES = ("M AB 1234", "沪A·12345", "34 ABC 99", "ق ط ر 7781")

MARKDOWN = (
    "# Ticket\n\nThe parcel arrived **two days late**.\n\n- refund asked: yes\n- tone: calm",
    "## 客户反馈\n\n包装破损\uff0c但产品完好。希望改进。",
    "Dear team,\n\nthe app closes when I open the map 🗺.\n\n> Version 4.2, Android",
)

# A whole 1 x 1 PNG: what the editor stores for an area drawn on a page.
DRAWN_AREA = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
