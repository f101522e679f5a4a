ALTER TABLE tickets ADD COLUMN IF NOT EXISTS escalated_at timestamptz;

CREATE INDEX IF NOT EXISTS tickets_overdue ON tickets (due_at)
WHERE status <> 'closed' AND escalated_at IS NULL;
