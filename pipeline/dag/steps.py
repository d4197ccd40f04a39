"""The steps of a pipeline and what each waits for. Schedulers read this every minute: it imports no TFX."""

STEPS: dict[str, tuple[str, tuple[str, ...]]] = {  # in order: name, what it does, the steps before it
    "FaceExampleGen": ("find and align the faces of all photos", ()),
    "StatisticsGen": ("statistics of the faces", ("FaceExampleGen",)),
    "ImportSchemaGen": ("the schema", ()),
    "ExampleValidator": ("check the faces against the schema", ("StatisticsGen", "ImportSchemaGen")),
    "Transform": ("the pre-processing graph", ("FaceExampleGen", "ImportSchemaGen", "ExampleValidator")),
    "Trainer": ("train or fit the encoder", ("FaceExampleGen", "Transform", "ImportSchemaGen")),
    "ClusterEvaluator": ("fit and choose the clusterer", ("FaceExampleGen", "Trainer")),
    "ModelAssembler": (
        "encoder and clusterer as one model",
        ("FaceExampleGen", "Trainer", "ClusterEvaluator"),
    ),
    "earlier_blessed_model": ("the model to be measured against", ("ModelAssembler",)),
    "ModelBlesser": (
        "bless or refuse",
        ("FaceExampleGen", "ModelAssembler", "ClusterEvaluator", "earlier_blessed_model"),
    ),
    "InfraValidator": ("serve the model in a fresh process", ("ModelAssembler", "ModelBlesser")),
    "Pusher": ("push the model", ("ModelBlesser", "InfraValidator")),
    "RunReport": (
        "the report, which no step waits for",
        ("FaceExampleGen", "Trainer", "ClusterEvaluator", "ModelAssembler", "ModelBlesser"),
    ),
}
