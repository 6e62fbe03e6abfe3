//! Everything that the v0.1 rules look at, read once.
//!
//! Reading follows the reference's stops: what it never looks at is not read here either. Nothing is reported; each
//! missing or unusable thing is kept as such for the rule that owns it.

use crate::region::RegionError;
use crate::region::v0_1::Regions;
use crate::rules::NotRun;
use crate::rules::document::{Document, Format, Loaded, load};
use crate::rules::own::input::{Input, Survey};
use crate::rules::path_limits::LONGEST_NAME;
use crate::ruleset::{OwnParameters, SubmissionV01};
use crate::schema::v0_1::accuracy::{self, AccuracyResult};
use crate::schema::v0_1::point::{self, PointConfig};
use crate::schema::v0_1::summary::{self, PointSummary};
use crate::schema::v0_1::system::{self, SystemDescription};
use crate::tree::{DirEntry, Kind, Prefix, Tree, join};

/// Directories that every submission has.
pub const REQUIRED: [&str; 3] = ["systems", "pareto", "documentation"];

/// A whole submission. All paths are as printed, unless they are said to be inner ones.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The numbers to judge by.
    pub parameters: &'a SubmissionV01,
    /// The numbers that our own rules judge by.
    pub own: &'a OwnParameters,
    /// The folder's path.
    pub path: String,
    /// Whether anything stands there.
    pub exists: bool,
    /// The required directories: path, and whether a directory stands there.
    pub required: Vec<(String, bool)>,
    /// `systems/`.
    pub systems_path: String,
    /// `pareto/`.
    pub pareto_path: String,
    /// One per `systems/*.json`, in path order.
    pub systems: Vec<System>,
    /// Whether an `accuracy/results.json` stands anywhere below `pareto/`.
    pub has_accuracy: bool,
    /// Directories of `pareto/` that no system file describes; the reference ignores them.
    pub undescribed: Vec<String>,
    /// What was odd about files and names.
    pub input: Input,
}

/// One system.
#[derive(Debug)]
pub struct System {
    /// File name without `.json`.
    pub id: String,
    /// The system file.
    pub path: String,
    /// What it holds.
    pub description: Loaded<SystemDescription>,
    /// Regions of its declared maximum.
    pub regions: Option<Result<Regions, RegionError>>,
    /// `pareto/<id>`.
    pub pareto_path: String,
    /// Whether that is a directory.
    pub has_pareto: bool,
    /// One per directory in it, in path order.
    pub models: Vec<Model>,
}

/// One curve: a system and a benchmark model.
#[derive(Debug)]
pub struct Model {
    /// The directory's name.
    pub name: String,
    /// The directory.
    pub path: String,
    /// `src/<model>`, and whether it is a directory.
    pub src: (String, bool),
    /// `points` and `results`: path, and whether it is a directory.
    pub subdirectories: [(String, bool); 2],
    /// One per `point_*.yaml`, in path order.
    pub points: Vec<Point>,
    /// Accuracy directories of loaded points, in the order of the points.
    pub candidates: Vec<Candidate>,
    /// What stands in `points` and `results`, or in the directory itself, and is never read.
    pub unread: Vec<String>,
}

/// One measurement point.
#[derive(Debug)]
pub struct Point {
    /// The point file.
    pub path: String,
    /// Its name without `.yaml`.
    pub stem: String,
    /// What it holds.
    pub config: Loaded<PointConfig>,
    /// `results/point_<concurrency>/results_summary.json`, once the concurrency is known.
    pub summary: Option<SummaryFile>,
}

/// Where a point's summary should be, and what is there.
#[derive(Debug)]
pub struct SummaryFile {
    /// The file.
    pub path: String,
    /// `None` when nothing stands there.
    pub document: Option<Loaded<PointSummary>>,
}

/// An `accuracy` directory of a point.
#[derive(Debug)]
pub struct Candidate {
    /// Its `results.json`.
    pub path: String,
    /// What became of that.
    pub state: CandidateState,
}

