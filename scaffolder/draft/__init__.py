"""From facts to a draft of `parity.yaml`: its gaps, values, evidence and questions."""
