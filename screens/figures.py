"""Big figures for a screen that is read from across a room: 5 by 7 dots, of full blocks only (every console font has
them). Pure."""

_DOTS = {
    "0": "3e5149453e",
    "1": "00427f4000",
    "2": "6251494946",
    "3": "2241494936",
    "4": "1814127f10",
    "5": "2745454539",
    "6": "3c4a494930",
    "7": "0171090503",
    "8": "3649494936",
    "9": "064949291e",
    "A": "7e1111117e",
    "B": "7f49494936",
    "C": "3e41414122",
    "D": "7f4141221c",
    "E": "7f49494941",
    "F": "7f09090901",
    "G": "3e4149497a",
    "H": "7f0808087f",
    "I": "00417f4100",
    "J": "2040413f01",
    "K": "7f08142241",
    "L": "7f40404040",
    "M": "7f020c027f",
    "N": "7f0408107f",
    "O": "3e4141413e",
    "P": "7f09090906",
    "Q": "3e4151215e",
    "R": "7f09192946",
    "S": "4649494931",
    "T": "01017f0101",
    "U": "3f4040403f",
    "V": "1f2040201f",
    "W": "3f4038403f",
    "X": "6314081463",
    "Y": "0708700807",
    "Z": "6151494543",
    "-": "0808080808",
    ":": "0000240000",
    " ": "0000000000",
}
"""For each character five columns from the left, the lowest bit on top."""
COLUMNS, ROWS, GAP = 5, 7, 1


def width(text: str, scale: int) -> int:
    """Cells that `text` is wide, each dot `scale` cells."""
    return max(0, len(text) * (COLUMNS + GAP) - GAP) * scale


def lines(text: str, across: int = 2, down: int = 1) -> list[str]:
    """`text` as rows of blocks: a dot is `across` cells wide and `down` rows high. Unknown characters are a dash."""
    columns: list[int] = []
    for character in text.upper():
        columns += [*bytes.fromhex(_DOTS.get(character, _DOTS["-"])), *[0] * GAP]
    rows = []
    for row in range(ROWS):
        dots = "".join(("█" if column >> row & 1 else " ") * across for column in columns[:-GAP])
        rows += [dots] * down
    return rows
