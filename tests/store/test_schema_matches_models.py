"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from bbva_core.settings import AppSettings
from bbva_core.store import Store
from bbva_core.store.models import Base


def test_migrated_schema_equals_models(app: AppSettings, store: Store) -> None:
    engine = create_engine(app.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []
