"""Alembic's entry. `bbva_core.store.migrate` hands over a connection that is already inside a transaction."""

from alembic import context

from bbva_core.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller owns the transaction
)
context.run_migrations()
