//! Salts: eight random bytes that make a prompt one that no cache has seen (loadgen section 3).

use core::fmt::Write;

use super::PythonRandom;

/// The salts of one phase, in the order in which its requests are issued.
#[derive(Clone, Debug)]
pub struct Salts {
    random: PythonRandom,
}

impl Salts {
    /// The salts that a seed gives.
    pub fn new(seed: u64) -> Self {
        Self {
            random: PythonRandom::new(seed),
        }
    }

    /// The next prompt: `[<16 hex digits>] <prompt>`.
    pub fn salted(&mut self, prompt: &str) -> String {
        let salt = self.next().unwrap_or_default();
        format!("[{salt}] {prompt}")
    }
}

impl Iterator for Salts {
    type Item = String;

    /// The next salt as 16 hex digits; there is no end to them.
    fn next(&mut self) -> Option<String> {
        let mut salt = String::with_capacity(16);
        for byte in self.random.bits(64).to_le_bytes() {
            // Writing to a string can't fail.
            let _ = write!(salt, "{byte:02x}");
        }
        Some(salt)
    }
}

#[cfg(test)]
mod tests {
    use super::Salts;

    /// Loadgen section 5.
    #[test]
    fn gives_the_references_salts() {
        let salts: Vec<String> = Salts::new(44).take(2).collect();
        assert_eq!(salts, ["a8ce956811102085", "78adbe8a4bfd9cb3"]);
        assert_eq!(Salts::new(44).salted("hi"), "[a8ce956811102085] hi");
    }
}
