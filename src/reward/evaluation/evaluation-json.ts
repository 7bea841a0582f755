/** An evaluation as one line of JSON. */
import type { CriticEvaluation } from './critic-record.js';
import type { RewardEvaluation } from './evaluate-reward.js';
import type { Estimate } from './intervals.js';
import { measureMeanings, type MeasureName } from './measures.js';
import type { ProbeResult } from './probes/probe.js';

/** Kinds that say the outcome itself, which is no opinion. */
const outcomeKinds = ['success_expression', 'human'];

/** Figures of one critic by name; `null`: it cannot be said. */
type CriticFigures = Readonly<Record<string, unknown>>;

/**
 * The evaluation for machines. The figures of one critic stand at the top: the first that has an opinion of its own, or else the first
 * (`critic` says which); those of all are in `critics`. Numbers have six digits.
 */
export function evaluationJson(evaluation: RewardEvaluation): Readonly<Record<string, unknown>> {
  const { reward, task, episodes, successes, failures, incomplete, critics } = evaluation;
  const counts = { episodes, successes, failures };
  const main = critics.find(({ kind }) => !outcomeKinds.includes(kind)) ?? critics[0];
  return {
    ...{ reward, task, critic: main.name, ...figuresOf(main), ...counts, incomplete },
    critics: Object.fromEntries(critics.map((critic) => [critic.name, { ...figuresOf(critic), ...counts }])),
  };
}

function figuresOf(critic: CriticEvaluation): CriticFigures {
  const { kind, model, version, causal, look_ahead, measures, probes, broken } = critic;
  const names = Object.keys(measureMeanings) as MeasureName[];
  const of = (pick: (estimate: Estimate) => unknown): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [name, pick(measures[name])]));
  return {
    ...{ kind, model, version, causal, look_ahead: rounded(look_ahead) },
    ...of(({ value }) => rounded(value)),
    n: of(({ n }) => n),
    intervals: of(({ interval }) => interval?.map(rounded) ?? null),
    probes: Object.fromEntries(probes.map((probe) => [probe.name, probeFigures(probe)])),
    broken: broken.episodes,
    ...(broken.episodes === 0 ? {} : { broken_reason: broken.reason }),
  };
}

function probeFigures({
  verdict,
  clips,
  runs,
  difference,
  potential,
  checks,
  note,
}: ProbeResult): CriticFigures {
  return {
    ...{ verdict, clips, runs, difference: rounded(difference), potential: rounded(potential) },
    checks: Object.fromEntries(
      checks.map(({ name, value, limit, bound }) => [
        name,
        { value: rounded(value), [`at_${bound}`]: limit },
      ]),
    ),
    ...(note === '' ? {} : { note }),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
}
