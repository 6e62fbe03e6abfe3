//! Our rules about a submission as files and names: what exceeds a limit of [`crate::limits`], what an archive holds that
//! can't be unpacked, what could not be read. Each reports the notes of one [`NoteKind`].

mod survey;

pub(in crate::rules) use survey::Survey;

use super::OWN;
use super::links::Links;
use crate::diag::Severity;
use crate::limits;
use crate::rules::{Meta, NotRun, Out, Ran};
use crate::tree::{NoteKind, Notes, Prefix};

/// What was odd about a submission's files and names.
#[derive(Clone, Debug)]
pub struct Input {
    prefix: Prefix,
    notes: Notes,
    /// Whether it is an archive.
    packed: bool,
    /// Links that lead somewhere they shouldn't.
    pub(in crate::rules) links: Links,
}

/// A rule about the input: the notes that it reports, and what it says about itself.
pub(in crate::rules) struct InputRule {
    kind: NoteKind,
    pub(in crate::rules) meta: Meta,
}

impl InputRule {
    /// Reports the notes of this rule.
    pub(in crate::rules) fn check(&self, input: &Input, out: &mut Out<'_>) -> Ran {
        let of_archives = matches!(
            self.kind,
            NoteKind::Structure | NoteKind::Duplicate | NoteKind::Link | NoteKind::Content | NoteKind::Ratio
        );
        if of_archives && !input.packed {
            return Err(NotRun::because("the submission is no archive"));
        }
        for note in input.notes.of(self.kind) {
            let path = input.prefix.show(&note.path);
            let finding = match self.meta.severity {
                Severity::Error => out.error(path, &note.message),
                _ => out.warning(path, &note.message),
            };
            if let Some((measured, limit, unit)) = note.numbers {
                let margin = format!("{} over", measured.saturating_sub(limit));
                finding.measured(measured, limit, unit, margin);
            }
        }
        match (input.notes.untold(self.kind), self.meta.severity) {
            (0, _) => {}
            (more, Severity::Error) => {
                out.error(input.prefix.show(""), format!("{more} more of this kind"));
            }
            (more, _) => {
                out.warning(input.prefix.show(""), format!("{more} more of this kind"));
            }
        }
        Ok(())
    }
}

/// Every rule about the input, in the order of the registry.
pub(in crate::rules) const STRUCTURE: InputRule = InputRule {
    kind: NoteKind::Structure,
    meta: Meta {
        id: "archive-readable",
        title: "the archive can be listed to its end",
        what: "A zip, tar or tar.gz must have a readable list of files that is as long as it promises, an end, and right \
               checksums. What could be listed before the damage is judged.",
        why: "Half an archive would be judged as if it were the whole.",
        fix: "pack the folder again, and compare the archive's length after the upload",
        ..OWN
    },
};

pub(in crate::rules) const NAME: InputRule = InputRule {
    kind: NoteKind::Name,
    meta: Meta {
        id: "entry-names",
        title: "every name is text that means the same place everywhere",
        what: "A name must be UTF-8 without control characters; in an archive it must be relative, without `..`, drive \
               letter or backslash. Entries with other names are left out.",
        why: "Such an entry is unpacked elsewhere, or differently on each system.",
        fix: "rename the file, and pack the folder with a common tool (`zip -r`, `tar czf`)",
        ..OWN
    },
};

pub(in crate::rules) const DUPLICATE: InputRule = InputRule {
    kind: NoteKind::Duplicate,
    meta: Meta {
        id: "entry-duplicate",
        title: "no name stands twice in the archive",
        what: "Each path of an archive may have one entry, and no file may stand where a directory is needed. Of two files \
               the last counts.",
        why: "Programs differ in which one they take, so two people may review two submissions.",
        fix: "pack the folder anew instead of adding to an archive",
        ..OWN
    },
};

pub(in crate::rules) const CASE: InputRule = InputRule {
    kind: NoteKind::Case,
    meta: Meta {
        id: "entry-case",
        severity: Severity::Warning,
        title: "no two names of a directory differ in case alone",
        what: "Names of one directory must differ when they are written in small letters.",
        why: "On macOS and Windows only one of them survives unpacking.",
        fix: "rename one of them",
        ..OWN
    },
};

pub(in crate::rules) const LINK: InputRule = InputRule {
    kind: NoteKind::Link,
    meta: Meta {
        id: "archive-links",
        severity: Severity::Warning,
        title: "the archive holds no links",
        what: "Symbolic and hard links in archives are not followed; a file that is one can't be read.",
        why: "A link may lead out of the submission, and not every program unpacks it.",
        fix: "pack the files themselves (`zip -r` without `-y`, `tar --dereference --hard-dereference`)",
        ..OWN
    },
};

