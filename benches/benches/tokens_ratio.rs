//! Our counter beside the pinned crate, in turns in one process: medians, and their ratio to `encode_fast`.
//!
//! `cargo bench --bench tokens_ratio -- deepseek3-style,qwen2 en,code 5`; without arguments all, in five rounds. `cold`
//! is one pass of a new worker over 16 MB in which no text comes twice; load times are of the file's bytes.

#![expect(
    clippy::expect_used,
    reason = "a bench without its tokenizers has nothing to say"
)]

use runbench::tokens::TokenModel;
use runbench_benches::side_by_side::{Contender, head, load_times, table, wanted};
use runbench_benches::tokens::{file, maker, model};
use tokenizers::Tokenizer;

fn main() {
    let (kinds, sets, rounds) = wanted(std::env::args().skip(1));
    let maker = maker();
    head();
    for kind in kinds {
        let bytes = file(kind).expect("one of the project's");
        let model = model(kind).expect("one of the project's");
        let tokenizer = Tokenizer::from_bytes(&bytes).expect("one of the project's");
        let ours = Contender {
            name: "runbench",
            fresh: Box::new(|| Ok(model.worker())),
        };
        let batch = |texts: &[&str]| drop(tokenizer.encode_batch_fast(texts.to_vec(), false));
        table(kind, &model, &[ours], Some(&batch), &maker, &sets, rounds);
        load_times(
            kind,
            rounds,
            &[
                ("encode_fast", &|| drop(Tokenizer::from_bytes(&bytes))),
                ("runbench", &|| drop(TokenModel::parse(kind, bytes.clone()))),
            ],
        );
    }
}
