"""The settings of the classifiers, one class a model."""

from models.autoencoders.settings import MOST_FILTERS
from models.catalog import model_entry
from schemas.settings import About, Settings, setting

BALANCES = ("none", "balanced")
FEATURES = ("imagenet_lite", "pretrained_face", "people_face", "resnet50", "pixels")
# AttParseNet (P2, the table of chapter 4): side and filters of the convolutions before the maps, of which the
# first is pooled, and the side of the one that makes the maps.
CONVOLUTIONS = ((7, 75), (3, 200), (3, 300), (3, 512), (3, 512))
MAPS_KERNEL = 3
BEFORE_POOL = CONVOLUTIONS[0][0] - 1  # pixels that the first convolution takes from each side's length
AFTER_POOL = sum(side - 1 for side, _ in CONVOLUTIONS[1:]) + MAPS_KERNEL - 1
SIDE_HELP = "height and width of the pictures that are read"


class ClassifierSettings(Settings):
    """What every classifier has: the columns that it learns."""

    columns: tuple[str, ...] = setting((), "the columns that are learned", About(internal=True))

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width of the pictures that are read, in pixels."""
        raise NotImplementedError

    @property
    def frozen(self) -> str:
        """The network of the catalog that it reads and never changes; "" without one."""
        return ""

    @property
    def maps_size(self) -> tuple[int, int] | None:
        """Height and width of the maps of a classifier that learns regions; None for one that doesn't."""
        return None


class NetworkClassifierSettings(ClassifierSettings):
    """What a network has that learns columns by gradients."""

    class_weights: str = setting(
        "none",
        "what yes and no weigh in the loss; balanced: as if each column had as many of both",
        choices=BALANCES,
    )
    flips: bool = setting(False, "whether pictures are mirrored at random while training")


class AttParseNetSettings(NetworkClassifierSettings):
    """P2's table in chapter 4, and what its authors' code does otherwise."""

    height: int = setting(218, "of the pictures that are read", unit="pixels", ge=24)
    width: int = setting(178, "of the pictures that are read", unit="pixels", ge=24)
    width_multiplier: float = setting(
        1.0, "share of the table's filters that each convolution has", gt=0, le=4
    )
    mask_epochs: int = setting(10, "epochs that learn the masks alone, first", unit="epochs", ge=0)
    mask_weight: float = setting(1.0, "of the masks' error in the loss; 0: no masks", ge=0)
    batch_norm: bool = setting(False, "whether BatchNorm follows every convolution")
    shared_head: bool = setting(
        False, "whether one dense layer reads all maps for every column, not each its own map"
    )
    repair_labels: bool = setting(
        False, "whether a yes whose regions are hidden counts as a no while training"
    )

    @property
    def picture_size(self) -> tuple[int, int]:
        """``height`` and ``width``."""
        return self.height, self.width

    @property
    def maps_size(self) -> tuple[int, int]:
        """What the table's convolutions leave of it: 218x178 gives 96x76."""
        high, wide = ((side - BEFORE_POOL) // 2 - AFTER_POOL for side in self.picture_size)
        return high, wide


class GenderResNet50Settings(NetworkClassifierSettings):
    """P2's chapter 6: ResNet50 with one answer."""

    side: int = setting(32, SIDE_HELP, unit="pixels", ge=32, le=512)
    dropout: float = setting(0.5091, "share of features that is dropped before the last layer", ge=0, lt=1)
    base_filters: int = setting(
        64, "filters of the first convolution, in whose multiples the others are", ge=1, le=MOST_FILTERS
    )

    @property
    def picture_size(self) -> tuple[int, int]:
        """``side`` twice."""
        return self.side, self.side


class LinearProbeSettings(ClassifierSettings):
    """A logistic layer on a network that never learns."""

    features: str = setting("imagenet_lite", "the network that is read, of the catalog", choices=FEATURES)
    weights_path: str = setting(
        "", "its file of weights; empty for the one that it finds itself", About(path="file", exists=True)
    )
    strength: float = setting(1.0, "of the fit against its penalty, scikit-learn's C", gt=0)
    balance: str = setting("none", "what yes and no weigh in the fit", choices=BALANCES)

    @property
    def picture_size(self) -> tuple[int, int]:
        """What the network of ``features`` reads."""
        side = model_entry(self.features).image_size
        return side, side

    @property
    def frozen(self) -> str:
        """``features``."""
        return self.features
