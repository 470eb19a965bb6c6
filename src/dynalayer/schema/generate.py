"""Makes the functions of an entity: constructor, encoder to DynamoDB's JSON, decoder from the bytes of an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from dynalayer.protocol import InvalidValue, Item

from .codecs import UNREADABLE, Wire, placed, reader, typed_wire
from .definition import Definition, entities_of, is_kin
from .lifecycle import VERSION_NAME
from .paths import AccessPath
from .stored import MISSING, AttributeDefinition, kept_inside

UNKNOWN: Final = "__unknown__"
"""Where an instance keeps attributes of its item that its class does not declare; they are written back."""


class Page(msgspec.Struct, gc=False):
    """A page of items, whole, and the key that the next page starts after."""

    items: list[Any]
    last_key: Item | None
    scanned: int


def generate(definition: Definition) -> None:
    """Give a definition its functions and its class a constructor."""
    definition.cls.__init__ = _constructor(definition)
    definition.encode = _encoder(definition, "entity", "entity.__dict__")
    definition.encode_values = _encoder(definition, "values", "values")
    definition.decode = _dict_decoder(definition)
    definition.decode_answer, definition.decode_page, definition.decode_item = _answer_decoders(definition)


def _compile(name: str, source: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    exec(compile(source, f"<generated {name}>", "exec"), namespace)
    return namespace[name]  # type: ignore[no-any-return]


def _constructor(definition: Definition) -> Callable[..., None]:
    namespace: dict[str, Any] = {"MISSING": MISSING}
    required: list[str] = []
    given: list[str] = []
    body: list[str] = []
    later: list[str] = []
    for name, attribute in definition.attributes.items():
        if attribute.is_stamp or attribute.shards:
            given.append(f"{name}=MISSING")
            later += _filled_in(definition, attribute, namespace)
            continue
        body.append(f"{name!r}: {name}")
        if not attribute.has_default:
            required.append(name)
            continue
        namespace[f"default_{name}"] = attribute.factory or attribute.default
        if attribute.factory:
            body[-1] = f"{name!r}: default_{name}() if {name} is MISSING else {name}"
        given.append(f"{name}={'MISSING' if attribute.factory else f'default_{name}'}")
    parameters = ", ".join(["self", "*", *required, *given])
    lines = [f"def __init__({parameters}):", f"    self.__dict__ = {{{', '.join(body)}}}", *later]
    source = "\n".join(lines)
    function = _compile("__init__", source, namespace)
    function.__qualname__ = f"{definition.name}.__init__"
    return function


def _filled_in(definition: Definition, attribute: AttributeDefinition, namespace: dict[str, Any]) -> list[str]:
    """The lines of a constructor for what the program need not give."""
    name = attribute.name
    lines = [f"    if {name} is not MISSING: self.__dict__[{name!r}] = {name}"]
    if attribute.shards:
        namespace["shard__"] = definition.shard
        lines.append(f"    else: self.__dict__[{name!r}] = shard__({name!r}, {attribute.shard_of})")
    return lines


def _encoder(definition: Definition, parameter: str, values: str) -> Callable[[Any], Item]:
    namespace: dict[str, Any] = {"shard__": definition.shard}
    discriminator = definition.table.discriminator
    start = {} if discriminator is None else {discriminator: {"S": definition.name}}
    if _version(definition) is not None:
        start[VERSION_NAME] = {"N": str(_version(definition))}
    inside = definition.inside
    lines = [f"def encode({parameter}):", f"    d = {values}", f"    item = {start!r}"]
    if inside:
        lines.append("    m = {}")
    for name, attribute in definition.attributes.items():
        namespace[f"write_{name}"] = _writer(definition, attribute)
        namespace.update(attribute.codec.names)
        lines.append(f"    v = {_value_to_write(attribute)}")
        lines += _write_lines(attribute)
    paths = [path for path in (definition.primary, *definition.paths.values()) if path.derived]
    for number, path in enumerate(paths):
        namespace[f"path_{number}"] = _path_writer(definition, path)
        lines.append(f"    path_{number}(d, item)")
    lines.append(f"    unknown = d.get({UNKNOWN!r})")
    if inside:
        lines += [
            f"    if unknown and {inside!r} in unknown: m = {{**unknown[{inside!r}]['M'], **m}}",
            f"    item[{inside!r}] = {{'M': m}}",
        ]
    lines.append("    return {**unknown, **item} if unknown else item")
    return _compile("encode", "\n".join(lines), namespace)


def _value_to_write(attribute: AttributeDefinition) -> str:
    if attribute.is_stamp:
        return f"d.get({attribute.name!r})"
    if attribute.shards:
        # Made anew, because the program may have changed what it is made of.
        return f"d[{attribute.name!r}] = shard__({attribute.name!r}, d[{attribute.shard_of!r}])"
    return f"d[{attribute.name!r}]"


def _write_lines(attribute: AttributeDefinition) -> list[str]:
    codec, target = attribute.codec, f"{'m' if attribute.inside else 'item'}[{attribute.wire_name!r}]"
    slow = f"write_{attribute.name}(v)"
    if codec.fast_test and codec.fast_write:
        value = f"{codec.fast_write('v')} if {codec.fast_test('v')} else {slow}"
    else:
        value = slow
    if attribute.is_set:
        return ["    if v or type(v) not in (set, frozenset):", f"        {target} = {value}"]
    if attribute.optional or attribute.is_stamp:
        return ["    if v is not None:", f"        {target} = {value}"]
    return [f"    {target} = {value}"]


def _writer(definition: Definition, attribute: AttributeDefinition) -> Callable[[Any], Wire]:
    where = f"{definition.name}.{attribute.name}"
    write_value = attribute.codec.write

    def write(value: Any) -> Wire:
        try:
            return write_value(value)
        except InvalidValue as error:
            raise placed(where, error) from None

    return write


def _path_writer(definition: Definition, path: AccessPath) -> Callable[[dict[str, Any], Item], None]:
    """Writes the derived keys of one access path into the item; none of them if an attribute of the path is None."""
    parts = [(part.attribute.name, part.write) for part in path.derived]
    optional = [source.name for source in path.sources if source.optional or source.is_stamp]
    where = f"{definition.name} in {definition.table.name}"

    def write(values: dict[str, Any], item: Item) -> None:
        for source in optional:
            if values.get(source) is None:
                return
        try:
            for name, write_part in parts:
                item[name] = write_part(values)
        except InvalidValue as error:
            raise InvalidValue(f"{where}: {error}") from None

    return write


def _answer_decoders(
    definition: Definition,
) -> tuple[Callable[[bytes], Any], Callable[[bytes], Page], Callable[[msgspec.Raw], Any]]:
    """Typed decoders of whole answers and of one item's JSON.

    Items they cannot take (unknown or missing attributes) go the general way.
    """
    wire = _wire_struct(definition)
    construct = _struct_decoder(definition)
    answer: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_answer_struct(wire), strict=False)
    page: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_page_struct(wire), strict=False)
    item: msgspec.json.Decoder[Any] = msgspec.json.Decoder(wire, strict=False)
    general_item: msgspec.json.Decoder[Item] = msgspec.json.Decoder(Item)
    general_answer: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_answer_struct(Item))
    general_page: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_page_struct(Item))
    decode = definition.decode

    def decode_answer(body: bytes) -> Any:
        try:
            found = answer.decode(body)
            typed = found.Item or found.Attributes
            return None if typed is None else construct(typed)
        except UNREADABLE:
            general = general_answer.decode(body)
            whole = general.Item or general.Attributes
            return None if whole is None else decode(whole)

    def decode_page(body: bytes) -> Page:
        try:
            found = page.decode(body)
            return Page([construct(typed) for typed in found.Items], found.LastEvaluatedKey, found.ScannedCount)
        except UNREADABLE:
            general = general_page.decode(body)
            return Page([decode(item) for item in general.Items], general.LastEvaluatedKey, general.ScannedCount)

    def decode_item(body: msgspec.Raw) -> Any:
        try:
            return construct(item.decode(body))
        except UNREADABLE:
            return decode(general_item.decode(body))

    return decode_answer, decode_page, decode_item


def _answer_struct(item: Any) -> Any:
    fields = [("Item", item | None, None), ("Attributes", item | None, None)]
    return msgspec.defstruct("Answer", fields, gc=False)


def _page_struct(item: Any) -> Any:
    fields: list[Any] = [
        ("Items", list[item], msgspec.field(default_factory=list[Any])),
        ("LastEvaluatedKey", Item | None, None),
        ("ScannedCount", int, 0),
    ]
    return msgspec.defstruct("PageAnswer", fields)


def _wire_struct(definition: Definition) -> Any:
    """The typed form of an item; index and table keys that templates made are read over."""
    outside = [attribute for attribute in definition.attributes.values() if not attribute.inside]
    fields, names = _wire_fields(outside)
    key_wire = typed_wire("S", str)
    if definition.inside:
        names["inside__"] = definition.inside
        fields.append(("inside__", typed_wire("M", _inner_struct(definition))))
    for number, part in enumerate(definition.derived_parts):
        names[f"derived_{number}"] = part.attribute.name
        fields.append((f"derived_{number}", key_wire | None, None))
    if definition.table.discriminator is not None:
        names["discriminator__"] = definition.table.discriminator
        fields.append(("discriminator__", typed_wire("S", Literal[definition.name]) | None, None))
    if _version(definition) is not None:
        names["version__"] = VERSION_NAME
        fields.append(("version__", typed_wire("N", Literal[str(_version(definition))])))
    fields.sort(key=len)
    return msgspec.defstruct(f"{definition.name}Wire", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _inner_struct(definition: Definition) -> Any:
    """The typed form of the map that attributes are kept in."""
    fields, names = _wire_fields([attribute for attribute in definition.attributes.values() if attribute.inside])
    fields.sort(key=len)
    return msgspec.defstruct(f"{definition.name}Inside", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _wire_fields(attributes: Sequence[AttributeDefinition]) -> tuple[list[Any], dict[str, str]]:
    fields: list[Any] = []
    for attribute in attributes:
        wire = attribute.codec.wire
        required = attribute.required or attribute.shards
        fields.append((attribute.name, wire) if required else (attribute.name, wire | None, None))
    return fields, {attribute.name: attribute.wire_name for attribute in attributes}


def _struct_decoder(definition: Definition) -> Callable[[Any], Any]:
    namespace: dict[str, Any] = {"cls": definition.cls, "new": object.__new__}
    pairs: list[str] = []
    later: list[str] = []
    for name, attribute in definition.attributes.items():
        wire = f"{'m' if attribute.inside else 'w'}.{name}"
        read = reader(attribute.codec, namespace)(wire)
        if attribute.is_stamp:
            later.append(f"    if {wire} is not None: o.__dict__[{name!r}] = {read}")
            continue
        if not attribute.required and not attribute.shards:
            namespace[f"absent_{name}"] = attribute.when_absent
            read = f"absent_{name}() if {wire} is None else {read}"
        pairs.append(f"{name!r}: {read}")
    lines = [
        "def construct(w):",
        *(["    m = w.inside__.M"] if definition.inside else []),
        "    o = new(cls)",
        f"    o.__dict__ = {{{', '.join(pairs)}}}",
        *later,
        "    return o",
    ]
    return _compile("construct", "\n".join(lines), namespace)


def _dict_decoder(definition: Definition) -> Callable[[Item], Any]:
    """The general way: any item as a dictionary, with unknown attributes kept and clear errors."""
    derived = {part.attribute.name for part in definition.derived_parts}
    known = derived | {attribute.top_name for attribute in definition.attributes.values()}
    known_inside = frozenset(a.wire_name for a in definition.attributes.values() if a.inside)
    known |= {definition.table.discriminator or "", VERSION_NAME if _version(definition) is not None else ""}
    stamps = [attribute for attribute in definition.attributes.values() if attribute.is_stamp]
    upgraded = definition.lifecycle.upgraded if definition.lifecycle is not None else None
    own_name = {"S": definition.name}

    discriminator, inside = definition.table.discriminator, definition.inside

    def decode(item: Item) -> Any:
        if discriminator is not None and item.get(discriminator, own_name) != own_name:
            kin = _kin(definition, item[discriminator])
            if kin is not definition:
                return None if kin is None else kin.decode(item)
        if upgraded is not None:
            item = upgraded(item)
        inner: Item | None = None
        if inside:
            inner = _inner(definition, item)
            values = {n: _read(definition, a, inner if a.inside else item) for n, a in definition.attributes.items()}
        else:
            values = {name: _read(definition, attribute, item) for name, attribute in definition.attributes.items()}
        for attribute in stamps:
            if values[attribute.name] is None:
                del values[attribute.name]
        for name, source in definition.shards.items():
            if values[name] is None:
                values[name] = definition.shard(name, values[source.name])
        unknown: Item = {name: value for name, value in item.items() if name not in known}
        if inner and not inner.keys() <= known_inside:
            unknown[inside] = {"M": {name: value for name, value in inner.items() if name not in known_inside}}
        if unknown:
            values[UNKNOWN] = unknown
        entity = object.__new__(definition.cls)
        entity.__dict__ = values
        return entity

    return decode


def _kin(definition: Definition, name: Wire) -> Definition | None:
    """Which of an entity's kin an item is by its name; None for an entity that the asked one is not a base of."""
    for each in entities_of(definition.table):
        if {"S": each.name} == name and is_kin(each, definition):
            return each if issubclass(each.cls, definition.cls) else None
    return definition


def _version(definition: Definition) -> int | None:
    return None if definition.lifecycle is None else definition.lifecycle.version


def _inner(definition: Definition, item: Item) -> Item:
    """What an item keeps in the map of its attributes."""
    try:
        return kept_inside(item, definition.inside)
    except InvalidValue as error:
        raise InvalidValue(f"{definition!r}: {error}") from None


def _read(definition: Definition, attribute: AttributeDefinition, holder: Item) -> Any:
    wire = holder.get(attribute.wire_name)
    where = f"{definition.name}.{attribute.name}"
    if wire is None:
        if attribute.required:
            raise InvalidValue(
                f"{where}: the item in {definition.table.name} has no attribute {attribute.stored_as!r}; "
                "give it a default, make it optional, or read from an index that projects it"
            )
        return attribute.when_absent()
    if attribute.optional and "NULL" in wire:
        return None
    try:
        return attribute.codec.read(wire)
    except UNREADABLE as error:
        raise placed(where, error, attribute.codec.type_name, "the stored value cannot be read: ") from None
