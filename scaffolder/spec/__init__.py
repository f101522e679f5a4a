"""The parity spec: model, load with positions, JSON Schema, comment-keeping edits."""
