"""Create Letta's tables; runs inside Letta's own virtual environment, as a script."""

import asyncio
import importlib
import pkgutil
from typing import Any

# What a migration makes beside the tables that the ORM knows.
SEQUENCE = (
    "CREATE SEQUENCE IF NOT EXISTS message_seq_id OWNED BY messages.sequence_id",
    "ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('message_seq_id')",
)


async def create(engine: Any, metadata: Any, text: Any) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        for statement in SEQUENCE:
            await connection.execute(text(statement))
    await engine.dispose()


def main() -> None:
    orm: Any = importlib.import_module("letta.orm")
    for module in pkgutil.iter_modules(orm.__path__):
        if module.name != "sqlite_functions":
            importlib.import_module(f"letta.orm.{module.name}")
    base: Any = importlib.import_module("letta.orm.base")
    database: Any = importlib.import_module("letta.server.db")
    sqlalchemy: Any = importlib.import_module("sqlalchemy")
    asyncio.run(create(database.engine, base.Base.metadata, sqlalchemy.text))


if __name__ == "__main__":
    main()
