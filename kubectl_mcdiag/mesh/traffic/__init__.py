"""Facts. Traffic: connections, requests, locality, outlier ejection, subsets, and what keeps calls local."""
