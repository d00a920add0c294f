"""Turns what strategies think into what portfolios want: weighted vote, confidence, conflict veto."""
