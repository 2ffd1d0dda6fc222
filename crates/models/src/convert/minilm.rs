//! The sentence embedder `all-MiniLM-L6-v2` out of a `safetensors` file as ONNX.
//!
//! The graph ends at the last hidden states; their mean over the words is the embedding. Architecture: BERT (Devlin et
//! al. 2018) with six layers.

use serde_json::Value;

use super::halves::{Halves, Weights};
use super::hama::Reader;
use super::layers::Layers;
use super::onnx::Kind;
use crate::ConvertError;

const HEADS: i64 = 12;
const HEAD_SIZE: u16 = 32;
const WIDTH: i64 = 384;
const LAYERS: usize = 6;
const EPSILON: f32 = 1e-12;

/// Converts the whole file. Inputs `tokens` and `positions` `[words]`, output `states` `[1, words, 384]`.
pub(crate) fn convert(file: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let weights = read(file)?;
    let mut net = Net(Layers::new(&weights));
    net.0.graph.named_input("tokens", Kind::Ints, &[None]);
    net.0.graph.named_input("positions", Kind::Ints, &[None]);
    let words = net.0.named("embeddings.word_embeddings.weight")?;
    let words = net.0.gathered(&words, "tokens", 0);
    let places = net.0.named("embeddings.position_embeddings.weight")?;
    let places = net.0.gathered(&places, "positions", 0);
    // There is one sentence, so all words are of the first kind.
    let kinds = net.0.weights("embeddings.token_type_embeddings.weight")?;
    let first = net.0.constant(&kinds.part(0, 2)?);
    let x = net.0.binary("Add", &words, &places);
    let x = net.0.binary("Add", &x, &first);
    let x = net.0.reshaped(&x, &[1, -1, WIDTH]);
    let mut x = net.norm(&x, "embeddings.LayerNorm")?;
    for layer in 0..LAYERS {
        x = net.layer(&x, &format!("encoder.layer.{layer}"))?;
    }
    let sizes = [Some(1), None, usize::try_from(WIDTH).ok()];
    net.0.graph.named_output(&x, "states", &sizes);
    Ok(net.0.graph.finish())
}

#[derive(Debug)]
struct Net<'w>(Layers<'w>);

impl Net<'_> {
    fn layer(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let [query, key, value] = ["query", "key", "value"]
            .map(|part| self.linear(x, &format!("{name}.attention.self.{part}")));
        let query = self.0.heads(&query?, HEADS);
        let key = self.0.key_heads(&key?, HEADS);
        let value = self.0.heads(&value?, HEADS);
        let (seen, _) = self.0.attention([&query, &key, &value], None, HEAD_SIZE);
        let seen = self.linear(&seen, &format!("{name}.attention.output.dense"))?;
        let x = self.0.binary("Add", x, &seen);
        let x = self.norm(&x, &format!("{name}.attention.output.LayerNorm"))?;
        let inner = self.linear(&x, &format!("{name}.intermediate.dense"))?;
        let inner = self.0.gelu(&inner);
        let inner = self.linear(&inner, &format!("{name}.output.dense"))?;
        let x = self.0.binary("Add", &x, &inner);
        self.norm(&x, &format!("{name}.output.LayerNorm"))
    }

    fn linear(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let matrix = self.0.weights(&format!("{name}.weight"))?.transposed()?;
        let bias = self.0.weights(&format!("{name}.bias"))?;
        Ok(self.0.linear(x, &matrix, Some(bias)))
    }

    fn norm(&mut self, x: &str, name: &str) -> Result<String, ConvertError> {
        let names = [format!("{name}.weight"), format!("{name}.bias")];
        self.0.layer_norm(x, [&names[0], &names[1]], EPSILON)
    }
}

/// A length, that much JSON with the place of every tensor, and the tensors' bytes.
fn read(file: &[u8]) -> Result<Weights, ConvertError> {
    let mut rest = Reader(file);
    let length = rest.number(8)?;
    let index: Value = serde_json::from_slice(rest.take(length)?)
        .map_err(|_| ConvertError::Damaged("its index is no JSON"))?;
    let mut weights = Weights::default();
    for (name, tensor) in index.as_object().into_iter().flatten() {
        if tensor["dtype"] != "F32" {
            continue;
        }
        let numbers = |list: &Value| -> Option<Vec<usize>> {
            let numbers = list.as_array()?.iter();
            numbers.map(|n| usize::try_from(n.as_u64()?).ok()).collect()
        };
        let shape = numbers(&tensor["shape"]);
        let bytes = numbers(&tensor["data_offsets"])
            .and_then(|place| rest.0.get(*place.first()?..*place.get(1)?));
        let (Some(shape), Some(bytes)) = (shape, bytes) else {
            return Err(ConvertError::Damaged("a tensor lies outside of the file"));
        };
        let halves = Halves::from_floats(shape, bytes)?;
        weights.0.insert(name.clone(), halves);
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_found_by_name_and_cut_files_refused() {
        let index =
            br#"{"__metadata__":{},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#;
        let mut file = u64::try_from(index.len()).unwrap().to_le_bytes().to_vec();
        file.extend(index);
        file.extend(1_f32.to_le_bytes());
        file.extend(2_f32.to_le_bytes());
        assert_eq!(
            read(&file).unwrap().get("a").unwrap().numbers,
            [0x3c00, 0x4000]
        );
        assert!(convert(&file).is_err());
        for end in 0..file.len() {
            assert!(read(&file[..end]).is_err(), "{end}");
        }
    }
}
