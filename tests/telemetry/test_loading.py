"""What observing takes is loaded by those who observe."""

from __future__ import annotations

import subprocess
import sys

LATE = ("dynalayer.telemetry", "opentelemetry", "prometheus_client")


def loaded(program: str) -> list[str]:
    told = f"import sys; {program}; print(*[name for name in {LATE!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_a_program_that_observes_nothing_loads_none_of_it() -> None:
    assert loaded("import dynalayer; dynalayer.Database('memory:').close()") == []


def test_the_packages_of_others_are_loaded_by_who_uses_them() -> None:
    assert loaded("from dynalayer import Costs, Database; Database('memory:', observers=[Costs()])") == [
        "dynalayer.telemetry",
    ]
    assert "prometheus_client" in loaded("from dynalayer import Prometheus; Prometheus()")
