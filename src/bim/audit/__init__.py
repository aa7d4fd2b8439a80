"""The audit of one model file: stages with stop rules, run beside each other, never a pass without a measurement."""
