//! Reading a submission.

use std::cell::RefCell;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::Signed;

use super::curve::c_min;
use super::{AccuracyFile, CMin, Curve, Point, SharedPath, Submission, System};
use crate::check::Replacements;
use crate::coerce::decimal_digit;
use crate::parse::{Keep, Value, parse_python_int};
use crate::region::v1_5::Regions;
use crate::rules::document::{Document, Format, Loaded, load, load_raw};
use crate::rules::model_name::trim;
use crate::rules::own::input::Survey;
use crate::rules::path_limits::{LONGEST_NAME, LONGEST_PATH};
use crate::rules::v1_5::power::{Described, assess};
use crate::rules::v1_5::registries::{Drafters, Seeds};
use crate::ruleset::{OwnParameters, SubmissionV15};
use crate::schema::v1_5::{accuracy, config, point, power, summary, system};
use crate::tree::{DirEntry, Kind, Prefix, Tree, join};

/// Directories of the layout of v0.1.
const OLD_LAYOUT: [&str; 2] = ["pareto", "documentation"];

/// Reads a submission.
pub fn gather<'a>(
    tree: &dyn Tree,
    prefix: &Prefix,
    parameters: &'a SubmissionV15,
    own: &'a OwnParameters,
    replacements: &Replacements,
) -> Submission<'a> {
    let survey = Survey::new(tree);
    let tree: &dyn Tree = &survey;
    let base = submission_directory(tree);
    let reader = Reader {
        tree,
        survey: &survey,
        prefix,
        parameters,
        base: &base,
        results: RefCell::default(),
    };
    let at = |name: &str| join(&base, name);
    let wanted = |name: &str| (prefix.show(&at(name)), tree.is_directory(&at(name)));
    let results = at("results");
    let systems = if tree.is_directory(&results) {
        reader.tree.directories(&results)
    } else {
        Vec::new()
    };
    Submission {
        parameters,
        own,
        seeds: Seeds::new(parameters, replacements.seed_sets.as_ref()),
        drafters: Drafters::new(parameters, replacements.approved_drafters.as_ref()),
        path: prefix.show(&base),
        exists: tree.exists(""),
        required: vec![wanted("results"), wanted("docs")],
        old_layout: OLD_LAYOUT
            .into_iter()
            .filter(|name| tree.is_directory(&at(name)))
            .collect(),
        src: wanted("src"),
        readmes: reader.readmes(&at("src")),
        results_path: prefix.show(&results),
        systems: systems
            .iter()
            .map(|name| reader.system(&join(&results, name)))
            .collect(),
        has_accuracy: reader.accuracy_below(&results),
        input: survey.finish(prefix),
    }
}

/// The submission's directory: the path itself if it holds `results`, else the only directory in it that does.
fn submission_directory(tree: &dyn Tree) -> String {
    if tree.is_directory("results") {
        return String::new();
    }
    let mut candidates = tree.list("").unwrap_or_default().into_iter().filter(|entry| {
        entry.kind == Some(Kind::Directory) && tree.is_directory(&join(&entry.name, "results"))
    });
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => only.name,
        _ => String::new(),
    }
}

struct Reader<'r, 'a> {
    tree: &'r dyn Tree,
    prefix: &'r Prefix,
    parameters: &'a SubmissionV15,
    base: &'r str,
    survey: &'r Survey<'r>,
    /// The `results.json` that were read, by path.
    results: RefCell<BTreeMap<String, Option<Loaded<()>>>>,
}

impl Reader<'_, '_> {
    fn readmes(&self, src: &str) -> Vec<(String, bool)> {
        let of = |name: &String| {
            let directory = join(src, name);
            let is_readme = |entry: &DirEntry| {
                matches!(entry.kind, Some(Kind::File(_))) && entry.name.to_lowercase() == "readme.md"
            };
            let found = self.entries(&directory).into_iter().find(is_readme);
            let file = found.as_ref().map_or("README.md", |entry| entry.name.as_str());
            (self.prefix.show(&join(&directory, file)), found.is_some())
        };
        self.tree.directories(src).iter().map(of).collect()
    }

    fn system(&self, inner: &str) -> System {
        let power_inner = join(inner, "system_power.json");
        let power = self
            .tree
            .is_file(&power_inner)
            .then(|| load(self.tree, self.prefix, &power_inner, Format::Json, power::read));
        let description = self.first_description(inner);
        let described = description
            .as_ref()
            .map(|document| Described::new(document.root()))
            .unwrap_or_default();
        let good = power.as_ref().and_then(Loaded::good);
        System {
            path: self.prefix.show(inner),
            assessment: good.map(|document| assess(&document.value, &described, &self.parameters.power)),
            power_path: self.prefix.show(&power_inner),
            power,
            described,
            description,
            curves: self
                .tree
                .directories(inner)
                .iter()
                .map(|name| self.curve(inner, name))
                .collect(),
        }
    }

