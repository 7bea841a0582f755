/** Entry point of the `graft` command; bin/graft.mjs starts it under the ROS 2 environment. */
import { graft } from './command-line.js';

process.exitCode = await graft(process.argv.slice(2));