/// What became of an accuracy file.
#[derive(Debug)]
pub enum CandidateState {
    /// The directory lacks it.
    Absent,
    /// An earlier one is used; this one is not looked at.
    Unneeded,
    /// It was read.
    Read(Loaded<AccuracyResult>),
}

/// Reads a submission.
pub fn gather<'a>(
    tree: &dyn Tree,
    prefix: &Prefix,
    parameters: &'a SubmissionV01,
    own: &'a OwnParameters,
) -> Submission<'a> {
    let survey = Survey::new(tree);
    let tree: &dyn Tree = &survey;
    let reader = Reader {
        tree,
        prefix,
        parameters,
    };
    let required: Vec<(String, bool)> = REQUIRED
        .iter()
        .map(|name| (prefix.show(name), tree.is_directory(name)))
        .collect();
    let exists = tree.exists("");
    let complete = exists && required.iter().all(|(_, present)| *present);
    let system_files = if complete {
        reader.matching("systems", "", ".json")
    } else {
        Vec::new()
    };
    let systems: Vec<System> = system_files.iter().map(|name| reader.system(name)).collect();
    let described = |name: &str| systems.iter().any(|system| system.id == name);
    let undescribed: Vec<String> = if systems.is_empty() {
        Vec::new()
    } else {
        reader.tree.directories("pareto")
    };
    Submission {
        parameters,
        own,
        path: prefix.show(""),
        exists,
        systems_path: prefix.show("systems"),
        pareto_path: prefix.show("pareto"),
        has_accuracy: complete && reader.accuracy_below("pareto"),
        undescribed: undescribed
            .into_iter()
            .filter(|name| !described(name))
            .map(|name| prefix.show(&join("pareto", &name)))
            .collect(),
        required,
        systems,
        input: survey.finish(prefix),
    }
}

struct Reader<'r, 'a> {
    tree: &'r dyn Tree,
    prefix: &'r Prefix,
    parameters: &'a SubmissionV01,
}

impl Reader<'_, '_> {
    fn system(&self, file: &str) -> System {
        let id = stem(file).to_owned();
        let inner = join("systems", file);
        let description = load(self.tree, self.prefix, &inner, Format::Json, system::read);
        let regions = description
            .good()
            .map(|document| Regions::new(&document.value.max_supported_concurrency, self.parameters.regions));
        // `systems/..json` has the id `.`: the reference looks for its models in `pareto` itself.
        let pareto = join("pareto", if id == "." { "" } else { &id });
        let has_pareto = self.tree.is_directory(&pareto);
        let models = match &regions {
            Some(Ok(_)) if has_pareto => self
                .tree
                .directories(&pareto)
                .iter()
                .map(|name| self.model(&pareto, name))
                .collect(),
            _ => Vec::new(),
        };
        System {
            path: self.prefix.show(&inner),
            pareto_path: self.prefix.show(&pareto),
            id,
            description,
            regions,
            has_pareto,
            models,
        }
    }

    fn model(&self, pareto: &str, name: &str) -> Model {
        let inner = join(pareto, name);
        let directory = |path: String| (self.prefix.show(&path), self.tree.is_directory(&path));
        let subdirectories = [
            directory(join(&inner, "points")),
            directory(join(&inner, "results")),
        ];
        let complete = subdirectories.iter().all(|(_, present)| *present);
        let points_inner = join(&inner, "points");
        let files = if complete {
            self.matching(&points_inner, "point_", ".yaml")
        } else {
            Vec::new()
        };
        let points: Vec<Point> = files
            .iter()
            .map(|file| self.point(&inner, &join(&points_inner, file), file))
            .collect();
        let candidates = self.candidates(&inner, &points);
        let unread = self.unread(&inner, &points);
        Model {
            unread,
            name: name.to_owned(),
            path: self.prefix.show(&inner),
            src: directory(join("src", name)),
            subdirectories,
            points,
            candidates,
        }
    }

