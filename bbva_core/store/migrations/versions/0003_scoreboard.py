"""What the scoreboard tells: events, what a stage remembers between batches, and corrections by hand.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("scoreboard_readings") as readings:
        readings.add_column(sa.Column("phase", sa.String(), nullable=False, server_default="play"))
    op.create_table(
        "game_events",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("frame_index", sa.Integer(), nullable=False),
        sa.Column("event_index", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("pts", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("game_clock_seconds", sa.Double(), nullable=True),
        sa.Column("score_a", sa.Integer(), nullable=True),
        sa.Column("score_b", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_game_events_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["processing_batches.id"], name="fk_game_events_batch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "frame_index", "event_index", name="pk_game_events"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_game_events_batch_id", "game_events", ["batch_id"])
    op.create_table(
        "stage_states",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_stage_states_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["processing_batches.id"], name="fk_stage_states_batch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "stage", "ordinal", name="pk_stage_states"),
    )
    op.create_index("ix_stage_states_batch_id", "stage_states", ["batch_id"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("frame_index", sa.Integer(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("instead_of", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name="fk_corrections_video_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_video_id", "corrections", ["video_id"])
