"""PartiQL for DynamoDB: statements as text, parsed, planned onto the plain operations of the API, and carried out.

Nothing here reads or writes items by itself: a statement becomes a request to GetItem, Query, Scan, PutItem,
UpdateItem, DeleteItem, TransactGetItems or TransactWriteItems, so both ways into the engine keep to the same rules.
"""
