// Made by `cargo xtask generate` from the module's answers; do not edit. docs/output.md explains the keys.

export type Severity = "error" | "warning" | "info";
export type Origin = "official" | "runbench";
export type Verdict = "valid" | "invalid" | "incomplete";
export type Outcome = "not_run" | "pass" | "warn" | "fail";
export type Family = "submission" | "evals" | "storage" | "audit";
export type ChosenBy = "name" | "file" | "layout" | "guess";

export interface Cause {
  cause: string | null;
  count: number;
  reason: string;
}

export interface Choice {
  by: ChosenBy;
  reason: string;
}

export interface Counts {
  errors: number;
  infos: number;
  warnings: number;
}

export interface Curve {
  c_max: string | null;
  model: string;
  path: string;
  points: CurvePoint[];
  regions: RegionSpan[];
  system: string;
}

export interface CurvePoint {
  concurrency: string;
  failed: string[];
  on_frontier: boolean;
  path: string;
  region: string | null;
  results: string | null;
  system_tps: number | null;
  tps_per_user: number | null;
  ttft_p50_ms: number | null;
  ttft_p99_ms: number | null;
  x: number;
}

export interface Curves {
  curves: Curve[];
  format_version: number;
}

export interface Failure {
  error: string;
}

export interface Finding {
  fix: string | null;
  hint: string | null;
  id: string;
  key: string | null;
  measure: Measure | null;
  message: string;
  origin: Origin;
  path: string | null;
  place: Place | null;
  rule: string;
  severity: Severity;
  spec_ref: string;
  terms: Term[];
}

export interface Measure {
  limit: string;
  margin: string;
  measured: string;
  unit: string;
}

export interface Official {
  counts: Counts;
  exit_code: number;
  results: OfficialResult[];
  strict_exit_code: number;
}

export interface OfficialResult {
  fix: string | null;
  key: string | null;
  message: string;
  path: string | null;
  rule: string;
  severity: Severity;
  spec_ref: string;
}

export interface Own {
  counts: Counts;
}

export interface Place {
  column: number;
  file: string;
  line: number;
  pointer: string;
  text: string;
  text_column: number;
  width: number;
}

export interface RegionSpan {
  empty: boolean;
  end: string;
  start: string;
  title: string;
}

export interface Regions {
  format_version: number;
  regions: RegionSpan[];
}

export interface Report {
  findings: Finding[];
  format_version: number;
  official: Official;
  own: Own;
  path: string;
  program: string;
  program_version: string;
  reference: string;
  rules: RuleRun[];
  ruleset: string;
  ruleset_choice: Choice;
  ruleset_custom: boolean;
  ruleset_sha256: string;
  verdict: Verdict;
}

export interface RuleRun {
  evaluated: number;
  formula: string;
  not_run: number;
  not_run_because: Cause[];
  origin: Origin;
  outcome: Outcome;
  reasons: Record<string, number>;
  rule: string;
  title: string;
  why: string;
}

export interface RuleText {
  family: Family;
  fix: string;
  formula: string;
  origin: Origin;
  parameters: string[];
  reads: string[];
  rule: string;
  rulesets: string[];
  section: string;
  severity: Severity;
  title: string;
  what: string;
  why: string;
}

export interface Rules {
  format_version: number;
  rules: RuleText[];
  ruleset: string;
  ruleset_custom: boolean;
  ruleset_sha256: string;
}

export interface Term {
  name: string;
  value: string;
}
