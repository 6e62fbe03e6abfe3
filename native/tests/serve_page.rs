//! `runbench serve` over its socket: whom it answers, and what of a folder it hands out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::future::pending;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::{fs, thread};

use runbench::serve::{PageServer, Shelf};
use serde_json::{Value, json};

/// A served folder. The server ends with the test's process.
struct Served {
    port: u16,
    word: String,
}

impl Served {
    fn new(folder: &Path) -> Self {
        let shelf = Shelf::open(folder).unwrap();
        let word = shelf.word().to_owned();
        let server = PageServer::listen(0, Some(shelf)).unwrap();
        let url = server.url();
        let (address, hash) = url
            .trim_start_matches("http://127.0.0.1:")
            .split_once('/')
            .unwrap();
        assert_eq!(hash, format!("#v=1&open={word}"));
        let port = address.parse().unwrap();
        thread::spawn(move || server.serve(pending()));
        Self { port, word }
    }

    /// Status, head and body of the answer to a request.
    fn ask(&self, method: &str, path: &str, host: &str) -> (u16, String, Vec<u8>) {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head, answer[end + 4..].to_vec())
    }

    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let path = path.replace("WORD", &self.word);
        let (status, _, body) = self.ask("GET", &path, &format!("127.0.0.1:{}", self.port));
        (status, body)
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("in/docs/empty")).unwrap();
    fs::write(folder.path().join("in/docs/a.md"), "0123456789").unwrap();
    fs::write(folder.path().join("secret"), "not yours").unwrap();
    std::os::unix::fs::symlink("../../secret", folder.path().join("in/docs/link")).unwrap();
    folder
}

#[test]
fn lists_a_folder_without_what_leads_out_of_it() {
    let folder = folder();
    let served = Served::new(&folder.path().join("in"));
    let (status, body) = served.get("/open/WORD/list.json");
    let mut list: Value = serde_json::from_slice(&body).unwrap();
    if let Some(directories) = list["directories"].as_array_mut() {
        directories.sort_by_key(ToString::to_string);
    }
    let wanted = json!({
        "kind": "folder", "name": "in", "paths": ["docs/a.md"], "lengths": [10], "directories": ["docs", "docs/empty"],
    });
    assert_eq!((status, list), (200, wanted));
}

#[test]
fn gives_parts_of_listed_files_and_of_nothing_else() {
    let folder = folder();
    let served = Served::new(&folder.path().join("in"));
    assert_eq!(served.get("/open/WORD/0?2-5"), (200, b"234".to_vec()));
    assert_eq!(served.get("/open/WORD/0?0-10"), (200, b"0123456789".to_vec()));
    for part in ["0?5-2", "0?0-11", "0?0-99999999999", "1?0-1"] {
        assert_eq!(served.get(&format!("/open/WORD/{part}")).0, 409, "{part}");
    }
    for path in [
        "0",
        "0?",
        "0?a-b",
        "-1?0-1",
        "../secret?0-1",
        "docs/a.md?0-1",
        "",
        "list.json/",
    ] {
        assert_eq!(served.get(&format!("/open/WORD/{path}")).0, 404, "{path}");
    }
    let other = "0".repeat(32);
    assert_eq!(served.get(&format!("/open/{other}/list.json")).0, 404);
    assert_eq!(served.get("/open/list.json").0, 404);
}

#[test]
fn answers_this_host_alone_and_only_reads() {
    let folder = folder();
    let served = Served::new(&folder.path().join("in"));
    let list = format!("/open/{}/list.json", served.word);
    for host in [
        "evil.example",
        &format!("evil.example:{}", served.port),
        "127.0.0.1:1",
        "",
    ] {
        assert_eq!(served.ask("GET", &list, host).0, 421, "{host}");
    }
    let own = format!("localhost:{}", served.port);
    assert_eq!(served.ask("GET", &list, &own).0, 200);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(served.ask(method, &list, &own).0, 405, "{method}");
    }
    let (_, head, _) = served.ask("GET", "/nothing", &own);
    assert!(
        head.contains("content-security-policy: default-src 'none';"),
        "{head}"
    );
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
}

#[test]
fn a_file_is_an_archive_of_one_name() {
    let folder = folder();
    let served = Served::new(&folder.path().join("secret"));
    let (_, body) = served.get("/open/WORD/list.json");
    let list: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&list["kind"], &list["name"]),
        (&json!("archive"), &json!("secret"))
    );
    assert!(Shelf::open(&folder.path().join("missing")).is_err());
}
