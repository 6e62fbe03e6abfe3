//! What JavaScript calls.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::answers;
use crate::files::{FileTree, HostArchive, Slices, whole};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
/** Gives the bytes `start .. start + length` of a file by its index, all of them, or throws. */
export type ReadSlice = (file: number, start: number, length: number) => Uint8Array;
";

#[wasm_bindgen]
extern "C" {
    /// A function that hands out slices.
    #[wasm_bindgen(typescript_type = "ReadSlice", extends = Function)]
    pub type ReadSlice;
}

struct Host(ReadSlice);

impl Slices for Host {
    fn read(&self, file: usize, start: u64, length: u64) -> Result<Vec<u8>, String> {
        let answer = self
            .0
            .call3(
                &JsValue::NULL,
                &JsValue::from(file),
                &number(start),
                &number(length),
            )
            .map_err(|thrown| message(&thrown))?;
        match answer.dyn_into::<Uint8Array>() {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(_) => Err("the host gave something other than bytes".to_owned()),
        }
    }
}

/// A number for JavaScript. Lengths and offsets are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "lengths are checked to be below 2^53")]
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// What JavaScript threw, for people.
fn message(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown
            .as_string()
            .unwrap_or_else(|| "the host could not read it".to_owned()),
    }
}

/// A judged submission.
#[wasm_bindgen]
pub struct Checked(answers::Checked);

/// Judges a folder.
///
/// `name`: the folder's own name, with which printed paths start. `paths`: its files, relative, `/` between names.
/// `lengths`: of each in bytes. `directories`: those that may be empty. `ruleset`: such as `v1.5`, or `auto`.
#[wasm_bindgen(js_name = checkFolder)]
pub fn check_folder(
    name: &str,
    paths: Vec<String>,
    lengths: &[f64],
    directories: Vec<String>,
    ruleset: &str,
    read: ReadSlice,
) -> Checked {
    Checked(match FileTree::new(paths, lengths, directories, Host(read)) {
        Ok(tree) => answers::Checked::new(&tree, name, ruleset),
        Err(error) => answers::Checked::failed(error.to_string()),
    })
}

/// Judges a `.zip`, `.tar` or `.tar.gz`.
///
/// `name`: the file's name. `length`: of the file in bytes. `read` is asked for file 0.
#[wasm_bindgen(js_name = checkArchive)]
pub fn check_archive(name: &str, length: f64, ruleset: &str, read: ReadSlice) -> Checked {
    let Some(length) = whole(length) else {
        return Checked(answers::Checked::failed(format!(
            "{length} is no length of a file"
        )));
    };
    let archive = HostArchive::new(Host(read), length);
    Checked(answers::Checked::of_archive(archive, name, ruleset))
}

#[wasm_bindgen]
impl Checked {
    /// Why there is no report.
    pub fn error(&self) -> Option<String> {
        self.0.error().map(str::to_owned)
    }

    /// The report: the same bytes as `runbench check --format json`.
    pub fn json(&self) -> String {
        self.0.json()
    }

    /// The report for people: the same as `runbench check`.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// The curves as JSON.
    pub fn curves(&self) -> String {
        self.0.curves()
    }
}

/// The names of the rulesets, oldest first.
#[wasm_bindgen]
pub fn rulesets() -> Vec<String> {
    answers::rulesets()
}

/// The rules of a ruleset as JSON, in the order of evaluation.
#[wasm_bindgen]
pub fn rules(ruleset: &str) -> String {
    answers::rules(ruleset)
}

/// The regions of a declared maximum (and, in v1.5, a lowest concurrency) as JSON. Both are decimal numbers.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the bindings hand an option over by value"
)]
#[wasm_bindgen]
pub fn regions(ruleset: &str, c_max: &str, c_min: Option<String>) -> String {
    answers::regions(ruleset, c_max, c_min.as_deref())
}

/// The program's version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
