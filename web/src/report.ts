// What the module answers: the layouts of its JSON.

export type Severity = "error" | "warning" | "info";
export type Origin = "official" | "runbench";
export type Verdict = "valid" | "invalid" | "incomplete";
export type Outcome = "pass" | "warn" | "fail" | "not_run";

export interface Counts {
  errors: number;
  warnings: number;
  infos: number;
}

export interface Place {
  file: string;
  pointer: string;
  line: number;
  column: number;
  width: number;
  text: string;
  text_column: number;
}

export interface Measure {
  measured: string;
  limit: string;
  unit: string;
  margin: string;
}

export interface Finding {
  origin: Origin;
  rule: string;
  severity: Severity;
  path: string | null;
  spec_ref: string;
  key: string | null;
  message: string;
  fix: string | null;
  place: Place | null;
  measure: Measure | null;
}

export interface RuleRun {
  rule: string;
  origin: Origin;
  outcome: Outcome;
  evaluated: number;
  not_run: number;
  reasons: Record<string, number>;
}

export interface Report {
  format_version: number;
  program: string;
  program_version: string;
  path: string;
  ruleset: string;
  ruleset_sha256: string;
  reference: string;
  verdict: Verdict;
  official: { exit_code: number; strict_exit_code: number; counts: Counts; results: unknown[] };
  own: { counts: Counts };
  findings: Finding[];
  rules: RuleRun[];
}

export interface RegionSpan {
  title: string;
  start: string;
  end: string;
  empty: boolean;
}

export interface CurvePoint {
  path: string;
  results: string | null;
  concurrency: string;
  x: number;
  region: string | null;
  system_tps: number | null;
  tps_per_user: number | null;
  ttft_p50_ms: number | null;
  ttft_p99_ms: number | null;
  on_frontier: boolean;
  failed: string[];
}

export interface Curve {
  system: string;
  model: string;
  path: string;
  c_max: string | null;
  regions: RegionSpan[];
  points: CurvePoint[];
}

export interface RuleText {
  id: string;
  origin: Origin;
  severity: Severity;
  section: string;
  title: string;
  what: string;
  why: string;
  fix: string;
}
