"""Generated messages, the topic registry, the columnar codec and examples of every topic."""
