//! `runbench serve`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;

use super::Exit;
use super::output::{complain, print};
use crate::serve::{PageServer, Shelf, has_page};
use crate::signals;

/// Serve the checker page on this machine
///
/// Prints `listening on URL` as its first line, then serves until SIGINT or SIGTERM. The page judges in the browser with the
/// same rules as `runbench check`; with PATH it opens that submission at once. Only this machine can connect.
#[derive(Args, Debug)]
pub(super) struct ServeArgs {
    /// A submission to open: a folder, or a .zip, .tar or .tar.gz of one
    path: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// How often the signals are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Serves until a signal comes.
pub(super) fn execute(args: &ServeArgs) -> Exit {
    if !has_page() {
        return complain(
            Exit::Setup,
            "this binary was built without the page",
            "`cargo xtask web` builds the page; build the program again after it",
        );
    }
    let interrupt = match signals::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return complain(Exit::Setup, &format!("can't wait for signals: {error}"), ""),
    };
    let shelf = match args.path.as_deref().map(Shelf::open).transpose() {
        Ok(shelf) => shelf,
        Err(error) => {
            return complain(
                Exit::Setup,
                &error.to_string(),
                "give a submission's folder or archive",
            );
        }
    };
    let server = match PageServer::listen(args.port, shelf) {
        Ok(server) => server,
        Err(error) => {
            let message = format!("can't listen on port {} of 127.0.0.1: {error}", args.port);
            return complain(Exit::Setup, &message, "leave out `--port` to take a free one");
        }
    };
    print(&format!("listening on {}\n", server.url()));
    let stop = {
        let interrupt = Arc::clone(&interrupt);
        async move {
            while !interrupt.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK).await;
            }
        }
    };
    match server.serve(stop) {
        Ok(()) => Exit::Ok,
        Err(error) => complain(Exit::Execution, &format!("can't serve: {error}"), ""),
    }
}
