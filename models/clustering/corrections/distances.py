"""How far apart two faces of one person are at most, in the spaces of embeddings where that was measured."""

from models.clustering.corrections.constrained import DISTANCE

# The longest edge of Chinese Whispers, 0 to 2, between unit rows, by the name of the space.
# See docs/results/corrections.md.
DISTANCES = {"face-people": DISTANCE}
