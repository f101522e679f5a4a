-- The tables as SQLite understands them, for the tests. Production's are in migrations/.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT NOT NULL,
    vip BOOLEAN NOT NULL DEFAULT 0,
    customer_since DATE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT (now())
);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    subject TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'open',
    billable BOOLEAN NOT NULL DEFAULT 0,
    hours NUMERIC NOT NULL DEFAULT 0,
    due_at TIMESTAMPTZ,
    visit_on DATE,
    tags JSONB NOT NULL DEFAULT '[]',
    opened_at TIMESTAMPTZ NOT NULL DEFAULT (now()),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT (now()),
    closed_at TIMESTAMPTZ,
    escalated_at TIMESTAMPTZ
);
CREATE TABLE comments (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT (now())
);
