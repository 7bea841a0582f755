/**
 * Runs one of the measurements in bench/ under the ROS 2 environment: `npm run bench -- NAME [OPTION ...]`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, rosEnvironment } from './ros-env.mjs';

const [name = '', ...options] = process.argv.slice(2);
const folder = join(PROJECT_ROOT, 'dist', 'bench');
const program = join(folder, `${name}.js`);
if (name === '' || !existsSync(program)) {
  const sources = readdirSync(join(PROJECT_ROOT, 'bench')).filter((file) => file.endsWith('.ts'));
  const known = sources.map((file) => file.replace(/\.ts$/, '')).join(', ');
  console.error(`usage: npm run bench -- NAME [OPTION ...], where NAME is one of ${known}`);
  process.exit(2);
}
const { env } = rosEnvironment(PROJECT_ROOT, process.env);
const { status } = spawnSync(process.execPath, ['--enable-source-maps', program, ...options], {
  stdio: 'inherit',
  env,
});
process.exit(status ?? 1);
