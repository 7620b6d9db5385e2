"""Pieces of the pages of docs/reference that are written from the tables of protocols."""

import ast
import inspect
import textwrap
from collections.abc import Iterable
from enum import IntEnum

import msgspec


def table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """The lines of a section with a table, Markdown."""
    return [f"## {title}\n", _row(heads), _row(("---",) * len(heads)), *map(_row, rows), ""]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def fields(struct: type[msgspec.Struct], skip: Iterable[str] = ()) -> str:
    """The names of a struct's fields on the wire; `?` stands behind those that may be left out."""
    shown = [field for field in msgspec.structs.fields(struct) if field.name not in skip]
    return ", ".join(f"`{field.encode_name}`" + ("" if field.required else "?") for field in shown)


def remarks(codes: type[IntEnum]) -> dict[str, str]:
    """The docstrings that stand below the values of an enumeration, by name."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(codes))).body[0]
    found: dict[str, str] = {}
    name = ""
    for statement in definition.body if isinstance(definition, ast.ClassDef) else []:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
            case _:
                pass
    return found
