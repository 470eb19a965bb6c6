"""Users and their posts, as many as a test wants, in an export; every odd shape is there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from dynalayer.migrate.firestore import Document, Timestamp
from tests.migrate.firestore.writing import export

CONTRACT: dict[str, Any] = {
    "tables": [
        {
            "table": "Blog",
            "type": "multi-entity",
            "pk": "PK",
            "sk": "SK",
            "inside": "Data",
            "gsis": [{"index_name": "GSI1", "pk": "GSI1PK", "sk": "GSI1SK"}],
            "entities": [
                {
                    "entity_type": "User",
                    "source": "users/{userId}",
                    "PK_template": "USER#{userId}",
                    "SK_template": "PROFILE",
                    "id": "id",
                    "newer_by": "CreatedAt",
                    "attributes": {
                        "CreatedAt": {"type": "N", "from": ["$createTime", "$snapshotTime"], "as": "millis"}
                    },
                },
                {
                    "entity_type": "Post",
                    "source": "users/{userId}/posts/{postId}",
                    "PK_template": "USER#{userId}",
                    "SK_template": "POST#{postId}",
                    "GSI1PK_template": "USER#{userId}",
                    "GSI1SK_template": "POST#{createdAt}#{postId}",
                    "id": "id",
                    "newer_by": "CreatedAt",
                    "attributes": {
                        "CreatedAt": {
                            "type": "N",
                            "from": ["createdAt", "$createTime", "$snapshotTime"],
                            "as": "millis",
                        }
                    },
                    "fields": {
                        "title": {"type": "S", "required": True},
                        "createdAt": {"type": "S", "as": "iso"},
                        "tags": {"type": "L", "as": "list", "null": "absent"},
                    },
                },
            ],
            "satisfies": ["a user with their posts"],
            "estimated_item_size_bytes": 300,
        }
    ]
}


def documents(users: int, posts: int) -> list[Document]:
    """Every fifth user is not there; posts have moments and tags in every shape that they may have."""
    found: list[Document] = []
    for user in range(users):
        if user % 5:
            found.append(Document(f"users/u{user}", {"email": f"u{user}@example.org"}))
        for post in range(posts):
            made = 1_700_000_000 + user * 1_000 + post
            created: Any = [Timestamp(made), {"seconds": made, "nanoseconds": 0}, "2023-11-14T22:13:20.5Z"][post % 3]
            tags: Any = [["a", "b"], "a", None][(user + post) % 3]
            fields = {"title": f"Post {post}", "createdAt": created, "tags": tags, "n": user / 7}
            found.append(Document(f"users/u{user}/posts/p{post}", fields))
    return found


def blog(folder: Path, users: int, posts: int, *more: Document) -> str:
    """The URL of an export of a blog in three files."""
    export(folder, [*documents(users, posts), *more], files=3, chance=random.Random(1))
    return f"firestore-export:{folder}"