    /// The first description of a system that is an object, in path order; directories that merely begin with `r` count
    /// too.
    fn first_description(&self, system: &str) -> Option<Document<()>> {
        let models = self.tree.directories(system);
        let points = models.iter().flat_map(|model| {
            let model = join(system, model);
            let names = self.tree.directories(&model);
            names
                .into_iter()
                .filter(|name| name.starts_with('r'))
                .map(move |name| join(&model, &name))
        });
        points
            .filter_map(|point| self.json(&join(&point, "system_desc.json")))
            .find_map(|loaded| match loaded {
                Loaded::Good(document) if matches!(document.root().value, Value::Map(_)) => Some(document),
                _ => None,
            })
    }

    fn curve(&self, system: &str, model: &str) -> Curve {
        let inner = join(system, model);
        let directories = self.tree.directories(&inner);
        let unread = directories
            .iter()
            .filter(|name| point_number(name).is_none() && is_nearly_a_point(name))
            .map(|name| self.prefix.show(&join(&inner, name)))
            .collect();
        let mut numbered: Vec<(BigInt, String)> = directories
            .into_iter()
            .filter_map(|name| Some((point_number(&name)?, name)))
            .collect();
        numbered.sort();
        let points: Vec<Point> = numbered
            .into_iter()
            .map(|(number, name)| self.point(&join(&inner, &name), number))
            .collect();
        let raw = points.iter().find_map(Point::description);
        let description = raw.map(|document| document.read_as(system::read));
        let c_max = match &description {
            Some(Loaded::Good(document)) => Some(document.value.max_supported_concurrency.clone()),
            _ => raw
                .and_then(|document| document.root().child("max_supported_concurrency"))
                .and_then(|node| match &node.value {
                    Value::Int(integer) if integer.is_positive() => Some(integer.clone()),
                    _ => None,
                }),
        };
        let c_min = c_min(&points, self.parameters.regions.greatest_c_min);
        let mut curve = Curve {
            model: model.to_owned(),
            path: self.prefix.show(&inner),
            points,
            description,
            regions: None,
            c_min,
            c_max,
            unread,
        };
        let lowest = match &curve.c_min {
            CMin::Derived(lowest) => Some(lowest),
            CMin::Declared(lowest) => Some(lowest).filter(|lowest| curve.has_point_at(lowest)),
            CMin::Unusable => None,
        };
        curve.regions = match (&curve.c_max, lowest) {
            (Some(highest), Some(lowest)) => Some(Regions::new(highest, lowest, self.parameters.regions)),
            _ => None,
        };
        curve
    }

    fn point(&self, inner: &str, number: BigInt) -> Point {
        let config = join(inner, "config.yaml");
        let declared_inner = join(inner, "point.yaml");
        let declared_raw = self
            .tree
            .exists(&declared_inner)
            .then(|| load_raw(self.tree, self.prefix, &declared_inner, Format::Yaml));
        let declared = declared_raw.as_ref().map(|raw| raw.read_as(point::read));
        let summary_raw = self.json_of(&join(inner, "result_summary.json"), &summary::KEEP);
        let shared = match &declared {
            Some(Loaded::Good(document)) => [
                ("shared_src", &document.value.shared_src),
                ("shared_docs", &document.value.shared_docs),
            ]
            .into_iter()
            .filter_map(|(field, value)| Some(self.shared_path(field, value.as_ref()?)))
            .collect(),
            _ => Vec::new(),
        };
        Point {
            path: self.prefix.show(inner),
            number,
            config_file: self
                .tree
                .is_file(&config)
                .then(|| load(self.tree, self.prefix, &config, Format::Yaml, config::read)),
            description: self.json(&join(inner, "system_desc.json")),
            summary: summary_raw.as_ref().map(|raw| raw.read_as(summary::read)),
            summary_raw,
            accuracy: self.accuracy(inner),
            declared_raw,
            declared,
            shared,
        }
    }

    fn json(&self, inner: &str) -> Option<Loaded<()>> {
        self.json_of(inner, &Keep::All)
    }

    /// A file, of which if it is long only `keep` is kept.
    fn json_of(&self, inner: &str, keep: &'static Keep) -> Option<Loaded<()>> {
        self.tree
            .exists(inner)
            .then(|| load_raw(self.tree, self.prefix, inner, Format::JsonOf(keep)))
    }

