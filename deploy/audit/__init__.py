"""What may be shipped: the lock is whole, licences are allowed, no secret lies in the tree. Needs no network."""
