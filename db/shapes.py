"""The SQL of a query is made once for its shape, then only its values change.

Peewee writes the SQL of every query anew, which costs more than asking it: 0.1 to 0.3 ms against 0.05. Two queries have
one shape where they differ in values alone: same tables, columns, conditions and order. What is not known to be safe
here (aliases, unions, common table expressions, raw SQL with values) is left to peewee.
"""

from collections.abc import Callable, Mapping
from typing import Any

import peewee

KEPT_AT_MOST = 2_000
"""Shapes of one program; a list of values counts by its length."""


class _Unfamiliar(Exception):
    """Not a shape of which we know every part."""


class _Slot(peewee.Node):
    """Stands for the value of that number while the SQL is made."""

    def __init__(self, number: int, converter: Callable[[Any], Any] | None = None) -> None:
        self.number = number
        self.converter = converter

    def __sql__(self, ctx: Any) -> Any:
        return ctx.value(_Wanted(self.number, self.converter or ctx.state.converter), False)


class _Wanted:
    """A parameter of the made SQL: which value, and how the column stores it."""

    __slots__ = ("converter", "number")

    def __init__(self, number: int, converter: Callable[[Any], Any] | None) -> None:
        self.number = number
        self.converter = converter


class _Made:
    """SQL with what its parameters are. Keeps the query alive, since shapes name its columns by identity."""

    __slots__ = ("parameters", "query", "sql")

    def __init__(self, sql: str, parameters: list[Any], query: Any) -> None:
        self.sql = sql
        self.parameters = parameters
        self.query = query

    def filled(self, values: list[Any]) -> list[Any]:
        found = []
        for parameter in self.parameters:
            if type(parameter) is not _Wanted:
                found.append(parameter)
            elif parameter.converter is None:
                found.append(values[parameter.number])
            else:
                found.append(parameter.converter(values[parameter.number]))
        return found


