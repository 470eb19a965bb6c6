"""The one table of the application, under the names that its first data layer gave it."""

from __future__ import annotations

import os
from typing import Final

from dynalayer import Index, Table

BY_OWNER: Final = "GSI1"
"""What a user has in the order of time or size (`USER#...`), and a review by its id alone (`REVIEW#...`)."""
BY_PARENT: Final = "GSI2"
"""What hangs on something else: contents of a project, reviews by their date, profiles for administrators."""

coagent = Table(
    # A table's name is part of its declaration, and each environment has one of its own.
    os.environ.get("DYNAMODB_TABLE_NAME", "").strip() or "BayonCoAgent",
    pk="PK",
    sk="SK",
    indexes=[Index(BY_OWNER, pk="GSI1PK", sk="GSI1SK"), Index(BY_PARENT, pk="GSI2PK", sk="GSI2SK")],
    ttl="TTL",
    stream="NEW_AND_OLD_IMAGES",
    discriminator="EntityType",
)

TABLES: Final = (coagent,)
