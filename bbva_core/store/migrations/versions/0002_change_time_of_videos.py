"""When anything of a video file changed last: a content that changed under an old date shows there.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("videos", sa.Column("ctime_ns", sa.BigInteger(), nullable=True))