class Shaped(peewee.Database):
    """A database that remembers the SQL of the shapes it was asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._made: dict[tuple[Any, ...], _Made] = {}
        super().__init__(*args, **kwargs)

    def execute(self, query: Any, **options: Any) -> Any:
        found = None if options else self.written(query)
        if found is None:
            return super().execute(query, **options)  # type: ignore[no-untyped-call]
        return self.execute_sql(*found)  # type: ignore[no-untyped-call]

    def written(self, query: Any) -> tuple[str, list[Any]] | None:
        """SQL and parameters of a query of a known shape, as peewee would write them; else None."""
        key: list[Any] = []
        values: list[Any] = []
        try:
            _READ[type(query)](query, key, values)
        except (_Unfamiliar, KeyError):
            return None
        shape = tuple(key)
        made = self._made.get(shape)
        if made is None:
            made = self._make(query, len(values))
            if len(self._made) < KEPT_AT_MOST:
                self._made[shape] = made
        return made.sql, made.filled(values)

    def _make(self, query: Any, count: int) -> _Made:
        slots = _Slots()
        slotted = _SLOTTED[type(query)](query, slots)
        assert slots.given == count, "both walks see the same values"
        sql, parameters = self.get_sql_context().sql(slotted).query()
        return _Made(sql, parameters, slotted)


# The first walk, at every query: what the shape is, and the values in it. A shape is a flat list; numbers in it are
# identities of columns and tables, a mark tells what follows.


def _node(node: Any, key: list[Any], values: list[Any]) -> None:
    kind = type(node)
    if kind is peewee.Expression:
        key += ("(", node.op, node.flat)
        _node(node.lhs, key, values)
        if node.rhs is None:
            key.append("null")
        else:
            _node(node.rhs, key, values)
    elif isinstance(node, peewee.Field) and kind is not peewee.FieldAlias:
        key.append(id(node))
    elif kind is list or kind is tuple:
        key += ("[", len(node))
        for item in node:
            _node(item, key, values)
    elif not isinstance(node, peewee.Node) and not isinstance(node, type | set | frozenset | range):
        key.append("?")
        values.append(node)
    elif kind in _READ:
        key.append("{")
        _READ[kind](node, key, values)
    else:
        raise _Unfamiliar


def _nodes(nodes: Any, key: list[Any], values: list[Any]) -> None:
    if nodes is None:
        key.append("none")
        return
    key += ("[", len(nodes))
    for node in nodes:
        _node(node, key, values)


def _ordering(node: Any, key: list[Any], values: list[Any]) -> None:
    key += ("order", node.direction, node.collation, node.nulls)
    _node(node.node, key, values)


def _negated(node: Any, key: list[Any], values: list[Any]) -> None:
    key.append("not")
    _node(node.node, key, values)


def _function(node: Any, key: list[Any], values: list[Any]) -> None:
    if node._filter is not None or node._order_by is not None or node._python_value is not None:
        raise _Unfamiliar
    if any(isinstance(argument, list | tuple) for argument in node.arguments):
        raise _Unfamiliar
    key += ("call", node.name, node._coerce)
    _nodes(node.arguments, key, values)


def _raw(node: Any, key: list[Any], values: list[Any]) -> None:
    if node.params:
        raise _Unfamiliar
    key += ("sql", node.sql)


def _kind(node: Any) -> type:
    return type(node)


def _source(source: Any, key: list[Any], values: list[Any]) -> None:
    if isinstance(source, type) and issubclass(source, peewee.Model):
        key.append(id(source))
        return
    if _kind(source) is not peewee.Join or source._alias is not None:
        raise _Unfamiliar
    key += ("join", source.join_type)
    _source(source.lhs, key, values)
    _source(source.rhs, key, values)
    if source._on is None:
        key.append("none")
    else:
        _node(source._on, key, values)


def _condition(query: Any, key: list[Any], values: list[Any]) -> None:
    if query._where is None:
        key.append("all")
    else:
        _node(query._where, key, values)


def _select(query: Any, key: list[Any], values: list[Any]) -> None:
    if (
        query._having is not None
        or query._windows is not None
        or query._lateral
        or query._distinct is not None
        or query._cte_list
        or query._alias is not None
    ):
        raise _Unfamiliar
    key += ("select", query._simple_distinct, getattr(query, "_is_default", False), len(query._from_list))
    for source in query._from_list:
        _source(source, key, values)
    if getattr(query, "_is_default", False):
        key.append(id(query.model))
    else:
        _nodes(query._returning, key, values)
    _condition(query, key, values)
    _nodes(query._group_by, key, values)
    _nodes(query._order_by, key, values)
    _limits(query, key, values)
    if (locking := query._for_update) is not None:
        if locking._of is not None:
            raise _Unfamiliar
        key += (locking._expr, locking._nowait, locking._skip_locked)


def _limits(query: Any, key: list[Any], values: list[Any]) -> None:
    for limit in (query._limit, query._offset):
        if limit is None:
            key.append("none")
        elif isinstance(limit, int):
            key.append("?")
            values.append(limit)
        else:
            raise _Unfamiliar


def _plain_write(query: Any, key: list[Any]) -> None:
    if query._cte_list or query._order_by or query._limit is not None or query._offset is not None:
        raise _Unfamiliar
    key.append(id(query.model))


def _update(query: Any, key: list[Any], values: list[Any]) -> None:
    if query._from is not None:
        raise _Unfamiliar
    key += ("update", len(query._update))
    _plain_write(query, key)
    for column, value in query._update.items():
        key.append(id(column))
        if isinstance(value, peewee.Node):
            _node(value, key, values)
        else:
            key.append("?")
            values.append(value)
    _condition(query, key, values)
    _nodes(query._returning, key, values)


def _insert(query: Any, key: list[Any], values: list[Any]) -> None:
    if query._on_conflict is not None or query._columns or not isinstance(query._insert, Mapping):
        raise _Unfamiliar
    if query._where is not None or any(callable(default) for default in query.model._meta.defaults.values()):
        raise _Unfamiliar
    key += ("insert", len(query._insert))
    _plain_write(query, key)
    for column, value in query._insert.items():
        if isinstance(value, peewee.Node) or not isinstance(column, peewee.Field):
            raise _Unfamiliar
        key.append(id(column))
        values.append(value)
    _nodes(query._returning, key, values)


def _delete(query: Any, key: list[Any], values: list[Any]) -> None:
    key.append("delete")
    _plain_write(query, key)
    _condition(query, key, values)
    _nodes(query._returning, key, values)


_READ: dict[type, Callable[[Any, list[Any], list[Any]], None]] = {
    peewee.Ordering: _ordering,
    peewee.Negated: _negated,
    peewee.Function: _function,
    peewee.SQL: _raw,
    peewee.Select: _select,
    peewee.ModelSelect: _select,
    peewee.ModelUpdate: _update,
    peewee.ModelInsert: _insert,
    peewee.ModelDelete: _delete,
}


# The second walk, once for a shape: the same query with a slot where each value stands, in the order of the first.


class _Slots:
    def __init__(self) -> None:
        self.given = 0

    def next(self, converter: Callable[[Any], Any] | None = None) -> _Slot:
        self.given += 1
        return _Slot(self.given - 1, converter)


def _with_slots(node: Any, slots: _Slots) -> Any:
    kind = type(node)
    if kind is peewee.Expression:
        left = _with_slots(node.lhs, slots)
        right = None if node.rhs is None else _with_slots(node.rhs, slots)
        return peewee.Expression(left, node.op, right, node.flat)
    if isinstance(node, peewee.Field):
        return node
    if kind is list or kind is tuple:
        return [_with_slots(item, slots) for item in node]
    if kind in (peewee.Ordering, peewee.Negated):
        clone = node.clone()
        clone.node = _with_slots(node.node, slots)
        return clone
    if kind is peewee.Function:
        clone = node.clone()
        clone.arguments = tuple(_argument(one, slots) for one in node.arguments)
        return clone
    if kind is peewee.SQL:
        return node
    if isinstance(node, peewee.Node):
        return _SLOTTED[kind](node, slots)
    return slots.next()


def _argument(node: Any, slots: _Slots) -> Any:
    """An argument of a function: a value there is stored as it is, whatever column it is compared to."""
    return _with_slots(node, slots) if isinstance(node, peewee.Node) else slots.next(_as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _all_with_slots(nodes: Any, slots: _Slots) -> Any:
    return None if nodes is None else [_with_slots(node, slots) for node in nodes]


def _source_with_slots(source: Any, slots: _Slots) -> Any:
    if isinstance(source, type):
        return source
    left, right = _source_with_slots(source.lhs, slots), _source_with_slots(source.rhs, slots)
    on = None if source._on is None else _with_slots(source._on, slots)
    return peewee.Join(left, right, source.join_type, on)


def _select_with_slots(query: Any, slots: _Slots) -> Any:
    clone = query.clone()
    clone._from_list = [_source_with_slots(source, slots) for source in query._from_list]
    if not getattr(query, "_is_default", False):
        clone._returning = _all_with_slots(query._returning, slots)
    clone._where = None if query._where is None else _with_slots(query._where, slots)
    clone._group_by = _all_with_slots(query._group_by, slots)
    clone._order_by = _all_with_slots(query._order_by, slots)
    clone._limit = None if query._limit is None else slots.next()
    clone._offset = None if query._offset is None else slots.next()
    return clone


def _write_with_slots(query: Any, slots: _Slots) -> Any:
    clone, kind = query.clone(), _kind(query)
    if kind is peewee.ModelUpdate:
        clone._update = {
            column: _with_slots(value, slots) if isinstance(value, peewee.Node) else slots.next(column.db_value)
            for column, value in query._update.items()
        }
    elif kind is peewee.ModelInsert:
        clone._insert = {column: slots.next(column.db_value) for column in query._insert}
    clone._where = None if query._where is None else _with_slots(query._where, slots)
    clone._returning = _all_with_slots(query._returning, slots)
    return clone


_SLOTTED: dict[type, Callable[[Any, _Slots], Any]] = {
    peewee.Select: _select_with_slots,
    peewee.ModelSelect: _select_with_slots,
    peewee.ModelUpdate: _write_with_slots,
    peewee.ModelInsert: _write_with_slots,
    peewee.ModelDelete: _write_with_slots,
}
