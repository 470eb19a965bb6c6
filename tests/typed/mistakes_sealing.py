"""Mistakes with secrets that both type checkers must find: each line marked `# error` and no other."""

from dynalayer.sealing import KeyRing, Sealer, Secret

from .valid_sealing import Other, Token, key, sealed, sealer, secret, token

Token(user="ada", access=secret)  # error: it was not sealed
Token(user="ada", access="t")  # error: a text in the clear
Token.access.set(secret)  # error: it was not sealed
sealer.seal(key, Token.access, "t")  # error: a text is no secret
sealer.seal(key, Token.name, secret)  # error: an attribute that holds no sealed values
sealer.seal(key, Other.access, secret)  # error: an attribute of another entity
sealer.secret_of(token, Other.access)  # error: an attribute of another entity
sealer.rotate(Token.key.partition("ada"), Token.name)  # error: nothing to rotate in it
always: Secret = sealer.secret_of(token, Token.refresh)  # error: it may be None
sealer.open(key, Token.access, secret)  # error: it is open
text: str = secret  # error: only reveal() gives the text
sealed.reveal()  # error: only a sealer opens it
Secret(b"t")  # error: bytes
KeyRing("a:b")  # error: names and keys
Sealer({"a": "b"})  # error: keys that are no ring
