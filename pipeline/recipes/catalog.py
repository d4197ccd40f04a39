"""The recipes: what each repeats of a paper, and the settings in which it differs from the defaults."""

from typing import Any

from components.assemble.settings import ServingSettings
from components.bless.rules import Limits
from components.evaluate.judging.settings import JudgingSettings
from components.evaluate.search.settings import SelectionSettings
from components.ingest.settings import DrawingSettings, IngestSettings
from models.autoencoders.settings import CAESettings
from models.drawings.settings import SketchRNNSettings
from models.identity.settings import BlockSettings, PatchCAESettings, PseudoFaceSettings
from models.inputs.settings import InputSettings
from models.training_settings import TrainingSettings
from pipeline.recipes.labels import LABEL_RECIPES
from pipeline.recipes.pictures import PICTURE_RECIPES
from pipeline.recipes.recipe import Recipe
from schemas.entry import entry_of

# The loss is a sum over pixels, and so large: on LFW, at an eighth of the width, the gradients' norm has a
# median of 700 to 900 and is above 2,000 in a step of twenty.
VAE_CLIPNORM = 1000.0
# P0 draws its ROC curves and prints no figure of them; its truth is the clusterer's own labels.
P0_SAYS = "no figures; of its ROC curves the VAE's is the highest, then the CNN's, the AAE's the lowest"
# What a sweep measured: 2,531 LFW faces, 1,199 pairs of its identities.
LFW = "ROC AUC on LFW pairs {} (whitened {}), base_filters=32, epochs={}"
WHOLE = InputSettings(crop="whole")
# P1's data and grouping: pictures of one object each, a tenth held out, k-means with the number of classes.
P1: dict[str, Any] = {
    "subject": "picture",
    "ingest": IngestSettings(source="folder", detector="none", max_photos=1000, eval_share=0.1),
    "selection": SelectionSettings(clusterers=("kmeans",), n_clusters="10"),
    "judging": JudgingSettings(protocol="p1"),
}
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="face-cae",
            paper="P0",
            follows="tables I and II: faces by a convolutional autoencoder, then clustering",
            what="faces found, aligned and embedded in 128 numbers without labels; k-means and Gaussian "
            "mixtures compared; the best served",
            minutes=5,
            paper_figure=P0_SAYS,
            our_figure=LFW.format(0.767, 0.808, 30),
        ),
        Recipe(
            name="face-cae-64",
            paper="P0",
            follows="tables I and II with zdim 64, which the paper compares with 128",
            what="as face-cae, in 64 numbers",
            minutes=5,
            network=CAESettings(latent_dim=64),
        ),
        Recipe(
            name="face-vae",
            paper="P0",
            follows="equation 3: tables I and II without BatchNorm, mean and log-variance heads",
            what="faces by a variational autoencoder; samples, interpolations and active units",
            minutes=15,
            paper_figure=P0_SAYS,
            our_figure=LFW.format(0.742, 0.754, 50),
            model="vae",
            training=TrainingSettings(epochs=20, learning_rate=2e-4, clipnorm=VAE_CLIPNORM),
        ),
        Recipe(
            name="face-aae",
            paper="P0",
            follows="table III and equation 4: tables I and II against a discriminator on the latents",
            what="faces by an adversarial autoencoder; samples, interpolations, how normal the latents are",
            minutes=20,
            paper_figure=P0_SAYS,
            our_figure=LFW.format(0.765, 0.752, 30) + "; MMD² of its codes to the prior 0.0019, of a plain "
            "autoencoder's, scaled alike, 0.0031",
            model="aae",
            training=TrainingSettings(
                epochs=20, batch_size=16, learning_rate=4e-4, schedule="cosine", beta_1=0.5, ema=0.99
            ),
        ),
        Recipe(
            name="face-simclr",
            paper="P0",
            follows="table I's encoder, trained by contrast (beyond the paper)",
            what="faces whose two random views should agree; no decoder",
            minutes=15,
            our_figure=LFW.format(0.709, 0.794, 80),
            model="simclr_face",
            training=TrainingSettings(epochs=20),
        ),
        Recipe(
            name="face-dae",
            paper="P4",
            follows="its review: a denoising autoencoder, with tables I and II of the paper on faces",
            what="as face-cae, the input corrupted by Gaussian noise while training",
            minutes=5,
            model="dae",
        ),
        Recipe(
            name="face-resnet18",
            paper="P4",
            follows="chapter 4: ResNet-18 and its mirror, on faces",
            what="faces by a residual autoencoder at 128x128",
            minutes=15,
            model="resnet18_ae",
        ),
        Recipe(
            name="cifar-cae",
            paper="P1",
            follows="1,000 CIFAR-10 images by a small convolutional autoencoder, k-means with k = 10",
            what="pictures embedded by their 8x8x256 maps; the paper's figures on the same embedding",
            minutes=8,
            paper_figure="silhouette 0.0294, Davies-Bouldin 3.2697, DBSCAN one cluster",
            our_figure="with batches of 64: silhouette -0.004, Davies-Bouldin 3.82, DBSCAN one cluster (1 of "
            "1,000 noise); accuracy 0.265, NMI 0.132, ARI 0.072",
            model="cifar_cae",
            training=TrainingSettings(epochs=30, batch_size=64, patience=30),
            **P1,
        ),
        Recipe(
            name="cifar-resnet50",
            paper="P1",
            follows="its baseline: a frozen ResNet50 on the same images",
            what="pictures embedded by ImageNet features; needs weights_path or Keras' cache",
            minutes=5,
            paper_figure="silhouette 0.0404, Davies-Bouldin 3.9020",
            model="resnet50",
            **P1,
        ),
        Recipe(
            name="resnet18-gmm",
            paper="P4",
            follows="ResNet-18 autoencoder, then Gaussian mixtures in two dimensions by BIC",
            what="real and simulated pictures, in folders of these names below --images",
            minutes=60,
            paper_figure="n = 683, k = 10, real: AIC 9385.3, BIC 9652.4, CV -6.74 to -6.95 an image; "
            "KL(real || simulated) 0.6978",
            our_figure="550 real and 550 generated faces, pca(128->2), k = 2 (11 parameters), real: AIC "
            "13513.8, BIC 13561.2, CV -12.10 to -12.54; KL 1.666 +- 0.019, the other way 1.353 +- 0.014",
            subject="picture",
            model="resnet18_ae",
            ingest=IngestSettings(source="folder", detector="none"),
            training=TrainingSettings(epochs=25),
            selection=SelectionSettings(
                clusterers=("gmm",),
                covariance_types=("full",),
                criterion="bic",
                choose_among="all",
                max_dimension=2,
                whiten=False,
            ),
            judging=JudgingSettings(protocol="p4"),
        ),
        Recipe(
            name="face-pixels",
            paper="P0",
            follows="a reference for it: no network, the pixels themselves",
            what="faces grouped by their raw pixels: what any trained embedding has to beat",
            minutes=2,
            model="pixels",
        ),
        Recipe(
            name="face-pca",
            paper="P0",
            follows="a reference for it: no network, the principal axes of the pixels",
            what="faces grouped by 128 principal components: the best linear autoencoder",
            minutes=2,
            model="pca",
        ),
        Recipe(
            name="face-imagenet",
            paper="P1",
            follows="its idea on faces: a network trained on ImageNet, frozen",
            what="faces by EfficientNet-Lite0's features",
            minutes=3,
            model="imagenet_lite",
        ),
        Recipe(
            name="face-recogniser",
            paper="P0",
            follows="a reference for it: what other people's labels give",
            what="faces by dlib's recogniser, trained on labelled identities",
            minutes=3,
            model="pretrained_face",
            inputs=InputSettings(crop="recogniser"),
        ),
        Recipe(
            name="face-people",
            paper="P0",
            follows="its task, for one's own photos: a recogniser that other people's names have taught",
            what="people told apart by dlib's recogniser, with a cut that is known of it; who is seen once "
            "is unknown",
            minutes=3,
            model="people_face",
            ingest=IngestSettings(alignment="points", labels="none", eval_share=0.05),
            inputs=WHOLE,
            selection=SelectionSettings(
                clusterers=("people",),
                criterion="silhouette",
                choose_among="all",
                reduction="uncentred",
                whiten=False,
            ),
            # Of a density, which groups in 128 dimensions have none of.
            limits=Limits(rules_off=("held_out_gain",), max_regrouped=0.2),
        ),
        Recipe(
            name="face-identity",
            paper="P0",
            follows="its task beyond the paper: high-dimensional LBP (Chen, Cao, Wen and Sun 2013)",
            what="people told apart: faces brought into one shape by a mesh, local patterns around places "
            "of it, whitened, then taught by groups that the photos themselves give; the number of people "
            "is found",
            minutes=2,
            our_figure="ROC AUC .979, accuracy .920 on LFW pairs, fitted on LFW and CelebA",
            model="hd_lbp",
            # What is held back founds no group, and most of it is somebody's family.
            ingest=IngestSettings(eval_share=0.05),
            inputs=WHOLE,
            network=BlockSettings(latent_dim=600),
            selection=SelectionSettings(
                clusterers=("average_linkage",),
                founders=0.7,
                criterion="silhouette",
                choose_among="all",
                reduction="none",
                whiten=False,
            ),
            # Of a density, which groups in 600 dimensions have none of.
            limits=Limits(rules_off=("held_out_gain",), max_regrouped=0.2),
        ),
        Recipe(
            name="face-patches",
            paper="P0",
            follows="its convolutional autoencoder over patches of the face (beyond the paper)",
            what="faces by one small autoencoder at 27 places and five scales, its codes whitened and "
            "taught as face-identity's; no decoder of faces",
            minutes=20,
            model="patch_cae",
            inputs=WHOLE,
            network=PatchCAESettings(latent_dim=600, base_filters=96, noise_level=0.5),
            training=TrainingSettings(
                epochs=15, batch_size=16, learning_rate=2e-3, schedule="cosine", patience=15
            ),
        ),
        Recipe(
            name="face-pseudo",
            paper="P0",
            follows="table I's encoder, taught by groups of the same faces (beyond the paper)",
            what="faces by a network that face-identity's embedding and groups teach; no decoder",
            minutes=20,
            model="pseudo_face",
            inputs=WHOLE,
            network=PseudoFaceSettings(base_filters=64),
            training=TrainingSettings(epochs=30, schedule="cosine", patience=30),
        ),
        Recipe(
            name="sketch-rnn",
            paper="P3",
            follows="drawings by a recurrent autoencoder, clustered by DBSCAN beside others",
            what="drawings of Quick, Draw! (--images FILE.ndjson or DIR) read step by step and embedded in "
            "50 numbers; a decoder that draws them again by a mixture density",
            minutes=30,
            paper_figure="mean squared error falling from 0.3 to 0.25",
            our_figure="mean squared error 0.214 on held-out drawings, 344 words x 25 drawings",
            subject="drawing",
            model="sketch_rnn",
            ingest=DrawingSettings(),
            network=SketchRNNSettings(stretch=0.15, point_noise=0.4, stroke_plan=0.3),
            training=TrainingSettings(
                batch_size=32,
                epochs=40,
                learning_rate=1e-2,
                schedule="warmup_cosine",
                clipnorm=1.0,
                ema=0.995,
            ),
            selection=SelectionSettings(clusterers=("kmeans", "gmm", "dbscan")),
            serving=ServingSettings(serve_decoder=True),
            limits=Limits(max_reconstruction_mse=0.5),
        ),
        *PICTURE_RECIPES,
        *LABEL_RECIPES,
    )
}


def get_recipe(name: str) -> Recipe:
    """The recipe ``name``; raises ValueError that names the known ones."""
    return entry_of(RECIPES, name, "recipe", "pipeline/recipes/catalog.py")
