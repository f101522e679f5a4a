"""Stock; products that were there before start with none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock",
        sa.Column("sku", sa.String(40), sa.ForeignKey("products.sku"), primary_key=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO stock (sku, quantity) SELECT sku, 0 FROM products WHERE true"
        " ON CONFLICT (sku) DO NOTHING"
    )


def downgrade() -> None:
    op.drop_table("stock")