    fn point(&self, model: &str, inner: &str, file: &str) -> Point {
        let config = load(self.tree, self.prefix, inner, Format::Yaml, point::read);
        let nameable = |document: &&Document<PointConfig>| document.value.result_name().is_some();
        let summary = config.good().filter(nameable).map(|document| {
            let path = join(&results_of(model, &document.value), "results_summary.json");
            let read = || {
                load(
                    self.tree,
                    self.prefix,
                    &path,
                    Format::JsonOf(&summary::KEEP),
                    summary::read,
                )
            };
            SummaryFile {
                document: self.tree.exists(&path).then(read),
                path: self.prefix.show(&path),
            }
        });
        Point {
            path: self.prefix.show(inner),
            stem: stem(file).to_owned(),
            config,
            summary,
        }
    }

    fn candidates(&self, model: &str, points: &[Point]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let mut found = false;
        for (config, _) in points.iter().filter_map(Point::loaded) {
            let directory = join(&results_of(model, &config.value), "accuracy");
            if !self.tree.is_directory(&directory) {
                continue;
            }
            let path = join(&directory, "results.json");
            let state = if !self.tree.exists(&path) {
                CandidateState::Absent
            } else if found {
                CandidateState::Unneeded
            } else {
                let document = load(
                    self.tree,
                    self.prefix,
                    &path,
                    Format::JsonOf(&accuracy::KEEP),
                    accuracy::read,
                );
                found = document
                    .good()
                    .is_some_and(|document| !document.value.entries.is_empty());
                CandidateState::Read(document)
            };
            candidates.push(Candidate {
                path: self.prefix.show(&path),
                state,
            });
        }
        candidates
    }

    /// What looks like a point or its result, and is read by nobody: files in `points` that aren't `point_*.yaml`,
    /// directories in `results` that no point declares, and the accuracy files that the layout's page documents.
    fn unread(&self, model: &str, points: &[Point]) -> Vec<String> {
        let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_owned());
        let is_yaml = |name: &str| matches!(ending(name).as_deref(), Some("yaml" | "yml"));
        let is_point = |name: &str| name.starts_with("point_") && ending(name).as_deref() == Some("yaml");
        let mut unread: Vec<String> = (self.entries(&join(model, "points")).into_iter())
            .filter(|entry| matches!(entry.kind, Some(Kind::File(_))))
            .map(|entry| entry.name)
            .filter(|name| is_yaml(name) && !is_point(name))
            .map(|name| join(model, &join("points", &name)))
            .collect();
        // An unusable point file may be meant for any of the directories.
        if points.iter().all(|point| point.config.good().is_some()) {
            let declared = |name: &str| {
                let concurrency = name.strip_prefix("point_");
                let of = |point: &Point| Some(point.config.good()?.value.concurrency.to_string());
                concurrency
                    .is_some_and(|wanted| points.iter().any(|point| of(point).as_deref() == Some(wanted)))
            };
            let results = self.tree.directories(&join(model, "results"));
            let orphans = results.into_iter().filter(|name| !declared(name));
            unread.extend(orphans.map(|name| join(model, &join("results", &name))));
        }
        let documented = ["accuracy/accuracy.txt", "accuracy/accuracy_result.json"];
        let documented = documented.iter().map(|name| join(model, name));
        unread.extend(documented.filter(|path| self.tree.is_file(path)));
        unread.iter().map(|path| self.prefix.show(path)).collect()
    }

    /// Names in a directory with a prefix and an ending, sorted.
    fn matching(&self, directory: &str, start: &str, end: &str) -> Vec<String> {
        let matches = |name: &str| name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end));
        self.entries(directory)
            .into_iter()
            .map(|entry| entry.name)
            .filter(|name| matches(name))
            .collect()
    }

    fn entries(&self, directory: &str) -> Vec<DirEntry> {
        self.tree.list(directory).unwrap_or_default()
    }

    /// Whether `accuracy/results.json` stands below a directory at any depth; linked directories are not descended
    /// into, but may be the `accuracy` directory itself.
    fn accuracy_below(&self, top: &str) -> bool {
        let mut open = vec![top.to_owned()];
        while let Some(directory) = open.pop() {
            if self.tree.exists(&join(&directory, "accuracy/results.json")) {
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
}

/// A file name without its last ending, as `pathlib` sees it: a leading dot starts no ending.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !ending.is_empty() => stem,
        _ => name,
    }
}

