"""Long proofs, each with a control that must fail: `make prove NAME=... SCALE=small|full SEED=`."""
