//! Our token counter and its peers, in turns in one process on one core: ratios to the oracle's `encode_fast`.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml -- deepseek3-style,qwen2 en,code,zh 3`: tokenizers,
//! sets of texts, rounds; without arguments all, in five rounds. `benches/README.md` says what the columns are.

mod memory;
mod peers;

use anyhow::Context;
use runbench::affinity::{allowed_cores, pin_current_thread};
use runbench_benches::side_by_side::{Contender, head, load_times, table, wanted};
use runbench_benches::tokens::{maker, model};

use crate::peers::Peer;

fn main() -> anyhow::Result<()> {
    // The peers ask how many cores there are, and on one start no threads of their own.
    let cores = allowed_cores()?;
    pin_current_thread(cores.last().map(std::slice::from_ref).unwrap_or_default())?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, peer, kind] = arguments.as_slice()
        && word == memory::ARGUMENT
    {
        return memory::measure(peer, kind);
    }
    let (kinds, sets, rounds) = wanted(arguments.into_iter());
    let maker = maker();
    head();
    for kind in &kinds {
        let model = model(kind)?;
        let ours = Contender {
            name: Peer::Runbench.name(),
            fresh: Box::new(|| Ok(model.worker())),
        };
        let others = [Peer::Tokenizers1, Peer::Fastokens].map(|peer| Contender {
            name: peer.name(),
            fresh: Box::new(move || peer.load(kind)),
        });
        let contenders: Vec<Contender<'_>> = std::iter::once(ours).chain(others).collect();
        table(kind, &model, &contenders, None, &maker, &sets, rounds);
    }
    for kind in &kinds {
        let loads: Vec<(Peer, Box<dyn Fn()>)> = Peer::ALL
            .into_iter()
            .filter(|peer| peer.load(kind).is_ok())
            .map(|peer| (peer, Box::new(move || peer.load_and_free(kind)) as Box<dyn Fn()>))
            .collect();
        let loads: Vec<(&str, &dyn Fn())> = loads.iter().map(|(peer, load)| (peer.name(), &**load)).collect();
        load_times(kind, rounds, &loads);
    }
    memory::head();
    for kind in &kinds {
        for peer in Peer::ALL {
            memory::row(peer, kind).with_context(|| format!("{kind} by {}", peer.name()))?;
        }
    }
    Ok(())
}
