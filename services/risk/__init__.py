"""Answers every intent: sized and approved, or refused with the limit and the value that broke it."""
