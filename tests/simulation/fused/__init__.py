"""The fused topology as a whole: simulated venues and the recording."""
