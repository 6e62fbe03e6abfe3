//! Which pipeline a file describes, if it is one whose counts are known to be exact; else why not.

use serde_json::Value;

use super::added::AddedTokens;
use super::bpe::{ByteLevel, Splitting};
use super::file::File;
use super::normal::Normalizer;
use super::sentencepiece::SentencePiece;
use super::template;
use super::unigram::Unigram;
use super::wordpiece::WordPiece;

/// Splitting expressions by their exact text.
const CL100K: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    "[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+",
    concat!(
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"##,
        "\r\n",
        r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[",
        "\r\n",
        r"]*|\s*[",
        "\r\n",
        r"]+|\s+(?!\S)|\s+"
    ),
];

/// A pipeline whose counts are exact.
pub(super) struct Pipeline {
    pub(super) added: AddedTokens,
    pub(super) normalizer: Normalizer,
    pub(super) engine: Engine,
    /// Tokens that the template adds to one text.
    pub(super) special_tokens: u64,
    pub(super) name: &'static str,
}

/// What counts a piece of text between added tokens, after normalizing.
pub(super) enum Engine {
    ByteLevel(ByteLevel),
    SentencePiece(SentencePiece),
    WordPiece(WordPiece),
    Unigram(Unigram),
}

/// The pipeline of a file, or why it is the oracle's.
pub(super) fn recognise(file: File<'_>) -> Result<Pipeline, String> {
    if file.version.as_deref().is_some_and(|version| version != "1.0") {
        return Err("the file is of another version".to_owned());
    }
    let normalizer = Normalizer::of(file.normalizer.as_ref())?;
    let added = AddedTokens::new(&file.added_tokens, &normalizer)?;
    if !added.normalized.is_empty() {
        // The other kinds normalize as they go, and must not do it twice.
        normalizer.needs_plain_or_nfc()?;
    }
    let special_tokens = template::special_tokens(file.post_processor.as_ref())?;
    let kind = file.model.kind.clone();
    let pre_tokenizer = file.pre_tokenizer.unwrap_or(Value::Null);
    let (engine, name) = match (kind.as_deref(), &file.model.merges, &file.model.vocab) {
        (Some("BPE") | None, Some(_), _) => match splitting(&pre_tokenizer) {
            Some(splitting) => {
                normalizer.needs_plain_or_nfc()?;
                (
                    Engine::ByteLevel(ByteLevel::new(file.model, splitting)?),
                    splitting.name(),
                )
            }
            None => (
                Engine::SentencePiece(SentencePiece::new(file.model, &pre_tokenizer, &normalizer)?),
                "SentencePiece BPE",
            ),
        },
        (Some("WordPiece") | None, None, super::file::Vocab::Ids(_)) => (
            Engine::WordPiece(WordPiece::new(&file.model, &pre_tokenizer, &normalizer)?),
            "WordPiece",
        ),
        (Some("Unigram") | None, None, super::file::Vocab::Scores(_)) => (
            Engine::Unigram(Unigram::new(&file.model, &pre_tokenizer, &normalizer)?),
            "Unigram",
        ),
        _ => return Err("the model is of another kind".to_owned()),
    };
    Ok(Pipeline {
        added,
        normalizer,
        engine,
        special_tokens,
        name,
    })
}

/// The byte-level splitting rule of a pre-tokenizer.
fn splitting(pre_tokenizer: &Value) -> Option<Splitting> {
    let kind = |value: &Value| value.get("type").and_then(Value::as_str).map(str::to_owned);
    let is_bytes = |value: &Value, use_regex: bool| {
        kind(value).as_deref() == Some("ByteLevel")
            && value.get("add_prefix_space") == Some(&Value::Bool(false))
            && value.get("use_regex").and_then(Value::as_bool).unwrap_or(true) == use_regex
    };
    if is_bytes(pre_tokenizer, true) {
        return Some(Splitting::Gpt2);
    }
    let steps = pre_tokenizer.get("pretokenizers")?.as_array()?;
    if kind(pre_tokenizer).as_deref() != Some("Sequence") {
        return None;
    }
    let (bytes, splits) = steps.split_last()?;
    if !is_bytes(bytes, false) {
        return None;
    }
    let mut expressions = Vec::new();
    for split in splits {
        let is_split = kind(split).as_deref() == Some("Split")
            && split.get("behavior").and_then(Value::as_str) == Some("Isolated")
            && split.get("invert") == Some(&Value::Bool(false));
        if !is_split {
            return None;
        }
        expressions.push(split.get("pattern")?.get("Regex")?.as_str()?);
    }
    match expressions.as_slice() {
        [CL100K] => Some(Splitting::Cl100k),
        [QWEN] => Some(Splitting::Qwen),
        [O200K] => Some(Splitting::O200k),
        three if is_deepseek(three) => Some(Splitting::DeepSeek),
        _ => None,
    }
}

/// The real files write CR and LF as themselves or as escapes.
fn is_deepseek(expressions: &[&str]) -> bool {
    let [numbers, han, words] = DEEPSEEK;
    let escaped = words.replace('\r', r"\r").replace('\n', r"\n");
    matches!(expressions, [a, b, c] if *a == numbers && *b == han && (*c == words || *c == escaped))
}
