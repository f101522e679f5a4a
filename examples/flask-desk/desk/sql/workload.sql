-- Open work by customer, the busiest first.
SELECT c.id AS customer_id,
       c.name,
       c.vip,
       count(t.id) AS open_tickets,
       COALESCE(sum(t.hours), 0) AS hours,
       max(t.priority) AS highest_priority
FROM customers c
JOIN tickets t ON t.customer_id = c.id
WHERE t.status <> 'closed'
GROUP BY c.id, c.name, c.vip
ORDER BY open_tickets DESC, c.id;
