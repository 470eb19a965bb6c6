"""How long each format of a declared stack takes, and how much memory: `python benchmarks/infra.py`."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import msgspec
from live_translation import infrastructure

from dynalayer.infra import (
    Infrastructure,
    cloudformation_template,
    declared_by,
    environment,
    render,
    terraform_configuration,
)

ROUNDS = 30
PLACE = environment("prod", {"alarmEmail": "me@example.com"})


def measure(name: str, work: Callable[[], object]) -> None:
    work()
    best = min(_timed(work) for _ in range(ROUNDS))
    tracemalloc.start()
    kept = work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = len(msgspec.json.encode(kept))
    print(f"{name:44} {best * 1e3:8.2f} ms {peak / 1024:8.0f} KB {size / 1024:8.1f} KB")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    print(f"{'':44} {'best':>11} {'peak':>11} {'written':>11}")
    seed = Infrastructure(
        "seed", tables=infrastructure.pipeline.tables, alarms=infrastructure.pipeline.alarms,
        topic=infrastructure.pipeline.topic, outputs=infrastructure.pipeline.outputs,
    )  # fmt: skip
    measure("3 tables, 4 alarms, topic, 8 outputs: cfn", lambda: cloudformation_template(seed, PLACE))
    measure("3 tables, 4 alarms, topic, 8 outputs: tf", lambda: terraform_configuration(seed, PLACE))
    for stack in declared_by(infrastructure):
        measure(f"{stack.name}: cloudformation", lambda stack=stack: cloudformation_template(stack, PLACE))
        measure(f"{stack.name}: terraform", lambda stack=stack: terraform_configuration(stack, PLACE))
    stacks = declared_by(infrastructure)
    measure(
        "both stacks: the files of a CDK app", lambda: render(stacks, PLACE, "cdk", "live_translation.infrastructure")
    )


if __name__ == "__main__":
    main()
