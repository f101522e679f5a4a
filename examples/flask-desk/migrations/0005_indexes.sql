CREATE INDEX IF NOT EXISTS tickets_customer ON tickets (customer_id);
CREATE INDEX IF NOT EXISTS comments_ticket ON comments (ticket_id);
