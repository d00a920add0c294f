"""What a manifest says and when it is whole: pure."""