pub(in crate::rules) const CONTENT: InputRule = InputRule {
    kind: NoteKind::Content,
    meta: Meta {
        id: "archive-contents",
        title: "every entry of the archive can be unpacked",
        what: "An entry must be a plain file or directory, not encrypted, stored or deflated, with bytes of its own that \
               lie within the archive.",
        why: "What can't be unpacked can't be judged; entries that share bytes are how archives of kilobytes fill a disk.",
        fix: "pack the folder with a common tool (`zip -r`, `tar czf`), without a password",
        ..OWN
    },
};

pub(in crate::rules) const RATIO: InputRule = InputRule {
    kind: NoteKind::Ratio,
    meta: Meta {
        id: "compression-ratio",
        title: "nothing unpacks to more than 100 times its packed size",
        what: "Length / packed length of a zip's entry, or of a tar.gz as a whole, may be 100, unless it is 1 MiB or less. \
               What exceeds it is not unpacked.",
        why: "JSON and logs pack to a tenth or a thirtieth; more is a file of blanks, or meant to fill a disk.",
        fix: "leave the file out, or store it without compression",
        ..OWN
    },
};

pub(in crate::rules) const ENTRIES: InputRule = InputRule {
    kind: NoteKind::Entries,
    meta: Meta {
        id: "entry-count",
        title: "the submission has 65,536 files and directories at most",
        what: "Counts files and directories. Beyond the limit an archive's entries are left out, and a folder's are not \
               looked at by our own rules.",
        why: "A submission is some hundred files; most often a dependency's folder or a cache was packed too.",
        fix: "leave out what is no part of the submission",
        ..OWN
    },
};

pub(in crate::rules) const DEPTH: InputRule = InputRule {
    kind: NoteKind::Depth,
    meta: Meta {
        id: "path-depth",
        title: "no path has more than 32 names",
        what: "Counts the names of a path below the submission's folder. Entries of an archive beyond the limit are left \
               out.",
        why: "The deepest file of a published layout has six; deep trees break tools that unpack or walk them.",
        fix: "move the directory up",
        ..OWN
    },
};

pub(in crate::rules) const PATH_LENGTH: InputRule = InputRule {
    kind: NoteKind::PathLength,
    meta: Meta {
        id: "path-length",
        title: "no path is longer than 1,024 bytes",
        what: "Counts the bytes of a path below the submission's folder. Entries of an archive beyond the limit are left \
               out.",
        why: "Other systems can't unpack it: Windows takes 260 characters.",
        fix: "use shorter names",
        ..OWN
    },
};

pub(in crate::rules) const FILE_SIZE: InputRule = InputRule {
    kind: NoteKind::FileSize,
    meta: Meta {
        id: "file-size",
        title: "no file is longer than the checker reads",
        what: "A file may have 4 GiB, a YAML file that is judged 16 MiB, and the values that rules read of a JSON file \
               32 MiB in memory. What exceeds it is not read.",
        why: "Memory and time of a check are bounded; the files of a submission are kilobytes.",
        fix: "leave the file out, or split it",
        ..OWN
    },
};

pub(in crate::rules) const TOTAL_SIZE: InputRule = InputRule {
    kind: NoteKind::TotalSize,
    meta: Meta {
        id: "total-size",
        title: "all files together have 64 GiB at most",
        what: "Adds the lengths of all files, read or not.",
        why: "Nobody can review more, and few services take it.",
        fix: "leave out what is no part of the submission",
        ..OWN
    },
};

pub(in crate::rules) const UNREAD: InputRule = InputRule {
    kind: NoteKind::Unread,
    meta: Meta {
        id: "unread",
        title: "everything that is looked at can be read",
        what: "Says which directories, and which files that other rules pass over in silence, could not be read.",
        why: "What could not be read looks as if it were not there.",
        fix: "make it readable; put a linked directory itself into the submission",
        ..OWN
    },
};

pub(in crate::rules) const SKIMMED: InputRule = InputRule {
    kind: NoteKind::Skimmed,
    meta: Meta {
        id: "skimmed",
        severity: Severity::Warning,
        title: "every file is short enough to be looked at as a whole",
        what: "Of a JSON file longer than 256 KiB only the values that rules read are kept; of the rest the syntax is \
               checked, and that numbers are finite. Duplicate keys are not looked for there.",
        why: "The official answer is the same; but what was not looked for is said, not passed over.",
        fix: "nothing has to be fixed; leave out of the file what no rule reads",
        ..OWN
    },
};

// The texts above name the limits; a change must reach both.
const _: () = assert!(limits::RATIO == 100 && limits::ENTRIES == 65_536 && limits::DEPTH == 32);
const _: () = assert!(limits::PATH_BYTES == 1024 && limits::RATIO_FROM_BYTES == 1 << 20);
const _: () = assert!(limits::FILE_BYTES == 4 << 30 && limits::TOTAL_BYTES == 64 << 30);
const _: () = assert!(limits::WHOLE_BYTES == 16 << 20 && limits::KEPT_BYTES == 32 << 20);
const _: () = assert!(limits::WHOLE_JSON_BYTES == 256 << 10);
