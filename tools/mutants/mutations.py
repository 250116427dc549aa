"""The mutations of a query: one change of one expression each, by rules over its syntax tree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp, parse_one

DIALECT = "duckdb"
#: dbt puts what a unit test gives in front of the model, as queries called so.
FIXTURE = "__dbt__cte__"
#: When the run began, which dbt writes into the queries.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d (?!00:00:00)\d\d:\d\d:\d\d(?:\.\d+)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: From so many characters on, expressions that are equal but for their columns come from one macro.
SHARED = 40
#: Characters that name a mutation, and that stand around a change.
SHOWN, AROUND = 90, 30

Rule = Callable[[exp.Expr], Iterator[exp.Expr | None]]
"""From an expression to what replaces it; None drops it."""


@dataclass(frozen=True)
class Key:
    """What makes mutations in several places the same one."""

    rule: str
    place: str
    """Model and named query (CTE); nothing for a long expression, which changes everywhere."""
    before: str
    after: str

    def __str__(self) -> str:
        before, after = _difference(self.before, self.after)
        return f"{self.rule}: {before} -> {after}"


@dataclass(frozen=True)
class _Change:
    place: int
    """Of the expression, in the order of the tree."""
    rule: str
    number: int
    """Of the replacement, among those the rule has for the expression."""


class Query:
    """A query and its mutations.

    Long expressions that are equal but for their columns come from one macro: they change together.
    """

    def __init__(self, model: str, sql: str) -> None:
        """Parse a model as dbt compiles it, for a build or for a unit test."""
        self._tree = parse_one(sql, dialect=DIALECT)
        for node in self._tree.walk():
            node.meta.clear()  # where it stands in the text; copying that takes most of the time
        given = self._tree.args.get("with_")
        ctes: list[exp.CTE] = list(given.expressions) if given else []
        self._given = [_sql(cte) for cte in ctes if cte.alias.startswith(FIXTURE)]
        for cte in ctes[: len(self._given)]:
            cte.pop()
        self._changes: dict[Key, list[_Change]] = {}
        self.mutations: dict[Key, str] = {}
        """All of them, and where each is first: the model and the named query."""
        named = {id(cte) for cte in ctes[len(self._given) :]}
        place = 0
        nodes = iter(self._tree.walk(bfs=False))
        for node in nodes:
            if id(node) in named:
                part = list(node.walk(bfs=False))
                self._add(_changes_of_named_query(model, node, part), place)
                for _ in part[1:]:
                    next(nodes)
                place += len(part)
            else:
                self._add(_changes(model, [node]), place)
                place += 1

    def _add(self, changes: Iterable[tuple[Key, str, _Change]], begin: int) -> None:
        for key, where, change in changes:
            self.mutations.setdefault(key, where)
            here = replace(change, place=begin + change.place)
            self._changes.setdefault(key, []).append(here)

    @property
    def sql(self) -> str:
        """The query as it is."""
        return self._with_what_is_given(self._tree.copy())

    def mutated(self, key: Key) -> str:
        """The query with one mutation."""
        tree = self._tree.copy()
        nodes = list(tree.walk(bfs=False))
        for change in self._changes[key]:
            node = nodes[change.place]
            new = list(RULES[change.rule](node))[change.number]
            if new and node is tree:
                new.set("with_", tree.args.get("with_"))
                tree = new
            else:
                _replace(node, new)
        return self._with_what_is_given(tree)

    def _with_what_is_given(self, tree: exp.Expr) -> str:
        sql = _sql(tree, copy=False)
        if not self._given:
            return sql
        rest = sql.removeprefix("WITH ")
        return f"WITH {', '.join(self._given)}{', ' if rest != sql else ' '}{rest}"


#: The changes of named queries: a model and its unit tests have most of them in common.
_KNOWN: dict[tuple[str, str], list[tuple[Key, str, _Change]]] = {}


def _changes_of_named_query(
    model: str, query: exp.Expr, nodes: list[exp.Expr]
) -> list[tuple[Key, str, _Change]]:
    text = _sql(query)
    if (model, text) not in _KNOWN:
        _KNOWN[model, text] = list(_changes(model, nodes))
    return _KNOWN[model, text]


def _changes(model: str, nodes: list[exp.Expr]) -> Iterator[tuple[Key, str, _Change]]:
    """The changes of some expressions, with the name of the mutation and the query it is in."""
    for place, node in enumerate(nodes):
        new = [(rule, *each) for rule in RULES for each in enumerate(RULES[rule](node))]
        if not new:
            continue
        query = node.find_ancestor(exp.CTE)
        where = f"{model}.{query.alias}" if query else model
        context, before, is_shared = _context(node)
        for rule, number, instead in new:
            after = _after(node, context, instead, is_shared)
            if before != after:  # else DuckDB knows no such thing
                key = Key(rule, "" if is_shared else where, before, after)
                yield key, where, _Change(place, rule, number)


def _context(node: exp.Expr) -> tuple[exp.Expr, str, bool]:
    """What names the mutations of an expression: it, or what is around it.

    Returns:
        The named expression, its text, and whether a mutation changes every place with that text.
    """
    context, text = node, _text(node)
    while len(text) < SHARED and not isinstance(context, exp.Select):
        parent = context.parent
        if not parent or (isinstance(parent, exp.Query) and not isinstance(node, exp.Distinct)):
            break
        context, text = parent, _text(parent)
    is_shared = len(text) >= SHARED
    return context, _text(_generic(context)) if is_shared else text, is_shared


def _after(node: exp.Expr, context: exp.Expr, new: exp.Expr | None, is_shared: bool) -> str:
    """The text of the context once the expression is replaced."""
    instead = new or exp.to_identifier("dropped")
    if context is node:
        return _text(_generic(instead) if is_shared else instead) if new else ""
    node.replace(instead)
    text = _text(_generic(context) if is_shared else context)
    instead.replace(node)
    return text


def _generic(node: exp.Expr) -> exp.Expr:
    """An expression with a question mark for each column."""
    return node.transform(lambda each: exp.Placeholder() if isinstance(each, exp.Column) else each)


def _replace(node: exp.Expr, new: exp.Expr | None) -> None:
    node.pop() if new is None else node.replace(new)


def _text(node: exp.Expr) -> str:
    """An expression as text that is the same in a model and in its unit tests."""
    if node.args.get("with_"):
        node = node.copy()
        node.set("with_", None)
    text = MOMENT.sub("<run>", _sql(node).replace(FIXTURE, ""))
    return re.sub(r'"\w+"\."(\w+)"', r"\1", text)


def _sql(node: exp.Expr, copy: bool = True) -> str:
    """An expression as SQL; without a copy the expression is not to be used again."""
    return node.sql(DIALECT, comments=False, copy=copy)


def _difference(before: str, after: str) -> tuple[str, str]:
    """Two texts, shortened to what differs and what stands around it."""
    same = range(min(len(before), len(after)))
    start = next((i for i in same if before[i] != after[i]), len(same))
    end = next((i for i in same[: len(same) - start] if before[-1 - i] != after[-1 - i]), None)
    end = len(same) - start if end is None else end
    return tuple(_shortened(text, start, len(text) - end) for text in (before, after))  # type: ignore[return-value]


def _shortened(text: str, start: int, end: int) -> str:
    if len(text) <= SHOWN:
        return text
    begin, stop = max(0, start - AROUND), min(len(text), end + AROUND)
    middle = text[begin:stop]
    if len(middle) > 2 * SHOWN:
        middle = f"{middle[:SHOWN]} ... {middle[-SHOWN:]}"
    return f"{'...' * (begin > 0)}{middle}{'...' * (stop < len(text))}"


# The rules ------------------------------------------------------------------------------------

_COMPARISONS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
_ARITHMETIC: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Add,
    exp.Div: exp.Mul,
    exp.Mod: exp.Div,
}
_FUNCTIONS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Sum: exp.Max,
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.Avg: exp.Max,
    exp.ArgMax: exp.ArgMin,
    exp.ArgMin: exp.ArgMax,
    exp.FirstValue: exp.LastValue,
    exp.LastValue: exp.FirstValue,
    exp.Lead: exp.Lag,
    exp.Lag: exp.Lead,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}
_IDENTITIES = (exp.Upper, exp.Lower, exp.Trim, exp.Abs, exp.Round, exp.Replace, exp.RegexpReplace)


def _other(
    kinds: dict[type[exp.Expr], type[exp.Expr]],
) -> Callable[[exp.Expr], Iterator[exp.Expr]]:
    def rule(node: exp.Expr) -> Iterator[exp.Expr]:
        if type(node) in kinds:
            yield kinds[type(node)](**node.copy().args)

    return rule


def _join(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Join) and node.args.get("on"):
        outer = node.side == "LEFT"
        if outer or node.kind == "INNER":
            new = node.copy()
            new.set("side", None if outer else "LEFT")
            new.set("kind", "INNER" if outer else None)
            yield new


def _aggregate(node: exp.Expr) -> Iterator[exp.Expr]:
    yield from _other(_FUNCTIONS)(node)
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        yield exp.Paren(this=exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        yield exp.Count(this=node.this.expressions[0].copy())


def _boolean(node: exp.Expr) -> Iterator[exp.Expr]:
    yield from _other({exp.And: exp.Or, exp.Or: exp.And})(node)
    if isinstance(node, exp.Not) and not isinstance(node.this, exp.Is):
        yield node.this.copy()
    if isinstance(node, exp.Boolean):
        yield exp.Boolean(this=not node.this)


def _null(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Coalesce):
        first, *others = (node.this, *node.expressions)
        for kept in ([first, *others[:-1]], others):
            copies = [each.copy() for each in kept]
            one = len(copies) == 1
            yield copies[0] if one else exp.Coalesce(this=copies[0], expressions=copies[1:])
    elif isinstance(node, exp.Nullif):
        yield node.this.copy()
    elif isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        if not isinstance(node.parent, exp.Not):
            yield exp.Not(this=node.copy())
    elif isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        yield node.this.copy()


def _order(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Ordered):
        new = node.copy()
        new.set("desc", not node.args.get("desc"))
        new.set("nulls_first", False)
        yield new


def _set(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Union):
        new = node.copy()
        new.set("distinct", not node.args.get("distinct"))
        yield new
        for branch in (node.this, node.expression):
            yield branch.copy()
    elif isinstance(node, exp.Except):
        yield exp.Intersect(**node.copy().args)


def _condition(node: exp.Expr) -> Iterator[exp.Expr | None]:
    if isinstance(node, exp.And | exp.Or):
        yield node.this.copy()
        yield node.expression.copy()
    elif isinstance(node, exp.Where | exp.Having):
        yield None


def _case(node: exp.Expr) -> Iterator[exp.Expr]:
    if not isinstance(node, exp.Case):
        return
    default = node.args.get("default")
    for new in _without_each(node, "ifs"):
        yield new if new.args["ifs"] else default.copy() if default else exp.Null()
    if default and not isinstance(default, exp.Null):
        new = node.copy()
        new.set("default", None)
        yield new


def _distinct(node: exp.Expr) -> Iterator[None]:
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Select):
        yield None


def _without_each(node: exp.Expr, key: str) -> Iterator[exp.Expr]:
    """The expression without one of a list's items, each in turn."""
    for number, _ in enumerate(node.args.get(key) or []):
        new = node.copy()
        new.args[key][number].pop()
        yield new


