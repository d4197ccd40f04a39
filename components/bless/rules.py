"""The rules of blessing by name: the figure that each looks at, and the setting that is its limit."""

# Name of the rule, which is the metric it looks at: the setting that is its limit, and whether that is a
# least or a most. "baseline" holds the model against the latest blessed one.
LIMITS = {
    "eval_reconstruction_mse": ("max_reconstruction_mse", "max"),
    "n_clusters": ("min_clusters", "min"),
    "largest_cluster_share": ("max_largest_cluster_share", "max"),
    "interconnectedness": ("min_interconnectedness", "min"),
    "held_out_gain": ("min_held_out_gain", "min"),
    "stability": ("min_stability", "min"),
    "effective_rank": ("min_effective_rank", "min"),
}
BASELINE = "baseline"
SERVABLE = "servable"
RULES = (*LIMITS, SERVABLE, BASELINE)
WORDS = {
    "eval_reconstruction_mse": "mean squared error of held-out pictures",
    "n_clusters": "clusters with a face",
    "largest_cluster_share": "share of all faces in the largest cluster",
    "interconnectedness": "neighbours of the largest cluster's faces that are inside it, beyond chance",
    "held_out_gain": "nats a held-out face gained over one Gaussian, upper end of the 95% interval",
    "stability": "ARI between fits on two halves, lower end of the interval",
    "effective_rank": "effective rank of the embedding",
}
