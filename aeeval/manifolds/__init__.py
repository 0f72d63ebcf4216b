"""Manifolds with exact answers; add one in one file, and one line here."""

from aeeval.registry import Registry

MANIFOLDS = Registry(
    "manifold",
    {
        "plane": "aeeval.manifolds.plane:plane",
        "sphere": "aeeval.manifolds.sphere:sphere",
        "swiss-roll": "aeeval.manifolds.roll:swiss_roll",
        "graph": "aeeval.manifolds.graph:graph",
        "cube": "aeeval.manifolds.cube:cube",
        "gaussian-ball": "aeeval.manifolds.gaussian:gaussian_ball",
        "hemisphere": "aeeval.manifolds.hemisphere:hemisphere",
        "paraboloid": "aeeval.manifolds.paraboloid:paraboloid",
        "saddle": "aeeval.manifolds.conoid:saddle",
        "helicoid": "aeeval.manifolds.conoid:helicoid",
        "hyperbolic-patch": "aeeval.manifolds.hyperbolic:hyperbolic_patch",
        "s-curve": "aeeval.manifolds.s_curve:s_curve",
        "holed-roll": "aeeval.manifolds.holed:holed_roll",
        "torus": "aeeval.manifolds.torus:torus",
        "flat-torus": "aeeval.manifolds.flat_torus:flat_torus",
        "mobius": "aeeval.manifolds.mobius:mobius",
        "klein-bottle": "aeeval.manifolds.klein_bottle:klein_bottle",
        "so3": "aeeval.manifolds.so3:so3",
        "grassmann": "aeeval.manifolds.grassmann:grassmann",
        "helix": "aeeval.manifolds.helix:helix",
        "trefoil": "aeeval.manifolds.trefoil:trefoil",
        "spiral": "aeeval.manifolds.plane_spiral:spiral",
        "cylinder": "aeeval.manifolds.products:cylinder",
        "sphere-x-sphere": "aeeval.manifolds.products:sphere_x_sphere",
        "nested-spheres": "aeeval.manifolds.sphere_sets:nested_spheres",
        "disjoint-spheres": "aeeval.manifolds.sphere_sets:disjoint_spheres",
        "two-moons": "aeeval.manifolds.moons:two_moons",
        "lollipop": "aeeval.manifolds.mixed:lollipop",
        "line-disc-ball": "aeeval.manifolds.mixed:line_disc_ball",
        "warped-sphere": "aeeval.manifolds.warps:warped_sphere",
        "warped-roll": "aeeval.manifolds.warps:warped_roll",
        "pulses": "aeeval.manifolds.pulses:pulses",
        "sprite": "aeeval.manifolds.sprite:sprite",
        "blobs": "aeeval.manifolds.free_blobs:free_blobs",
        "splats": "aeeval.manifolds.splats:splats",
        "photo-patch": "aeeval.manifolds.photo_patch:photo_patch",
        "digit": "aeeval.manifolds.digit:digit",
    },
)

DENSITIES = Registry(
    "density",
    {
        "uniform": "aeeval.manifolds.densities:uniform",
        "exponential": "aeeval.manifolds.densities:exponential",
        "vmf": "aeeval.manifolds.densities:vmf",
        "gap": "aeeval.manifolds.densities:gap",
    },
)
