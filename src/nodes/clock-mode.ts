/** How nodes keep time: `lockstep` waits for messages, `realtime` for the clock. */
export type ClockMode = 'lockstep' | 'realtime';
