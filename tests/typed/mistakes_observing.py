"""Observing that must not pass: each marked line has exactly one error, in mypy and in pyright, both strict."""

from dynalayer import Called, Costs, Database, Emf, Hooks, JsonLog, Metrics, Observer, correlation


class Counting(Observer):
    wants_capacity = "ALL"  # error: no such detail


class Sink:
    def call(self, event: Called) -> None: ...


def again(event: Called) -> None: ...


Database("memory:", observers=Costs())  # error: several observers, not one
Database("memory:", observers=[Emf()])  # error: a sink of metrics is no observer
Database("memory:", key_salt="salt")  # error: bytes
Metrics(Sink())  # error: it takes no breaker
Hooks(on_retry=again)  # error: told of another event
JsonLog(sample="all")  # error: a share
correlation(7)  # error: a text, or what makes one


@correlation("job")
def job(count: int) -> str:
    return str(count)


job("seven")  # error: its parameters stay


def reads(event: Called) -> int:
    event.seconds = 1.0  # error: events are immutable
    return event.attempts + event.table  # error: a name, or None
