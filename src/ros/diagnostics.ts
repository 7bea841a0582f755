/** A node's health on `/diagnostics`, once a second (REP-107). */
import { DiagnosticStatus, type DiagnosticArray, type Time } from '../interfaces/graft-messages.js';

/** OK, WARN, ERROR, STALE (diagnostic_msgs/DiagnosticStatus). */
export const diagnosticLevels = DiagnosticStatus;
export type DiagnosticLevel = keyof typeof DiagnosticStatus;

/** What a task says about itself. Values are shown as they are: put the unit into the key ("age [s]"). */
export type DiagnosticValues = Readonly<Record<string, string | number | boolean | bigint>>;

/** How long a thrown error stays an ERROR before it becomes a WARN that keeps the count [s]. */
const errorHold = 10;

type Task = { level: DiagnosticLevel; message: string; values: DiagnosticValues };

/** Collects the state of a node's tasks and renders it as a message; what publishes it is the node's affair. */
export class Diagnostics {
  readonly #tasks = new Map<string, Task>();
  #errors = 0;
  #lastErrorAt = -Infinity;

  /**
   * @param nodeName the first half of every status name (`node: task`)
   * @param hardwareId the robot or machine that the node speaks for
   * @param seconds a steady clock [s]
   */
  constructor(
    readonly nodeName: string,
    readonly hardwareId: string,
    private readonly seconds: () => number,
  ) {}

  /** Sets the state of one task; it is published with the next message and repeated until it changes. */
  set(task: string, level: DiagnosticLevel, message: string, values: DiagnosticValues = {}): void {
    this.#tasks.set(task, { level, message, values });
  }

  /** Takes a task off the list. */
  clear(task: string): void {
    this.#tasks.delete(task);
  }

  /** Notes that a callback threw: task `callbacks` is ERROR for ten seconds and WARN from then on. */
  callbackFailed(where: string, message: string): void {
    this.#errors++;
    this.#lastErrorAt = this.seconds();
    this.set('callbacks', 'ERROR', `${where}: ${message}`, { errors: this.#errors, where });
  }

  /** The message for this moment. */
  message(stamp: Time): DiagnosticArray {
    const failed = this.#tasks.get('callbacks');
    if (failed?.level === 'ERROR' && this.seconds() - this.#lastErrorAt > errorHold) {
      this.#tasks.set('callbacks', { ...failed, level: 'WARN' });
    }
    const status = [...this.#tasks].map(([task, { level, message, values }]) => ({
      level: DiagnosticStatus[level],
      name: `${this.nodeName}: ${task}`,
      message,
      hardware_id: this.hardwareId,
      values: Object.entries(values).map(([key, value]) => ({ key, value: String(value) })),
    }));
    return { header: { stamp, frame_id: '' }, status };
  }
}
