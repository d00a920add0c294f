"""What a recorded run says of the market: lag in event time, books against best quotes."""
