"""The rules of the vote: values in, values out."""
