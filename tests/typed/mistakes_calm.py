"""Mistakes with retries and breakers that both type checkers must find: each line marked `# error` and no other."""

from dynalayer import Breaker, Database, Hedge, RetryBudget, RetryPolicy

from .valid import db

RetryPolicy(attempts="4")  # error: a number of attempts
RetryPolicy.one_two_four(base=1.0)  # error: its figures are its name
RetryBudget("500")  # error: a number of tokens
RetryBudget(500, 5)  # error: costs are named
Breaker(ratio="half")  # error: a number
Breaker(threshold=5)  # error: no such figure
Hedge()  # error: after how many seconds
Database("memory:", breaker=True)  # error: a rule, not a switch
Database("memory:", hedge=0.05)  # error: a hedge
Database("memory:", budget=500)  # error: a budget
db.with_(exactly_once="yes")  # error: true or false
db.with_(breaker=None)  # error: a breaker is the database's
db.close(3)  # error: seconds are named
