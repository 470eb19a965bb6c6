"""The partitions of AWS, known by how a region's name begins (SDK reference, "partitions")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Partition:
    """A group of regions, and the ends of their hosts' names: the usual one and that of dual-stack endpoints."""

    name: str
    prefix: str
    suffix: str
    dualstack: str


_AWS: Final = Partition("aws", "", "amazonaws.com", "api.aws")
_OTHERS: Final = (
    Partition("aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    Partition("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    Partition("aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    Partition("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    Partition("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    Partition("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    Partition("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
)
_SUFFIXES: Final = tuple(sorted({f".{end}" for each in (_AWS, *_OTHERS) for end in (each.suffix, each.dualstack)}))
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


def partition_of(region: str) -> Partition:
    """The partition of a region; regions that are not known yet are taken for AWS's usual one."""
    return next((each for each in _OTHERS if region.startswith(each.prefix)), _AWS)


def is_region(text: str) -> bool:
    """Whether a text has the form of a region's name, such as eu-west-1: it becomes part of a host's name."""
    return _REGION.fullmatch(text) is not None


def is_aws(host: str) -> bool:
    """Whether a host is AWS's own."""
    return host.endswith(_SUFFIXES)


def region_of(host: str) -> str | None:
    """The region in the name of one of AWS's hosts."""
    return next(filter(is_region, host.split(".")), None) if is_aws(host) else None
