//! Development commands: `cargo xtask` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks by printing"
)]

mod cargo;
mod generate;
mod miri;
mod output_page;
mod page_test;
mod pure_wasm;
mod steps;
mod test;
mod toolchain;
mod types;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
development commands of runbench

usage: cargo xtask COMMAND

  test              everything that CI runs; installs what it needs
  test --quick      the same without the wasm and documentation steps
  miri              the token counter's tests in Miri; takes minutes, so `test` leaves it out
  web               build the page into web/dist
  web --test        build it, and test it in a real Chromium
  generate          write the pages that are made from code
  generate --check  only say which of them are out of date
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["test"] => test::everything(),
        ["test", "--quick"] => test::quick(),
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["miri"] => miri::check(),
        ["web"] => web::build(),
        ["web", "--test"] => page_test::check(),
        other => {
            return usage(&format!(
                "unknown command `{}`; `cargo xtask` lists them",
                other.join(" ")
            ));
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says why a command line can't be followed.
fn usage(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(2)
}
