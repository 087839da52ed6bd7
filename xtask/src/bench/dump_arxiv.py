"""Writes the arrays of an .npz of synth.py as crates/graxe/examples/arxiv/data.rs reads them. Arguments: npz, folder."""
import sys

import numpy as np

path, folder = sys.argv[1:]
z = np.load(path)
src = np.repeat(np.arange(z["adj_shape"][0]), np.diff(z["adj_indptr"]))
np.stack([src, z["adj_indices"]]).astype("<u4").tofile(f"{folder}/edges.u32")
z["attr_matrix"].astype("<f4").tofile(f"{folder}/features.f32")
for name, array in [("labels", "labels"), ("train", "train_idx"), ("test", "test_idx")]:
    z[array].astype("<i4").tofile(f"{folder}/{name}.i32")
