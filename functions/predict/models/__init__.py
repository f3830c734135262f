"""What fitted models say of a customer: arrays in, arrays out; days and units of currency; numpy alone."""
