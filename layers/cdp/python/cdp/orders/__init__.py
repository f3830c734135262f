"""Normalised orders (SPEC §5): what an account sold, net of cancellations and refunds."""
