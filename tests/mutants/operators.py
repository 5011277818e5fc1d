"""The changes: each turns one expression into one that means something else, as a slip of the hand would.

Words of messages are left alone, since the tests hold them word by word.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten

COMPARED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
}
CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One change to a file: the lines it begins and ends in, the text there, and what it becomes."""

    path: str
    line: int
    start: int
    end: int
    new: str

    def applied(self, source: str) -> str:
        """Return the source with this change."""
        text = source.encode()
        return (text[: self.start] + self.new.encode() + text[self.end :]).decode()

    def is_inside(self, source: str) -> bool:
        """Return whether it is in the body of a function: all else is run once, at the start."""
        bodies = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.Lambda))
        column = self.start - source.encode().rfind(b"\n", 0, self.start) - 1
        return any(_holds(node, (self.line, column)) for node in bodies)

    def shown(self, source: str) -> str:
        """Return the change in one line."""
        old, new = (shorten(text, 120) for text in (source.encode()[self.start : self.end].decode(), self.new))
        return f"{self.path}:{self.line}: `{old}` → `{new}`"


def _holds(node: ast.FunctionDef | ast.Lambda, place: tuple[int, int]) -> bool:
    first = node.body if isinstance(node, ast.Lambda) else node.body[0]
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return (first.lineno, first.col_offset) <= place < end


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Yield every change that the operators can make to a file."""
    offsets = [0]
    for line in source.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    for node in _code(ast.parse(source)):
        for new in _changed(node):
            start, end = offsets[node.lineno - 1] + node.col_offset, offsets[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined,operator]
            yield Mutant(path, node.lineno, start, end, new)  # type: ignore[attr-defined]


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs: no annotation, and nothing inside a formatted string."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def _changed(node: ast.AST) -> Iterator[str]:  # noqa: C901 - one case an operator
    """Yield what may stand in place of a node."""
    match node:
        case ast.Compare(ops=[one]):
            yield _bracketed(_with(node, ops=[COMPARED[type(one)]]))
        case ast.BoolOp(op=op, values=values):
            yield _bracketed(_with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And()))
            for value in values:
                yield _bracketed(_with(node, values=[other for other in values if other is not value]))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _bracketed(operand)
        case ast.IfExp(body=body, orelse=orelse):
            yield _bracketed(_with(node, body=orelse, orelse=body))
        case ast.BinOp(left=left, right=right, op=ast.Sub() | ast.BitAnd() | ast.BitOr() | ast.Add()):
            yield _bracketed(left)
            yield _bracketed(right)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            yield ast.unparse(_with(node, func=ast.Name(CALLED[name])))
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            yield from _unfiltered(node)
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield str(value + 1)
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() | ast.Call()):
            yield "yield from ()" if not isinstance(node.value, ast.Call) else "pass"
        case ast.Continue():
            yield "break"


def _unfiltered(node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> Iterator[str]:
    """Yield a comprehension without one of its conditions."""
    for place, loop in enumerate(node.generators):
        for condition in loop.ifs:
            made = copy.deepcopy(node)
            made.generators[place].ifs = [other for other in loop.ifs if other is not condition]
            yield ast.unparse(made)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _bracketed(node: ast.AST) -> str:
    return f"({ast.unparse(node)})"
