"""DynamoDB's expressions as text: tokens, syntax trees, and what is wrong with them."""

from dynalayer.engines.embedded.grammar.conditions import parse_condition
from dynalayer.engines.embedded.grammar.lexer import ExpressionError
from dynalayer.engines.embedded.grammar.scope import Scope
from dynalayer.engines.embedded.grammar.updates import parse_projection, parse_update

__all__ = ["ExpressionError", "Scope", "parse_condition", "parse_projection", "parse_update"]
