"""The 40 attributes of CelebA and the regions of a face that each shows itself in (P2, chapter 4)."""

from __future__ import annotations

from schemas.face_regions import REGIONS

CHEEKS_TO_NECK = ("chin", "cheeks", "above_mouth", "below_chin")
ALL = tuple(REGIONS)

# In the order of CelebA's file (Liu, Luo, Wang and Tang 2015, "Deep learning face attributes in the wild").
ATTRIBUTE_REGIONS: dict[str, tuple[str, ...]] = {
    "5_o_Clock_Shadow": CHEEKS_TO_NECK,
    "Arched_Eyebrows": ("eyebrows",),
    "Attractive": ALL,
    "Bags_Under_Eyes": ("cheeks",),
    "Bald": ("top_of_head",),
    "Bangs": ("top_of_head",),
    "Big_Lips": ("mouth",),
    "Big_Nose": ("nose",),
    "Black_Hair": ("top_of_head",),
    "Blond_Hair": ("top_of_head",),
    "Blurry": ALL,
    "Brown_Hair": ("top_of_head",),
    "Bushy_Eyebrows": ("eyebrows",),
    "Chubby": (*CHEEKS_TO_NECK, "mouth", "nose", "eyebrows"),
    "Double_Chin": ("below_chin",),
    "Eyeglasses": ("cheeks", "eyes", "eyebrows", "ears"),
    "Goatee": ("chin",),
    "Gray_Hair": ("top_of_head",),
    "Heavy_Makeup": ("cheeks", "eyes", "eyebrows", "mouth"),
    "High_Cheekbones": ("cheeks",),
    "Male": ALL,
    "Mouth_Slightly_Open": ("mouth",),
    "Mustache": ("above_mouth",),
    "Narrow_Eyes": ("eyes",),
    "No_Beard": CHEEKS_TO_NECK,
    "Oval_Face": ("chin", "cheeks"),
    "Pale_Skin": (*CHEEKS_TO_NECK, "mouth", "nose"),
    "Pointy_Nose": ("nose",),
    "Receding_Hairline": ("top_of_head",),
    "Rosy_Cheeks": ("cheeks",),
    "Sideburns": ("cheeks",),
    "Smiling": ("mouth",),
    "Straight_Hair": ("top_of_head",),
    "Wavy_Hair": ("top_of_head",),
    "Wearing_Earrings": ("ears",),
    "Wearing_Hat": ("top_of_head",),
    "Wearing_Lipstick": ("mouth",),
    "Wearing_Necklace": ("below_chin",),
    "Wearing_Necktie": ("below_chin",),
    "Young": ALL,
}

# Table 4.1: where the paper reports that the masks improved nothing, by its data set.
NOT_IMPROVED: dict[str, tuple[str, ...]] = {
    "CelebA": (
        *("Arched_Eyebrows", "Bald", "Bangs", "Black_Hair", "Chubby", "Double_Chin", "Eyeglasses"),
        *("Heavy_Makeup", "Male", "Mouth_Slightly_Open", "Mustache", "Smiling", "Wavy_Hair", "Wearing_Hat"),
        *("Wearing_Lipstick", "Wearing_Necktie"),
    ),
    "LFWA": ("Eyeglasses", "Narrow_Eyes", "Oval_Face", "Pale_Skin", "Pointy_Nose"),
    "UMD-AED": (*("Chubby", "Double_Chin", "Goatee", "Sideburns", "Wearing_Necklace", "Wearing_Necktie"),),
}


def regions_of(attribute: str) -> tuple[str, ...]:
    """The regions in which an attribute shows itself; all ten for one that the paper doesn't name."""
    return ATTRIBUTE_REGIONS.get(attribute, ALL)