    /// `results.json`, read once. No rule says that it can't be read: it may hold anything.
    fn results(&self, inner: &str) -> Option<Loaded<()>> {
        if let Some(known) = self.results.borrow().get(inner) {
            return known.clone();
        }
        let loaded = self.json_of(inner, &accuracy::KEEP_SCORES);
        if let Some(Loaded::Bad(troubles)) = &loaded
            && let Some(trouble) = troubles
                .iter()
                .find(|trouble| trouble.key == "io-error" && !trouble.blocks)
        {
            self.survey.passed_over(inner, &trouble.message);
        }
        self.results.borrow_mut().insert(inner.to_owned(), loaded.clone());
        loaded
    }

    fn accuracy(&self, point: &str) -> Option<AccuracyFile> {
        let inner = join(point, "accuracy_results.json");
        if self.tree.exists(&inner) {
            return Some(AccuracyFile {
                path: self.prefix.show(&inner),
                document: load(
                    self.tree,
                    self.prefix,
                    &inner,
                    Format::JsonOf(&accuracy::KEEP),
                    accuracy::read,
                ),
            });
        }
        let inner = join(point, "results.json");
        let document = match self.results(&inner)? {
            Loaded::Good(document) => {
                accuracy::scores_of(document.root())?;
                document.read_as(accuracy::read_scores)
            }
            Loaded::Bad(troubles) => {
                troubles.iter().find(|trouble| trouble.blocks)?;
                Loaded::Bad(troubles)
            }
        };
        Some(AccuracyFile {
            path: self.prefix.show(&inner),
            document,
        })
    }

    /// Where a declared path below the submission leads.
    fn shared_path(&self, field: &'static str, value: &str) -> SharedPath {
        let mut too_long = false;
        let trouble = (|| {
            let plain = trim(value).replace('\\', "/");
            if plain.is_empty() {
                return Some("it is empty");
            }
            // A backslash in front is no root in the reference.
            if trim(value).starts_with(['/', '~']) {
                return Some("it must be relative to the submission's directory");
            }
            let parts: Vec<&str> = plain
                .split('/')
                .filter(|part| !part.is_empty() && *part != ".")
                .collect();
            if parts.contains(&"..") {
                return Some("it must not contain `..`");
            }
            if parts.is_empty() {
                return Some("it names no directory");
            }
            let inner = join(self.base, &parts.join("/"));
            let too_long_name = parts.iter().any(|part| part.len() > LONGEST_NAME);
            too_long = too_long_name || self.prefix.show(&inner).len() > LONGEST_PATH;
            (!self.tree.is_directory(&inner)).then_some("no such directory stands in the submission")
        })();
        SharedPath {
            field,
            value: value.to_owned(),
            trouble,
            too_long,
        }
    }

    fn entries(&self, directory: &str) -> Vec<DirEntry> {
        self.tree.list(directory).unwrap_or_default()
    }

    /// Whether `accuracy_results.json`, or a `results.json` with scores, stands below a directory at any depth; linked
    /// directories are not descended into.
    fn accuracy_below(&self, top: &str) -> bool {
        let mut open = vec![top.to_owned()];
        while let Some(directory) = open.pop() {
            if self.tree.exists(&join(&directory, "accuracy_results.json"))
                || self.has_scores(&join(&directory, "results.json"))
            {
                return true;
            }
            let real = |entry: &DirEntry| entry.kind == Some(Kind::Directory) && !entry.link;
            open.extend(
                self.entries(&directory)
                    .into_iter()
                    .filter(real)
                    .map(|entry| join(&directory, &entry.name)),
            );
        }
        false
    }

    /// Whether a file holds a mapping or a list of scores.
    fn has_scores(&self, inner: &str) -> bool {
        let Some(Loaded::Good(document)) = self.results(inner) else {
            return false;
        };
        accuracy::scores_of(document.root())
            .is_some_and(|scores| matches!(scores.value, Value::Map(_) | Value::List(_)))
    }
}

/// Whether a directory's name was meant for a point: `R8`, `r_8`, `r8-old`, `8`, `point_8`.
fn is_nearly_a_point(name: &str) -> bool {
    let lower = name.to_lowercase();
    let rest = lower
        .strip_prefix("point")
        .or_else(|| lower.strip_prefix('r'))
        .unwrap_or(&lower);
    rest.trim_start_matches(['_', '-', ' ', '.'])
        .starts_with(|c: char| c.is_ascii_digit())
}

/// The number of a point directory: `r` and decimal digits of any script.
fn point_number(name: &str) -> Option<BigInt> {
    let digits = name.strip_prefix('r')?;
    if digits.is_empty() || !digits.chars().all(|digit| decimal_digit(digit).is_some()) {
        return None;
    }
    parse_python_int(digits)
}
