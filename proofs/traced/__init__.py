"""Parts of the proof that every order is one whole trace: a busy market, a receiver of spans, the check, what tracing costs."""
