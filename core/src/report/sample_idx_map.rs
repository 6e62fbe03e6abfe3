//! `sample_idx_map.json`: which dataset row each request sent (loadgen section 14).

use core::fmt::Write;

/// The id of a request in the reference's files: 32 hex digits, of which the first half names the run.
pub fn sample_uuid(run_id: [u8; 16], id: u64) -> String {
    let mut uuid = String::with_capacity(32);
    for byte in run_id.iter().take(8) {
        // Writing to a string can't fail.
        let _ = write!(uuid, "{byte:02x}");
    }
    let _ = write!(uuid, "{id:016x}");
    uuid
}

/// The file as it is written, request by request; warm-up requests are not in it. About 45 bytes a request.
#[derive(Clone, Debug)]
pub struct SampleIdxMap {
    run_id: [u8; 16],
    text: String,
}

impl SampleIdxMap {
    /// A map without requests.
    pub fn new(run_id: [u8; 16]) -> Self {
        Self {
            run_id,
            text: String::new(),
        }
    }

    /// Takes a request.
    pub fn push(&mut self, id: u64, sample_index: u64) {
        let comma = if self.text.is_empty() { "" } else { "," };
        let uuid = sample_uuid(self.run_id, id);
        // Writing to a string can't fail.
        let _ = write!(self.text, "{comma}\"{uuid}\":{sample_index}");
    }

    /// The file's text.
    pub fn finish(self) -> String {
        format!("{{\"performance\":{{{}}}}}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{SampleIdxMap, sample_uuid};

    #[test]
    fn ids_are_32_hex_digits_and_differ() {
        let uuid = sample_uuid([0xAB; 16], 7);
        assert_eq!(uuid, "abababababababab0000000000000007");
        assert_ne!(uuid, sample_uuid([0xAB; 16], 8));
        assert_ne!(uuid, sample_uuid([0xAC; 16], 7));
    }

    #[test]
    fn maps_requests_to_rows() {
        let mut map = SampleIdxMap::new([0; 16]);
        map.push(0, 9);
        map.push(1, 3);
        let text = map.finish();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["performance"]["00000000000000000000000000000001"], 3);
        assert_eq!(value["performance"].as_object().unwrap().len(), 2);
        assert_eq!(SampleIdxMap::new([0; 16]).finish(), "{\"performance\":{}}");
    }
}
