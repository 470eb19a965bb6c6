"""Where a stack is to stand, and how careful it must be there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from dynalayer.protocol import DefinitionError

BUILT_IN: Final = ("dev", "prod")
"""The environments that need no file."""


class Config(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The keys that every environment's file may have."""

    account: str | None = None
    region: str | None = None
    alarm_email: str | None = None
    table_name: str = "{table}-{env}"
    removal: Literal["destroy", "retain"] | None = None
    deletion_protection: bool | None = None
    point_in_time_recovery: bool | None = None
    encryption: str | None = None
    tags: dict[str, str] = {}


_KEYS: Final = frozenset(field.encode_name for field in msgspec.structs.fields(Config))


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: `dev` may be thrown away, `prod` keeps all it can.

    `table_name` is what the tables are called in it. With `retain` tables outlive their stack, `deletion_protection`
    refuses to delete them, `point_in_time_recovery` keeps 35 days of them. `encryption` is `aws-owned` (free),
    `aws-managed` (KMS, billed by use) or the ARN of a key. `settings` are the numbers of `Setting`, `texts`
    what else the file says for the program.
    """

    name: str
    _: KW_ONLY
    account: str | None = None
    region: str | None = None
    alarm_email: str | None = None
    table_name: str = "{table}-{env}"
    retain: bool = True
    deletion_protection: bool = True
    point_in_time_recovery: bool = False
    encryption: str = "aws-owned"
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, float] = field(default_factory=dict[str, float])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    def named(self, text: str) -> str:
        """A name with the environment in the place of {env}."""
        return text.replace("{env}", self.name)

    def table(self, name: str) -> str:
        """What a table is called here."""
        return self.named(self.table_name).replace("{table}", name)


def environment(
    name: str, config: Mapping[str, Any] | None = None, known: Collection[str] = (), texts: Collection[str] = ()
) -> Environment:
    """An environment by its name and the content of its file; `known` are the keys of settings, `texts` those of texts.

    `dev` destroys its tables with their stack; others retain and protect them; `prod` also keeps 35 days to restore
    from and encrypts with AWS's own KMS key. Raises `DefinitionError` for keys and values that are not understood.
    """
    given = dict(config or {})
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name):
        raise DefinitionError(f"the environment {name!r} must have up to 20 small letters, digits and -")
    _refuse_taken(name, (*known, *texts))
    settings = {key: _number(name, key, given.pop(key)) for key in list(given) if key in known}
    told = {key: _text(name, key, given.pop(key)) for key in list(given) if key in texts}
    _refuse_unknown(name, given, (*known, *texts))
    try:
        file = msgspec.convert(given, Config)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"environment {name!r}: {error}") from None
    _check(name, file)
    is_dev, is_prod = name == "dev", name == "prod"
    retain = not is_dev if file.removal is None else file.removal == "retain"
    return Environment(
        name,
        account=file.account,
        region=file.region,
        alarm_email=file.alarm_email,
        table_name=file.table_name,
        retain=retain,
        deletion_protection=retain if file.deletion_protection is None else file.deletion_protection,
        point_in_time_recovery=is_prod if file.point_in_time_recovery is None else file.point_in_time_recovery,
        encryption=file.encryption or ("aws-managed" if is_prod else "aws-owned"),
        tags=file.tags,
        settings=settings,
        texts=told,
    )


def load_environment(
    name: str, folder: Path | str = "config", known: Collection[str] = (), texts: Collection[str] = ()
) -> Environment:
    """The environment of the file `<folder>/<name>.json`; dev and prod need none.

    Raises `DefinitionError` if there is no such environment or its file is not understood.
    """
    path = Path(folder) / f"{name}.json"
    if not path.exists():
        if name not in BUILT_IN:
            raise DefinitionError(
                f"there is no environment {name!r}: dev and prod are known, others need a file {path.as_posix()}"
            )
        return environment(name, known=known, texts=texts)
    try:
        content = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise DefinitionError(f"{path.as_posix()} is not an object of JSON: {error}") from None
    return environment(name, content, known, texts)


def _refuse_taken(name: str, keys: Iterable[str]) -> None:
    for key in keys:
        if key in _KEYS:
            raise DefinitionError(f"environment {name!r}: {key!r} has a meaning everywhere: name it otherwise")


def _refuse_unknown(name: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    keys = [*_KEYS, *known]
    for key in given:
        if key not in keys:
            lowered = {each.lower(): each for each in keys}
            near = difflib.get_close_matches(key.lower(), lowered, 1)
            hint = f"did you mean {lowered[near[0]]!r}?" if near else f"known are {', '.join(sorted(keys))}"
            raise DefinitionError(f"environment {name!r}: the key {key!r} means nothing: {hint}")


def _number(name: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DefinitionError(f"environment {name!r}: {key} must be a number, not {value!r}")
    return value


def _text(name: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise DefinitionError(f"environment {name!r}: {key} must be text, not {value!r}")
    return value


def _check(name: str, file: Config) -> None:
    where = f"environment {name!r}"
    if file.account is not None and not re.fullmatch(r"\d{12}", file.account):
        raise DefinitionError(f"{where}: account must be text of 12 digits, not {file.account!r}")
    if file.region is not None and not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", file.region):
        raise DefinitionError(f"{where}: region must be a region's name such as eu-west-1, not {file.region!r}")
    if file.alarm_email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", file.alarm_email):
        raise DefinitionError(f"{where}: alarmEmail must be an e-mail address")
    if "{table}" not in file.table_name:
        raise DefinitionError(f"{where}: tableName must hold {{table}}, such as {{table}}-{{env}}")
    if file.encryption is not None and not re.fullmatch(r"aws-owned|aws-managed|arn:.+", file.encryption):
        raise DefinitionError(
            f"{where}: encryption is aws-owned, aws-managed or the ARN of a key, not {file.encryption!r}"
        )
