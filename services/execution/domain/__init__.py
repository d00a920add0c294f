"""What an order is, what moves it, and when it may be sent: values in, values out."""
