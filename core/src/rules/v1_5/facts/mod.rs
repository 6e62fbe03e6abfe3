//! Everything that the v1.5 rules look at, read once.
//!
//! Reading follows the reference's stops: what it never looks at is not read here either. Nothing is reported; each
//! missing or unusable thing is kept as such for the rule that owns it.

mod curve;
mod gather;

pub use gather::gather;

use num_bigint::BigInt;

use super::power::{Assessment, Described};
use super::registries::{Drafters, Seeds};
use crate::region::RegionError;
use crate::region::v1_5::Regions;
use crate::rules::NotRun;
use crate::rules::document::{Document, Loaded};
use crate::rules::own::input::Input;
use crate::ruleset::{OwnParameters, SubmissionV15};
use crate::schema::v1_5::accuracy::AccuracyResults;
use crate::schema::v1_5::point::PointConfig;
use crate::schema::v1_5::power::SystemPower;
use crate::schema::v1_5::summary::PointSummary;
use crate::schema::v1_5::system::SystemDescription;

/// A path as printed, and whether what is wanted stands there.
pub type Wanted = (String, bool);

/// A whole submission. All paths are as printed.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The numbers to judge by.
    pub parameters: &'a SubmissionV15,
    /// The numbers that our own rules judge by.
    pub own: &'a OwnParameters,
    /// Published seeds.
    pub seeds: Result<Seeds, Unavailable>,
    /// Approved drafters.
    pub drafters: Result<Drafters, Unavailable>,
    /// The submission's directory.
    pub path: String,
    /// Whether the path that was given exists.
    pub exists: bool,
    /// `results` and `docs`.
    pub required: Vec<Wanted>,
    /// Directories of the layout of v0.1 that stand there.
    pub old_layout: Vec<&'static str>,
    /// `src`, and whether it is a directory.
    pub src: Wanted,
    /// The directories in `src`: each README file, or where it should be.
    pub readmes: Vec<Wanted>,
    /// `results`.
    pub results_path: String,
    /// One per directory in `results`, in path order.
    pub systems: Vec<System>,
    /// Whether accuracy results stand anywhere below `results`.
    pub has_accuracy: bool,
    /// What was odd about files and names.
    pub input: Input,
}

/// Why a list that rules judge by can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What is wrong with it.
    pub message: String,
    /// The file, if the reference crashes at it.
    pub crash: Option<String>,
}

/// One system.
#[derive(Debug)]
pub struct System {
    /// Its directory.
    pub path: String,
    /// `system_power.json`: where it should be.
    pub power_path: String,
    /// What it holds, if it stands there.
    pub power: Option<Loaded<SystemPower>>,
    /// What the description that the power rules read says: the first of the system that is an object.
    pub described: Described,
    /// That description.
    pub description: Option<Document<()>>,
    /// The power computed from it, if the descriptor can be used.
    pub assessment: Option<Assessment>,
    /// One per directory in it, in path order.
    pub curves: Vec<Curve>,
}

/// One curve: a system and a benchmark model.
#[derive(Debug)]
pub struct Curve {
    /// The directory's name: the model.
    pub model: String,
    /// The directory.
    pub path: String,
    /// One per `r<N>` directory, by number.
    pub points: Vec<Point>,
    /// The first readable description as its schema sees it.
    pub description: Option<Loaded<SystemDescription>>,
    /// The declared lowest concurrency.
    pub c_min: CMin,
    /// Directories beside the points whose names are nearly a point's, and which are never read.
    pub unread: Vec<String>,
    /// `C_max`, if it is known.
    pub c_max: Option<BigInt>,
    /// The regions; `None` when `C_max` is unknown, or the override can't be used.
    pub regions: Option<Result<Regions, RegionError>>,
}

/// Where the lowest concurrency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CMin {
    /// The lowest concurrency of all points, 32 at most.
    Derived(BigInt),
    /// Declared by every point alike.
    Declared(BigInt),
    /// Declared in a way that can't be used.
    Unusable,
}

/// One measurement point.
#[derive(Debug)]
pub struct Point {
    /// Its directory.
    pub path: String,
    /// The number in the directory's name.
    pub number: BigInt,
    /// `config.yaml`; `None` when no file stands there.
    pub config_file: Option<Loaded<()>>,
    /// `point.yaml` as read; `None` when nothing stands there.
    pub declared_raw: Option<Loaded<()>>,
    /// `point.yaml` as its schema sees it.
    pub declared: Option<Loaded<PointConfig>>,
    /// `system_desc.json` as read; `None` when nothing stands there.
    pub description: Option<Loaded<()>>,
    /// `result_summary.json` as read; `None` when nothing stands there.
    pub summary_raw: Option<Loaded<()>>,
    /// `result_summary.json` as its schema sees it.
    pub summary: Option<Loaded<PointSummary>>,
    /// Accuracy scores, where the point has any.
    pub accuracy: Option<AccuracyFile>,
    /// For each of `shared_src` and `shared_docs` that is given: field, value, and where it leads.
    pub shared: Vec<SharedPath>,
}

/// The file that holds a point's accuracy scores.
#[derive(Debug)]
pub struct AccuracyFile {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub document: Loaded<AccuracyResults>,
}

