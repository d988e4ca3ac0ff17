//! Named arrays as a safetensors file, which NumPy, PyTorch and JAX read.
//!
//! ```
//! use attractor_lab::learning::tensors::{Part, file};
//! use std::collections::BTreeMap;
//!
//! let part = Part { name: "bias", shape: vec![2], values: &[1.0, 2.0] };
//! let bytes = file(&[part], &BTreeMap::new());
//! let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
//! assert_eq!(read.tensor("bias").unwrap().data(), [0, 0, 128, 63, 0, 0, 0, 64]);
//! ```

use crate::models::rate_network::RateNetwork;
use ndarray::Array2;
use std::collections::BTreeMap;

/// An array with its name.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, row by row.
    pub values: &'a [f32],
}

/// The file of these parts, in their order; `about` goes into its metadata. The same parts give the
/// same bytes.
#[must_use]
pub fn file(parts: &[Part], about: &BTreeMap<String, String>) -> Vec<u8> {
    // The crate would write the metadata in the random order of a hash map.
    let mut header = serde_json::Map::new();
    header.insert("__metadata__".into(), serde_json::json!(about));
    let mut end = 0;
    for Part { name, shape, values } in parts {
        let start = end;
        end += 4 * values.len();
        let part = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [start, end],
        });
        header.insert((*name).into(), part);
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    let values = parts.iter().flat_map(|part| part.values);
    file.extend(values.flat_map(|value| value.to_le_bytes()));
    file
}

/// The file of a network, under the names its other files use; dt and τ are in the metadata.
#[must_use]
pub fn network(network: &RateNetwork, about: &BTreeMap<String, String>) -> Vec<u8> {
    let flat = |matrix: &Array2<f64>| matrix.iter().map(|&w| w as f32).collect::<Vec<_>>();
    let matrices = [&network.recurrent, &network.input, &network.output].map(flat);
    let vectors = [&network.bias, &network.start]
        .map(|vector| vector.iter().map(|&x| x as f32).collect::<Vec<_>>());
    let mut about = about.clone();
    about.insert("dt".into(), network.step.to_string());
    about.insert("tau".into(), network.tau.to_string());
    let shapes = [&network.recurrent, &network.input, &network.output].map(|m| m.shape().to_vec());
    let mut parts = Vec::new();
    for ((name, shape), values) in
        ["W_rec", "W_inp", "W_out"].into_iter().zip(shapes).zip(&matrices)
    {
        parts.push(Part { name, shape, values });
    }
    for (name, values) in ["bias_rec", "y_init"].into_iter().zip(&vectors) {
        parts.push(Part { name, shape: vec![values.len()], values });
    }
    file(&parts, &about)
}