def _partition(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Window):
        yield from _without_each(node, "partition_by")


def _literal(node: exp.Expr) -> Iterator[exp.Expr]:
    if not isinstance(node, exp.Literal) or isinstance(node.parent, exp.DataTypeParam):
        return
    if isinstance(node.parent, exp.PropertyEQ) and node.arg_key == "this":
        return
    if not node.is_string:
        text = str(node.this)
        yield exp.Literal.number(int(text) + 1 if text.isdigit() else float(text) + 1)
    elif DAY.match(node.this):
        if not MOMENT.match(node.this):
            yield exp.Literal.string(_day_before(node.this))
    elif not isinstance(node.parent, exp.Interval):
        yield exp.Literal.string(f"{node.this}x")


def _day_before(text: str) -> str:
    day = dt.date.fromisoformat(text[:10]) - dt.timedelta(days=1)
    return f"{day.isoformat()}{text[10:]}"


def _in(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        yield from _without_each(node, "expressions")


def _function(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, (_IDENTITIES, exp.DPipe)):
        yield node.this.copy()


RULES: dict[str, Rule] = {
    "comparison": _other(_COMPARISONS),
    "arithmetic": _other(_ARITHMETIC),
    "join": _join,
    "aggregate": _aggregate,
    "boolean": _boolean,
    "null": _null,
    "order": _order,
    "set": _set,
    "condition": _condition,
    "case": _case,
    "distinct": _distinct,
    "partition": _partition,
    "literal": _literal,
    "in": _in,
    "function": _function,
}