/// A path below the submission that a point names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharedPath {
    /// The field.
    pub field: &'static str,
    /// Its value as declared.
    pub value: String,
    /// Why it leads nowhere; `None` if a directory stands there.
    pub trouble: Option<&'static str>,
    /// Whether it is longer than a path can be.
    pub too_long: bool,
}

impl Submission<'_> {
    /// Whether the path exists.
    pub fn exists(&self) -> Result<(), NotRun> {
        if self.exists {
            Ok(())
        } else {
            Err(NotRun::after("path-exists"))
        }
    }

    /// Whether the reference gets as far as the results.
    pub fn entered(&self) -> Result<(), NotRun> {
        self.exists()?;
        match self.required.first() {
            Some((_, true)) => Ok(()),
            _ => Err(NotRun::after("required-dir")),
        }
    }
}

impl Curve {
    /// The regions, if there are any.
    pub fn regions(&self) -> Result<&Regions, NotRun> {
        match (&self.regions, &self.c_min) {
            (Some(Ok(regions)), _) => Ok(regions),
            (Some(Err(RegionError::TooHigh { .. })), _) => Err(NotRun::after("system-description-valid")),
            (Some(Err(_)), _) => Err(NotRun::after("region-computation")),
            (None, CMin::Unusable) => Err(NotRun::after("c-min-override")),
            (None, _) => Err(NotRun::after("region-basis")),
        }
    }

    /// The first readable description.
    pub fn raw_description(&self) -> Option<&Document<()>> {
        self.points.iter().find_map(Point::description)
    }

    /// Points whose `point.yaml` can be used, with it.
    pub fn valid(&self) -> impl Iterator<Item = (&Point, &Document<PointConfig>)> {
        self.points
            .iter()
            .filter_map(|point| Some((point, point.declared().ok()?)))
    }

    /// Points of which `point.yaml` and `result_summary.json` can be used.
    pub fn loaded(&self) -> impl Iterator<Item = (&Point, &Document<PointConfig>, &Document<PointSummary>)> {
        self.valid()
            .filter_map(|(point, declared)| Some((point, declared, point.summary().ok()?)))
    }

    /// Points with usable accuracy scores: valid points first, then the others.
    pub fn accuracy(&self) -> impl Iterator<Item = (&Point, &Document<AccuracyResults>)> {
        self.accuracy_files()
            .filter_map(|(point, file)| Some((point, file.scores()?)))
    }

    /// Points with a file of accuracy scores, usable or not, in the same order.
    pub fn accuracy_files(&self) -> impl Iterator<Item = (&Point, &AccuracyFile)> {
        let of = move |valid: bool| {
            self.points
                .iter()
                .filter(move |point| point.declared().is_ok() == valid)
        };
        of(true)
            .chain(of(false))
            .filter_map(|point| Some((point, point.accuracy.as_ref()?)))
    }

    /// The first model name that a valid point declares.
    pub fn declared_model(&self) -> Option<&str> {
        self.valid()
            .filter_map(|(_, declared)| declared.value.model_name.as_deref())
            .find(|name| !name.is_empty())
    }
}

impl Point {
    /// The point file, if it can be used.
    pub fn declared(&self) -> Result<&Document<PointConfig>, NotRun> {
        match &self.declared {
            Some(Loaded::Good(document)) => Ok(document),
            Some(Loaded::Bad(_)) => Err(NotRun::after("point-config-valid")),
            None => Err(NotRun::after("measurement-points-present")),
        }
    }

    /// The summary, if it can be used.
    pub fn summary(&self) -> Result<&Document<PointSummary>, NotRun> {
        match &self.summary {
            Some(Loaded::Good(document)) => Ok(document),
            Some(Loaded::Bad(_)) => Err(NotRun::after("result-file-valid")),
            None => Err(NotRun::after("result-summary-present")),
        }
    }

    /// The description, if it is an object.
    pub fn description(&self) -> Option<&Document<()>> {
        self.description
            .as_ref()?
            .good()
            .filter(|document| matches!(document.root().value, crate::parse::Value::Map(_)))
    }

    /// Where `point.yaml` is, or should be.
    pub fn declared_path(&self) -> String {
        format!("{}/point.yaml", self.path)
    }

    /// Where `result_summary.json` is, or should be.
    pub fn summary_path(&self) -> String {
        format!("{}/result_summary.json", self.path)
    }

    /// Where `system_desc.json` is, or should be.
    pub fn description_path(&self) -> String {
        format!("{}/system_desc.json", self.path)
    }

    /// Whether this is a dedicated Offline point.
    pub fn is_dedicated(&self) -> bool {
        self.offline() == Some(DEDICATED)
    }

    /// Whether an ordinary point was elected as the Offline point.
    pub fn is_elected(&self) -> bool {
        self.offline() == Some(ELECTED)
    }

    fn offline(&self) -> Option<&str> {
        self.declared().ok()?.value.offline.as_deref()
    }
}

/// The `offline` of a point that was measured offline only.
pub const DEDICATED: &str = "dedicated";

/// The `offline` of an ordinary point that stands for the Offline point too.
pub const ELECTED: &str = "elected";

/// The load pattern of agentic benchmarks.
pub const AGENTIC: &str = "agentic_inference";

impl AccuracyFile {
    /// The scores, if there are any.
    pub fn scores(&self) -> Option<&Document<AccuracyResults>> {
        self.document
            .good()
            .filter(|document| !document.value.entries.is_empty())
    }
}
