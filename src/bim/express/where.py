"""Where-rules: those of entities, of defined types and of the whole file, as ifcopenshell has them in Python."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ifcopenshell as untyped

from bim.express.tally import Tally
from bim.ifc import is_instance

_engine: Any = untyped
Rule = Any
Mine = Callable[[Any], bool]


def where_rules(file: Any, tally: Tally, mine: Mine, *, whole: bool) -> None:
    """Evaluates the where-rules.

    Args:
        file: the engine's file.
        mine: which instances are judged here.
        whole: whether the rules of the whole file are judged too.
    """
    module = importlib.import_module(f"ifcopenshell.express.rules.{file.schema_identifier}")
    rules = [one for one in vars(module).values() if hasattr(one, "SCOPE")]
    with _as_express():
        for rule in rules:
            if rule.SCOPE == "file" and whole:
                _judge(rule, rule.__name__, file, None, tally)
        _judge_entities([rule for rule in rules if rule.SCOPE == "entity"], file, tally, mine)
        _judge_types([rule for rule in rules if rule.SCOPE == "type"], file, tally, mine)


@contextmanager
def _as_express() -> Iterator[None]:
    """Instances are compared by value, and inverse attributes of one instance are that instance."""
    settings = _engine.settings
    before = settings.unpack_non_aggregate_inverses, settings.compare_instances_by_value
    settings.unpack_non_aggregate_inverses, settings.compare_instances_by_value = True, True
    try:
        yield
    finally:
        settings.unpack_non_aggregate_inverses, settings.compare_instances_by_value = before


def _judge(rule: Rule, name: str, value: Any, instance: Any, tally: Tally) -> None:
    try:
        rule()(value)
    except AssertionError:
        tally.add("EXP-008", name, f"the rule {name} of the schema is broken", instance, expected=f"what {name} says")
    except Exception as error:  # a value that the rule cannot work with
        tally.add("EXP-009", name, f"the rule {name} of the schema cannot be evaluated: {type(error).__name__} {error}", instance)


def _judge_entities(rules: list[Rule], file: Any, tally: Tally, mine: Mine) -> None:
    """Class by class, so that the instances of one are held at a time."""
    by_class: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_class[rule.TYPE_NAME].append(rule)
    for name, some in by_class.items():
        for instance in file.by_type(name):
            if mine(instance):
                for rule in some:
                    _judge(rule, f"{rule.TYPE_NAME}.{rule.RULE_NAME}", instance, instance, tally)


def _judge_types(rules: list[Rule], file: Any, tally: Tally, mine: Mine) -> None:
    """Values of defined types, wherever attributes hold them."""
    schema = _engine.schema_by_name(file.schema_identifier)
    of_type = _by_type(rules, schema)
    for name in file.types():
        entity = schema.declaration_by_name(name).as_entity()
        places = [(place, attribute.type_of_attribute()) for place, attribute in enumerate(entity.all_attributes())
                  if not entity.derived()[place] and _may_hold(attribute.type_of_attribute(), of_type)] if entity is not None else []
        for instance in file.by_type(name, include_subtypes=False) if places else ():
            if mine(instance):
                for place, declared in places:
                    _judge_value(_argument(instance, place), declared, of_type, instance, tally)


def _by_type(rules: list[Rule], schema: Any) -> dict[str, list[Rule]]:
    """Rules of each defined type, those of what it is defined by included."""
    own: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        own[rule.TYPE_NAME].append(rule)
    found: dict[str, list[Rule]] = {}
    for declaration in schema.declarations():
        at, some = declaration.as_type_declaration(), list[Rule]()
        while at is not None:
            some += own.get(at.name(), ())
            named = at.declared_type().as_named_type()
            at = named.declared_type().as_type_declaration() if named is not None else None
        if some:
            found[declaration.name()] = some
    return found


def _may_hold(declared: Any, of_type: dict[str, list[Rule]]) -> bool:
    """Whether an attribute of this type may hold a value of a type with rules."""
    if (aggregate := declared.as_aggregation_type()) is not None:
        return _may_hold(aggregate.type_of_element(), of_type)
    named = declared.as_named_type()
    return named is not None and _named_holds(named.declared_type(), of_type)


def _named_holds(declaration: Any, of_type: dict[str, list[Rule]]) -> bool:
    if (select := declaration.as_select_type()) is not None:
        return any(_named_holds(one, of_type) for one in select.select_list())
    return declaration.name() in of_type


def _argument(instance: Any, place: int) -> Any:
    try:
        return instance[place]
    except RuntimeError:  # told as a value of a wrong type
        return None


def _judge_value(value: Any, declared: Any, of_type: dict[str, list[Rule]], instance: Any, tally: Tally) -> None:
    """A value of a declared type; members of an aggregate and of a select one by one."""
    if value is None:
        return
    named = declared.as_named_type() if hasattr(declared, "as_named_type") else None
    name = named.declared_type().name() if named is not None else ""
    if is_instance(value):
        if not value.id():
            _judge_named(value[0], value.is_a(), of_type, instance, tally)
    elif name in of_type:
        _judge_named(value, name, of_type, instance, tally)
    elif isinstance(value, tuple) and (aggregate := declared.as_aggregation_type()) is not None:
        for one in value:
            _judge_value(one, aggregate.type_of_element(), of_type, instance, tally)


def _judge_named(value: Any, name: str, of_type: dict[str, list[Rule]], instance: Any, tally: Tally) -> None:
    for rule in of_type.get(name, ()):
        _judge(rule, f"{rule.TYPE_NAME}.{rule.RULE_NAME}", value, instance, tally)
