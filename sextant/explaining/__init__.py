"""How an order came about: finding its records in the log, putting them in order, showing them."""
