"""Reads QR codes of one size, as far as tests need: version 6, error correction L, bytes. Source: ISO/IEC 18004."""

from collections.abc import Callable, Iterator

VERSION = 6
SIZE = 17 + 4 * VERSION
BLOCKS, DATA_PER_BLOCK = 2, 68
ALIGNED_AT = 34
"""Middle of the alignment pattern."""

Modules = list[list[bool]]
"""Rows of modules, dark ones True, without a border."""

_MASKS: list[Callable[[int, int], int]] = [
    lambda row, column: (row + column) % 2,
    lambda row, column: row % 2,
    lambda row, column: column % 3,
    lambda row, column: (row + column) % 3,
    lambda row, column: (row // 2 + column // 3) % 2,
    lambda row, column: row * column % 2 + row * column % 3,
    lambda row, column: (row * column % 2 + row * column % 3) % 2,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2,
]


def drawn(text: str) -> Modules | None:
    """The modules of a code drawn in half blocks, light ones filled, as terminals show them; None if there is none."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    lines = [line for line in lines if len(line) > SIZE and set(line) <= set(" \u2580\u2584\u2588")]
    rows: Modules = []
    for line in lines:
        rows.append([sign in " \u2584" for sign in line])
        rows.append([sign in " \u2580" for sign in line])
    border = (len(rows[0]) - SIZE) // 2 if rows else 0
    rows = [row[border : border + SIZE] for row in rows[border : border + SIZE]]
    return rows if len(rows) == SIZE else None


def read(modules: Modules) -> str:
    """The text of a code. Raises ValueError for one of another kind."""
    around = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    form = _number(modules[row][column] for row, column in around) ^ 0x5412
    level, mask = form >> 13, _MASKS[form >> 10 & 7]
    if level != 1:
        raise ValueError("its error correction is not L")
    bits = [modules[row][column] ^ (mask(row, column) == 0) for row, column in _path()]
    words = [_number(bits[at : at + 8]) for at in range(0, BLOCKS * DATA_PER_BLOCK * 8, 8)]
    data = bytes(word for block in range(BLOCKS) for word in words[block::BLOCKS])
    if data[0] >> 4 != 4:
        raise ValueError("it has no bytes")
    length = (data[0] & 15) << 4 | data[1] >> 4
    text = int.from_bytes(data[1 : length + 2]) >> 4
    return (text & (1 << 8 * length) - 1).to_bytes(length).decode()


def _path() -> Iterator[tuple[int, int]]:
    """The modules that hold data, in their order: columns in pairs from the right, up and down in turn."""
    upwards = True
    for right in (*range(SIZE - 1, 6, -2), 5, 3, 1):
        for row in reversed(range(SIZE)) if upwards else range(SIZE):
            for column in (right, right - 1):
                if not _is_function(row, column):
                    yield row, column
        upwards = not upwards


def _is_function(row: int, column: int) -> bool:
    finder = (row < 9 and column < 9) or (row < 9 and column >= SIZE - 8) or (row >= SIZE - 8 and column < 9)
    alignment = abs(row - ALIGNED_AT) <= 2 and abs(column - ALIGNED_AT) <= 2
    return finder or alignment or row == 6 or column == 6


def _number(bits: "Iterator[bool] | list[bool]") -> int:
    value = 0
    for bit in bits:
        value = value << 1 | bit
    return value
