"""What is asked: the requests as typed structs, and what is told of those that do not fit."""
