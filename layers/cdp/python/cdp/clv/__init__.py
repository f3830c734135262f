"""Buy-till-you-die: what is fitted, and what a fit is. Shared by the rooms `predict` and `fit`."""
