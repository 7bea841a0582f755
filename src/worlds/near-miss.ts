/** Attempts that stop short of success: what a judge of success is most easily wrong about. */
import { seededRandom, type Random } from '../sim/random.js';
import type { Agent } from './agent.js';

/** How often the step is drawn, at most. */
const mostDraws = 8;

/**
 * The agent until some step; then its last command is held, or its commands are given once more in reverse.
 *
 * The step follows from the seed. A rehearsal tells when the agent would have succeeded, and `cutStep` draws how long before that it
 * stops. Where the task then succeeds all the same, it is drawn again from there, so nearly all of these episodes fail. What the judge
 * says of the episode is its label, whatever was intended.
 */
export function nearMiss(agent: Agent, then: 'hold' | 'rewind'): Agent {
  let cut = Infinity;
  let given: Float32Array[] = [];
  let step = 0;
  return {
    rehearse: async (seed, tryOut) => {
      cut = Infinity;
      let attempt = await tryOut();
      let end = attempt.steps;
      // Mixed apart from the streams of the world and of the expert, which begin at the same seed.
      const random = seededRandom(Math.imul(seed + 1, 0x85ebca6b));
      for (let draw = 0; draw < mostDraws && (draw === 0 || attempt.success); draw++) {
        cut = end = cutStep(end, random);
        attempt = await tryOut();
      }
    },
    reset: (seed) => {
      [given, step] = [[], 0];
      agent.reset(seed);
    },
    propose: async (inputs, observed) => {
      const after = step++ - cut;
      if (after < 0) {
        const proposal = await agent.propose(inputs, observed);
        given.push(proposal.executed);
        return proposal;
      }
      const executed = given[then === 'hold' ? cut - 1 : Math.max(0, cut - 2 - after)];
      return { observed, base: executed, chunk_step: 0, features: new Float32Array(), executed };
    },
    dispose: () => agent.dispose(),
  };
}

/**
 * The step from which an attempt that would take `steps` is cut short, at least 1. The number of steps that are left out is
 * log-uniform: one as likely as two or three, or four to seven, so that many attempts stop shortly before success and some early on.
 */
export function cutStep(steps: number, random: Random): number {
  const leftOut = Math.floor(Math.max(1, steps) ** random());
  return Math.max(1, steps - leftOut);
}
