"""A small clinic: front desk, patients, appointments."""
