"""Generated messages: edit the protos, not this."""
