/** What a run was made with. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { projectFile, projectRoot } from '../../config/paths.js';

/** Name to version, in the order in which the report shows them. */
export type Versions = Readonly<Record<string, string>>;

/** Versions of the project, the machine, ROS and the packages that compute. @param env the process's environment */
export function readVersions(env: Readonly<Record<string, string | undefined>>): Versions {
  const own = packageFile(projectFile('package.json'));
  const packages = Object.keys(own.dependencies ?? {});
  return {
    graft: own.version,
    commit: gitCommit(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    ros: env.ROS_DISTRO === undefined ? 'none' : `${env.ROS_DISTRO} (${env.GRAFT_ROS_SOURCE ?? 'sourced'})`,
    rmw: env.RMW_IMPLEMENTATION ?? 'default',
    ...Object.fromEntries(packages.map((name) => [name, installedVersion(name)])),
  };
}

type PackageFile = { readonly version: string; readonly dependencies?: Readonly<Record<string, string>> };

function packageFile(file: string): PackageFile {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
}

function installedVersion(name: string): string {
  const file = projectFile('node_modules', name, 'package.json');
  return existsSync(file) ? packageFile(file).version : 'not installed';
}

/** The commit that is checked out, marked if files differ from it. */
function gitCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', projectRoot, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ' with local changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
