"""Networks that programs and tests make for themselves."""