/// The directory of a point's result. One that can't be named has no result that would ask for it.
fn results_of(model: &str, config: &PointConfig) -> String {
    format!("{model}/results/{}", config.result_name().unwrap_or_default())
}

impl PointConfig {
    /// The name of the point's directory in `results`; `None` where a directory can't have such a long name, at which
    /// the reference crashes.
    pub(super) fn result_name(&self) -> Option<String> {
        // Writing out a number of a million digits would take too long.
        let most_bits = u64::try_from(LONGEST_NAME).unwrap_or(u64::MAX).saturating_mul(4);
        if self.concurrency.bits() > most_bits {
            return None;
        }
        let name = format!("point_{}", self.concurrency);
        (name.len() <= LONGEST_NAME).then_some(name)
    }
}

impl Submission<'_> {
    /// Whether the reference gets past its first stops.
    pub fn entered(&self) -> Result<(), NotRun> {
        if !self.exists {
            return Err(NotRun::after("path-exists"));
        }
        if self.required.iter().any(|(_, present)| !present) {
            return Err(NotRun::after("required-dir"));
        }
        Ok(())
    }
}

impl System {
    /// The description, if it can be used.
    pub fn description(&self) -> Result<&Document<SystemDescription>, NotRun> {
        self.description
            .good()
            .ok_or_else(|| NotRun::after("system-description-valid"))
    }

    /// The regions, if there are any.
    pub fn regions(&self) -> Result<&Regions, NotRun> {
        match &self.regions {
            Some(Ok(regions)) => Ok(regions),
            Some(Err(RegionError::TooLow { .. } | RegionError::CMin { .. })) => {
                Err(NotRun::after("region-computation"))
            }
            Some(Err(RegionError::TooHigh { .. })) | None => Err(NotRun::after("system-description-valid")),
        }
    }
}

impl Model {
    /// The points, if there are any.
    pub fn points(&self) -> Result<&[Point], NotRun> {
        if self.subdirectories.iter().any(|(_, present)| !present) {
            return Err(NotRun::after("pareto-subdir"));
        }
        if self.points.is_empty() {
            return Err(NotRun::after("measurement-points-present"));
        }
        Ok(&self.points)
    }

    /// The accuracy file that is used for the whole curve.
    pub fn accuracy(&self) -> Option<&Document<AccuracyResult>> {
        self.candidates
            .iter()
            .find_map(|candidate| match &candidate.state {
                CandidateState::Read(Loaded::Good(document)) if !document.value.entries.is_empty() => {
                    Some(document)
                }
                _ => None,
            })
    }
}

impl Point {
    /// The config, if it can be used.
    pub fn config(&self) -> Result<&Document<PointConfig>, NotRun> {
        self.config
            .good()
            .ok_or_else(|| NotRun::after("point-config-valid"))
    }

    /// The summary, if it can be used.
    pub fn summary(&self) -> Result<&Document<PointSummary>, NotRun> {
        if self.config()?.value.result_name().is_none() {
            return Err(NotRun::after("point-config-valid"));
        }
        let document = self.summary.as_ref().and_then(|file| file.document.as_ref());
        let document = document.ok_or_else(|| NotRun::after("result-file-present"))?;
        document.good().ok_or_else(|| NotRun::after("result-file-valid"))
    }

    /// Config and summary of a point that has both.
    pub fn loaded(&self) -> Option<(&Document<PointConfig>, &Document<PointSummary>)> {
        Some((self.config().ok()?, self.summary().ok()?))
    }
}
